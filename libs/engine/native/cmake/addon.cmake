# weft.node: the bridge over everything else. Node's own functions are found when Node loads it, so no library of Node
# is linked.
set(modules "${CMAKE_CURRENT_SOURCE_DIR}/../../../node_modules")

if(NOT WEFT_NODE_INCLUDE)
  file(GLOB packaged_headers ${modules}/node-*-*/include/node)
  list(APPEND packaged_headers "")
  list(GET packaged_headers 0 WEFT_NODE_INCLUDE)
endif()
if(NOT WEFT_NODE_ADDON_API)
  set(WEFT_NODE_ADDON_API ${modules}/node-addon-api)
endif()
foreach(header IN ITEMS ${WEFT_NODE_INCLUDE}/node_api.h ${WEFT_NODE_ADDON_API}/napi.h)
  if(NOT EXISTS ${header})
    message(FATAL_ERROR "${header} is missing: run `npm run build` in the repository, which installs it")
  endif()
endforeach()

file(GLOB bridge_sources CONFIGURE_DEPENDS bridge/*.cc)
add_library(weft MODULE ${bridge_sources} ${WEFT_OBJECTS})
target_link_libraries(weft PRIVATE weft_settings)
target_include_directories(weft SYSTEM PRIVATE ${WEFT_NODE_INCLUDE} ${WEFT_NODE_ADDON_API})
target_compile_definitions(weft PRIVATE
  NAPI_VERSION=9 NODE_ADDON_API_DISABLE_DEPRECATED NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS)
set_target_properties(weft PROPERTIES
  PREFIX "" OUTPUT_NAME "weft" SUFFIX ".node" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(APPLE)
  target_link_options(weft PRIVATE -undefined dynamic_lookup)
endif()
