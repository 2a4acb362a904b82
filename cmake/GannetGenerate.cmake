# Typed clients from API models.
include_guard(GLOBAL)

# _gannet_generate(OUTPUTS COMMAND NAME MODEL FOLDER FACTS...): a build step that runs the generator whenever it or the
# model has changed. What it will write is asked at configure time; a model it cannot take is an error then.
function(_gannet_generate outputs command name model folder)
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  # The same beside this file in the tree and where it is installed.
  cmake_path(SET codegen NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../codegen/gannet_codegen)
  set(arguments ${command} ${name} ${model} --out ${folder} ${ARGN})
  file(GLOB generator CONFIGURE_DEPENDS ${codegen}/*.py)
  set(facts ${ARGN})
  list(FILTER facts EXCLUDE REGEX "^--")
  execute_process(COMMAND ${Python3_EXECUTABLE} -B ${codegen} ${arguments} --list
                  OUTPUT_VARIABLE files ERROR_VARIABLE problem RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    message(FATAL_ERROR "${problem}")
  elseif(problem)
    message(WARNING "${problem}")  # Of a paginator or waiter that is left out.
  endif()
  # What the generator reads beside a service-2.json.
  if(model MATCHES "service-2\\.json(\\.gz)?$")
    get_filename_component(beside ${model} DIRECTORY)
    file(GLOB beside ${beside}/paginators-1*.json* ${beside}/waiters-2*.json* ${beside}/service-2.sdk-extras.json*
                     ${beside}/endpoint-rule-set-1.json*)
    list(APPEND facts ${beside})
  endif()
  string(REPLACE "\n" ";" files "${files}")
  # The list of files depends on the model.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${model} ${facts})
  # Files that would not change are not written; the stamp says that they are current.
  set(stamp ${folder}/${command}.stamp)
  add_custom_command(OUTPUT ${stamp} BYPRODUCTS ${files}
                     COMMAND ${Python3_EXECUTABLE} -B ${codegen} ${arguments}
                     COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
                     DEPENDS ${generator} ${model} ${facts}
                     COMMENT "Generating ${name} (${command})" VERBATIM)
  set_source_files_properties(${files} PROPERTIES GENERATED ON)
  set(${outputs} ${files} ${stamp} PARENT_SCOPE)
endfunction()

function(_gannet_add_generated name)
  cmake_parse_arguments(arg "" "" "SOURCES;WRITTEN_SOURCES;LIBRARIES" ${ARGN})
  add_library(gannet_${name} ${arg_SOURCES} ${arg_WRITTEN_SOURCES})
  add_library(gannet::${name} ALIAS gannet_${name})
  # Several of its sources are compiled as one, in less than half the time.
  set_target_properties(gannet_${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON EXPORT_NAME ${name}
                                                  UNITY_BUILD ON)
  if(arg_WRITTEN_SOURCES)
    set_source_files_properties(${arg_WRITTEN_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  target_link_libraries(gannet_${name} PUBLIC ${arg_LIBRARIES} PRIVATE $<BUILD_INTERFACE:gannet::internal_headers>)
endfunction()

# gannet_add_service(NAME MODEL path [RETRY path] [OPTIONS path] [ERROR_KINDS path] [EXTRA_SOURCES ...] [LIBRARIES ...]
#                    [CONSTRAINTS]):
# the typed client of a JSON 1.0/1.1, query or REST-XML service as the library gannet_NAME (also gannet::NAME), with the
# headers <gannet/NAME/client.hpp> and <gannet/NAME/types.hpp>; in this tree, in a project that has it as a subdirectory and
# in one that found it by find_package. With CONSTRAINTS also gannet_NAME_model, the table of the
# model's constraints, for a server of the service: "NAME_model.hpp".
function(gannet_add_service name)
  cmake_parse_arguments(arg "CONSTRAINTS" "MODEL;RETRY;OPTIONS;ERROR_KINDS" "EXTRA_SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_MODEL)
    message(FATAL_ERROR "gannet_add_service(${name}): MODEL is missing")
  endif()
  if(TARGET gannet::${name})
    message(FATAL_ERROR "gannet_add_service(${name}): there is a gannet::${name} already; choose another name")
  endif()
  get_filename_component(model ${arg_MODEL} ABSOLUTE)
  set(facts)
  foreach(fact RETRY OPTIONS ERROR_KINDS)
    if(arg_${fact})
      string(TOLOWER ${fact} option)
      string(REPLACE "_" "-" option ${option})
      get_filename_component(path ${arg_${fact}} ABSOLUTE)
      list(APPEND facts --${option} ${path})
    endif()
  endforeach()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated/${name})

  _gannet_generate(files client ${name} ${model} ${folder} ${facts})
  _gannet_add_generated(${name} SOURCES ${files} WRITTEN_SOURCES ${arg_EXTRA_SOURCES}
                         LIBRARIES gannet::protocols ${arg_LIBRARIES})
  target_include_directories(gannet_${name} PUBLIC $<BUILD_INTERFACE:${folder}/include>
                                            PRIVATE ${folder}/src)
  # Where the headers are that are installed, and the generated sources' own, for tests.
  set_target_properties(gannet_${name} PROPERTIES GANNET_GENERATED_HEADERS ${folder}/include/gannet
                                                  GANNET_GENERATED_SOURCES ${folder}/src)
  if(arg_CONSTRAINTS)
    _gannet_generate(files model ${name} ${model} ${folder} ${facts})
    _gannet_add_generated(${name}_model SOURCES ${files} LIBRARIES gannet::core)
    target_include_directories(gannet_${name}_model PUBLIC $<BUILD_INTERFACE:${folder}/src>)
  endif()
endfunction()
