# winnow_tests: all GoogleTest files in one program, each case a test of ctest's. GoogleTest comes from the system, else
# from its release.
if(WINNOW_TESTS)
  enable_testing()
  find_package(GTest QUIET)
  if(NOT GTest_FOUND)
    include(FetchContent)
    FetchContent_Declare(googletest
      URL https://github.com/google/googletest/releases/download/v1.17.0/googletest-1.17.0.tar.gz
      URL_HASH SHA256=65fab701d9829d38cb77c14acdc431d2108bfdbf8979e40eb8ae567edf10b27c)
    set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
    FetchContent_MakeAvailable(googletest)
    add_library(GTest::gtest_main ALIAS gtest_main)
  endif()
  include(GoogleTest)
  add_executable(winnow_tests)
  target_link_libraries(winnow_tests PRIVATE winnow_kernels GTest::gtest_main)
  gtest_discover_tests(winnow_tests DISCOVERY_TIMEOUT 60)

  # A weak function in a wide object could replace the baseline's copy and crash older processors. (Sanitizers add weak
  # functions of their own.)
  if(NOT WINNOW_SANITIZE)
    foreach(isa IN LISTS winnow_isas)
      add_test(NAME no_weak_code_in_${isa}
        COMMAND "${CMAKE_COMMAND}" "-DNM=${CMAKE_NM}" "-DOBJECTS=$<TARGET_OBJECTS:winnow_variant_${isa}>"
          -P "${CMAKE_CURRENT_SOURCE_DIR}/cmake/no_weak_code.cmake")
    endforeach()
  endif()

  set(WINNOW_TEST_TENSORFLOW "" CACHE FILEPATH "A libtensorflow_framework.so.2 to load the next into")
  set(WINNOW_TEST_TENSORFLOW_OPS "" CACHE FILEPATH "A winnow_tensorflow.so to be tested")
  if(WINNOW_TEST_TENSORFLOW AND WINNOW_TEST_TENSORFLOW_OPS)
    add_executable(load_library_test test/load_library_test.cc)
    target_link_libraries(load_library_test PRIVATE winnow_settings ${CMAKE_DL_LIBS})
    add_test(NAME tensorflow_ops_load
      COMMAND load_library_test "${WINNOW_TEST_TENSORFLOW}" "${WINNOW_TEST_TENSORFLOW_OPS}")
  endif()
endif()

# winnow_add_tests(FILE…)
function(winnow_add_tests)
  if(NOT TARGET winnow_tests)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    target_sources(winnow_tests PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
endfunction()
