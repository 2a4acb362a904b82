# Typed clients from API models.
include_guard(GLOBAL)

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
set(GANNET_CODEGEN_DIR ${CMAKE_CURRENT_LIST_DIR}/../codegen/gannet_codegen)

# _gannet_generate(OUTPUTS COMMAND NAME MODEL FOLDER FACTS...): a build step that runs the generator whenever it or the
# model has changed. What it will write is asked at configure time; a model it cannot take is an error then.
function(_gannet_generate outputs command name model folder)
  set(arguments ${command} ${name} ${model} --out ${folder} ${ARGN})
  file(GLOB generator CONFIGURE_DEPENDS ${GANNET_CODEGEN_DIR}/*.py)
  set(facts ${ARGN})
  list(FILTER facts EXCLUDE REGEX "^--")
  execute_process(COMMAND ${Python3_EXECUTABLE} -B ${GANNET_CODEGEN_DIR} ${arguments} --list
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
                     COMMAND ${Python3_EXECUTABLE} -B ${GANNET_CODEGEN_DIR} ${arguments}
                     COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
                     DEPENDS ${generator} ${model} ${facts}
                     COMMENT "Generating ${name} (${command})" VERBATIM)
  set_source_files_properties(${files} PROPERTIES GENERATED ON)
  set(${outputs} ${files} ${stamp} PARENT_SCOPE)
endfunction()

# gannet_add_service(NAME MODEL path [RETRY path] [OPTIONS path] [ERROR_KINDS path] [EXTRA_SOURCES ...] [LIBRARIES ...]
#                    [CONSTRAINTS]):
# the typed client of a JSON 1.0/1.1, query or REST-XML service as the library gannet_NAME (also gannet::NAME), with the
# headers <gannet/NAME/client.hpp> and <gannet/NAME/types.hpp>. With CONSTRAINTS also gannet_NAME_model, the table of the
# model's constraints, for a server of the service: "NAME_model.hpp".
function(gannet_add_service name)
  cmake_parse_arguments(arg "CONSTRAINTS" "MODEL;RETRY;OPTIONS;ERROR_KINDS" "EXTRA_SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_MODEL)
    message(FATAL_ERROR "gannet_add_service(${name}): MODEL is missing")
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
  gannet_add_library(${name} SOURCES ${files} ${arg_EXTRA_SOURCES} LIBRARIES gannet_protocols ${arg_LIBRARIES})
  target_include_directories(gannet_${name} PUBLIC $<BUILD_INTERFACE:${folder}/include>
                                            PRIVATE ${folder}/src)
  # Where the generated sources' own headers are, for tests.
  set_target_properties(gannet_${name} PROPERTIES GANNET_GENERATED_SOURCES ${folder}/src)
  if(arg_CONSTRAINTS)
    _gannet_generate(files model ${name} ${model} ${folder} ${facts})
    gannet_add_library(${name}_model SOURCES ${files} LIBRARIES gannet_core)
    target_include_directories(gannet_${name}_model PUBLIC $<BUILD_INTERFACE:${folder}/src>)
  endif()
endfunction()
