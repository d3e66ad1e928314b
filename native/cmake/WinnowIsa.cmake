# Compiles a kernel body (.inl) once per instruction set. Only these files get the wider flags, and each instruction set
# is a library of its own, so that a test can check that none of them leaks wide code into shared functions.
include(CheckCXXCompilerFlag)

# The rows of the generated header core/isa_list.h.
set(winnow_isa_rows "")
# Those that this compiler and processor family allow.
set(winnow_isas "")

# winnow_isa(NAME LANES [FEATURES feature…] [FLAGS flag…]): a feature is what GCC's -m and __builtin_cpu_supports call
# it.
function(winnow_isa name lanes)
  cmake_parse_arguments(PARSE_ARGV 2 isa "" "" "FEATURES;FLAGS")
  set(flags "")
  set(runs "true")
  foreach(feature IN LISTS isa_FEATURES)
    list(APPEND flags "-m${feature}")
    string(APPEND runs " && __builtin_cpu_supports(\"${feature}\")")
  endforeach()
  set(compiled 1)
  if(isa_FEATURES)
    set(compiled 0)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
      string(TOUPPER "WINNOW_COMPILER_HAS_${name}" has)
      list(JOIN flags " " joined)
      check_cxx_compiler_flag("${joined}" ${has})
      if(${has})
        set(compiled 1)
      endif()
    endif()
  endif()
  if(NOT compiled)
    set(runs "false")
  endif()
  string(SUBSTRING "${name}" 0 1 first)
  string(SUBSTRING "${name}" 1 -1 rest)
  string(TOUPPER "${first}" first)
  set(winnow_isa_rows
    "${winnow_isa_rows} \\\n  ROW(k${first}${rest}, ${name}, ${compiled}, (${runs}), __VA_ARGS__)" PARENT_SCOPE)
  if(NOT compiled)
    return()
  endif()
  set(winnow_isas ${winnow_isas} ${name} PARENT_SCOPE)
  set(winnow_lanes_${name} ${lanes} PARENT_SCOPE)
  add_library(winnow_variant_${name} OBJECT)
  target_link_libraries(winnow_variant_${name} PRIVATE winnow_settings)
  target_compile_options(winnow_variant_${name} PRIVATE -O3 ${flags} ${isa_FLAGS}
    # GCC 12 warns about its own _mm512_undefined_epi32 (PR 105593).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_sources(winnow_kernels PRIVATE $<TARGET_OBJECTS:winnow_variant_${name}>)
endfunction()

# The list of instruction sets, from narrow to wide. All else that knows them is made from it: the enum, its names, the
# tables of variants and the tests.
winnow_isa(baseline 4)
winnow_isa(avx2 8 FEATURES avx2 fma bmi2)
winnow_isa(avx512 16 FEATURES avx512f avx512bw avx512dq avx512vl avx2 fma bmi2 FLAGS -mprefer-vector-width=512)

set(winnow_generated "${CMAKE_CURRENT_BINARY_DIR}/generated")
configure_file("${CMAKE_CURRENT_SOURCE_DIR}/cmake/isa_list.h.in" "${winnow_generated}/core/isa_list.h" @ONLY)
target_include_directories(winnow_settings INTERFACE "${winnow_generated}")

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
