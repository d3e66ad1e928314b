# Compiles a kernel body (.inl) once per instruction set. Only these files get the wider flags, and each instruction set
# is a library of its own, so that a test can check that none of them leaks wide code into shared functions.
include(CheckCXXCompilerFlag)

set(winnow_lanes_baseline 4)
set(winnow_flags_baseline "")
set(winnow_lanes_avx2 8)
set(winnow_flags_avx2 -mavx2 -mfma -mbmi2)
set(winnow_lanes_avx512 16)
set(winnow_flags_avx512
  -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mbmi2 -mprefer-vector-width=512)

set(winnow_isas baseline)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  check_cxx_compiler_flag("-mavx2 -mfma -mbmi2" WINNOW_COMPILER_HAS_AVX2)
  check_cxx_compiler_flag("-mavx512f -mavx512bw -mavx512dq -mavx512vl" WINNOW_COMPILER_HAS_AVX512)
  if(WINNOW_COMPILER_HAS_AVX2)
    list(APPEND winnow_isas avx2)
    target_compile_definitions(winnow_settings INTERFACE WINNOW_HAS_AVX2=1)
  endif()
  if(WINNOW_COMPILER_HAS_AVX2 AND WINNOW_COMPILER_HAS_AVX512)
    list(APPEND winnow_isas avx512)
    target_compile_definitions(winnow_settings INTERFACE WINNOW_HAS_AVX512=1)
  endif()
endif()

foreach(isa IN LISTS winnow_isas)
  add_library(winnow_variant_${isa} OBJECT)
  target_link_libraries(winnow_variant_${isa} PRIVATE winnow_settings)
  target_compile_options(winnow_variant_${isa} PRIVATE -O3 ${winnow_flags_${isa}}
    # GCC 12 warns about its own _mm512_undefined_epi32 (PR 105593).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_sources(winnow_kernels PRIVATE $<TARGET_OBJECTS:winnow_variant_${isa}>)
endforeach()

# winnow_add_isa_variants(BODY): BODY is a path below this project that begins with src/.
function(winnow_add_isa_variants body)
  string(REGEX REPLACE "^src/" "" body "${body}")
  get_filename_component(name "${body}" NAME_WE)
  foreach(isa IN LISTS winnow_isas)
    set(lanes ${winnow_lanes_${isa}})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/variants/${name}_${isa}.cc")
    configure_file("${CMAKE_CURRENT_SOURCE_DIR}/cmake/isa_variant.cc.in" "${source}" @ONLY)
    target_sources(winnow_variant_${isa} PRIVATE "${source}")
  endforeach()
endfunction()
