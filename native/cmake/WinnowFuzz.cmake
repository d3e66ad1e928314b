# libFuzzer targets, built with Clang: fuzz/NAME.cc becomes the program NAME. Last in CMakeLists.txt: the kernels are
# instrumented, too.
option(WINNOW_FUZZ "Build the libFuzzer programs (Clang only)" OFF)
if(WINNOW_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "WINNOW_FUZZ needs Clang: configure with CXX=clang++")
  endif()
  target_compile_options(winnow_settings INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -g)
  target_link_options(winnow_settings INTERFACE -fsanitize=address,undefined)
  foreach(name selection_fuzz sparse_fuzz)
    add_executable(${name} fuzz/${name}.cc)
    target_link_libraries(${name} PRIVATE winnow_kernels)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()
