# winnow_add_op(NAME [WITHOUT_JAVASCRIPT]): an operation is the folder src/ops/NAME with
#   NAME.h         the contract: every pointer's shape, type and range
#   NAME.cc        checks of arguments, the same for every device
#   NAME_ref.cc    the scalar reference that the tests compare with
#   NAME_cpu.cc    the CPU kernel: threads, choice of instruction set
#   NAME_cpu.inl   its body, compiled once per instruction set
#   NAME_napi.cc   its door to JavaScript, for typed arrays; none if WITHOUT_JAVASCRIPT
#   NAME_tf.cc     its door to TensorFlow
#   NAME_test.cc   GoogleTest
# A missing file is an error of CMake's that names it.
set_property(GLOBAL PROPERTY winnow_operations "")

function(winnow_add_op name)
  cmake_parse_arguments(PARSE_ARGV 1 op "WITHOUT_JAVASCRIPT" "" "")
  set(folder "src/ops/${name}")
  set_property(GLOBAL APPEND PROPERTY winnow_operations "${name}")
  winnow_add_kernels("${folder}/${name}.cc" "${folder}/${name}_ref.cc" "${folder}/${name}_cpu.cc")
  winnow_add_isa_variants("${folder}/${name}_cpu.inl")
  if(NOT op_WITHOUT_JAVASCRIPT)
    winnow_add_addon_sources("${folder}/${name}_napi.cc")
  endif()
  winnow_add_tensorflow_sources("${folder}/${name}_tf.cc")
  winnow_add_tests("${folder}/${name}_test.cc")
endfunction()
