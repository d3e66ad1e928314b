# winnow_tensorflow.so: the custom operations, when WINNOW_TENSORFLOW_DIR is given.
if(WINNOW_TENSORFLOW_DIR)
  set(winnow_tensorflow_framework "${WINNOW_TENSORFLOW_DIR}/libtensorflow_framework.so.2")
  foreach(needed "${winnow_tensorflow_framework}" "${WINNOW_TENSORFLOW_DIR}/include/tensorflow/core/framework/op.h")
    if(NOT EXISTS "${needed}")
      message(FATAL_ERROR "WINNOW_TENSORFLOW_DIR is ${WINNOW_TENSORFLOW_DIR}, but ${needed} does not exist")
    endif()
  endforeach()
  add_library(winnow_tensorflow MODULE src/tf/op_kernel.cc src/tf/sparse.cc)
  set_target_properties(winnow_tensorflow PROPERTIES PREFIX "" SUFFIX ".so"
    # No run path: TensorFlow is in the process already and is found by its soname, wherever it lies on a user's
    # machine.
    SKIP_BUILD_RPATH ON)
  target_include_directories(winnow_tensorflow SYSTEM PRIVATE "${WINNOW_TENSORFLOW_DIR}/include")
  # The flags TensorFlow itself is built with, as tf.sysconfig.get_compile_flags() says them.
  target_compile_definitions(winnow_tensorflow PRIVATE _GLIBCXX_USE_CXX11_ABI=1 EIGEN_MAX_ALIGN_BYTES=64 NDEBUG)
  target_compile_options(winnow_tensorflow PRIVATE "-ffile-prefix-map=${WINNOW_TENSORFLOW_DIR}/=")
  target_link_libraries(winnow_tensorflow PRIVATE winnow_kernels "${winnow_tensorflow_framework}")
  # TensorFlow's headers take six seconds a file, and every file needs the same ones: compiled once.
  target_precompile_headers(winnow_tensorflow PRIVATE
    <tensorflow/core/framework/op.h>
    <tensorflow/core/framework/op_kernel.h>
    <tensorflow/core/framework/shape_inference.h>)
endif()

# winnow_add_tensorflow_sources(FILE…)
function(winnow_add_tensorflow_sources)
  if(NOT TARGET winnow_tensorflow)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    target_sources(winnow_tensorflow PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
endfunction()
