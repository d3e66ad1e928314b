# winnow.node, when CMake runs under cmake-js (which gives the N-API headers in CMAKE_JS_INC). It links no TensorFlow.
if(CMAKE_JS_INC)
  add_library(winnow_addon MODULE
    src/addon/arguments.cc
    src/addon/module.cc
    src/addon/registry.cc
    src/addon/tensorflow_library.cc)
  set_target_properties(winnow_addon PROPERTIES PREFIX "" OUTPUT_NAME winnow SUFFIX ".node")
  target_include_directories(winnow_addon SYSTEM PRIVATE ${CMAKE_JS_INC})
  target_compile_definitions(winnow_addon PRIVATE NAPI_VERSION=8 NAPI_CPP_EXCEPTIONS
    # A worker thread that is being ended takes no exception: no reason to end the process.
    NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)
  target_link_libraries(winnow_addon PRIVATE winnow_kernels ${CMAKE_JS_LIB} ${CMAKE_DL_LIBS})
endif()

# winnow_add_addon_sources(FILE…)
function(winnow_add_addon_sources)
  if(NOT TARGET winnow_addon)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    target_sources(winnow_addon PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
endfunction()

# Tells the addon the names of the ops, sorted. After the last winnow_add_op.
function(winnow_list_operations)
  get_property(names GLOBAL PROPERTY winnow_operations)
  list(SORT names)
  list(JOIN names "\",\"" text)
  set_source_files_properties(src/addon/module.cc PROPERTIES COMPILE_DEFINITIONS "WINNOW_OPERATIONS=\"${text}\"")
endfunction()
