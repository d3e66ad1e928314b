# What all targets share: language, warnings, floating point, sanitizers.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  message(FATAL_ERROR "Winnow's kernels use GCC's vector types: build with GCC 10 or Clang 12 or newer")
endif()

find_package(Threads REQUIRED)

add_library(winnow_settings INTERFACE)
target_include_directories(winnow_settings INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/src")
target_compile_options(winnow_settings INTERFACE
  -Wall -Wextra -Werror=return-type
  # Bit-identical results on every instruction set: a*b+c must not become one rounding where FMA exists.
  -ffp-contract=off
  # Published binaries name no folder of the machine they were built on.
  "-ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}/=" "-ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}/="
  # Vectors are passed between inlined functions only.
  -Wno-psabi)
target_link_libraries(winnow_settings INTERFACE Threads::Threads)
if(WINNOW_SANITIZE)
  target_compile_options(winnow_settings INTERFACE
    "-fsanitize=${WINNOW_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(winnow_settings INTERFACE "-fsanitize=${WINNOW_SANITIZE}")
endif()

# Everything but the doors (N-API, TensorFlow): linked into the addon, the TensorFlow library and the tests.
add_library(winnow_kernels STATIC)
target_link_libraries(winnow_kernels PUBLIC winnow_settings)

# winnow_add_kernels(FILE…): sources of the kernel library.
function(winnow_add_kernels)
  foreach(source IN LISTS ARGN)
    target_sources(winnow_kernels PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
endfunction()
