# winnow_add_op(NAME): an operation is the folder src/ops/NAME with
#   NAME.h         the contract: every pointer's shape, type and range
#   NAME_ref.cc    the scalar reference, the oracle of the tests
#   NAME_cpu.cc    the CPU kernel: checks, threads, choice of instruction set
#   NAME_cpu.inl   its body, compiled once per instruction set
#   NAME_napi.cc   its door to JavaScript
#   NAME_tf.cc     its door to TensorFlow
#   NAME_test.cc   GoogleTest
# A missing file is an error of CMake's that names it.
function(winnow_add_op name)
  set(folder "src/ops/${name}")
  winnow_add_kernels("${folder}/${name}_ref.cc" "${folder}/${name}_cpu.cc")
  winnow_add_isa_variants("${folder}/${name}_cpu.inl")
  winnow_add_addon_sources("${folder}/${name}_napi.cc")
  winnow_add_tensorflow_sources("${folder}/${name}_tf.cc")
  winnow_add_tests("${folder}/${name}_test.cc")
endfunction()
