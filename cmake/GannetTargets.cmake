# What every target of the project has in common, said once.
include_guard(GLOBAL)

set(GANNET_SANITIZE "" CACHE STRING "Sanitizers to build everything with, as -fsanitize takes them")

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)

add_library(gannet_settings_for_all INTERFACE)
target_compile_features(gannet_settings_for_all INTERFACE cxx_std_23)
target_include_directories(gannet_settings_for_all INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Asio is compiled once, in src/io/asio.cpp.
target_compile_definitions(gannet_settings_for_all INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(gannet_settings_for_all INTERFACE Boost::headers Threads::Threads)

# What generated sources include beside the public headers, and nobody else: no promise is made for these.
add_library(gannet_internal_headers INTERFACE)
add_library(gannet::internal_headers ALIAS gannet_internal_headers)
target_include_directories(gannet_internal_headers
                           INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
                                     $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/gannet/internal>)

add_library(gannet_build_flags INTERFACE)
target_compile_options(gannet_build_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                                                    "$<$<CXX_COMPILER_ID:GNU>:-Wno-missing-field-initializers;-Wno-dangling-else>")
if(CMAKE_UNITY_BUILD)
  # Where several sources are one: the names of one are not the next one's, and GCC takes the frames of coroutines for types that
  # others see.
  target_compile_options(gannet_build_flags INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(gannet_build_flags
                         INTERFACE $<$<CONFIG:Debug>:$<IF:$<BOOL:$<TARGET_PROPERTY:GANNET_COMPUTES>>,-Og,-O0>;-g1>)
endif()
target_link_libraries(gannet_build_flags INTERFACE gannet_internal_headers)
if(BUILD_SHARED_LIBS AND NOT GANNET_SANITIZE)
  # Each shared library names all that it needs.
  target_link_options(gannet_build_flags INTERFACE -Wl,--no-undefined)
endif()
if(GANNET_SANITIZE)
  target_compile_options(gannet_build_flags INTERFACE -fsanitize=${GANNET_SANITIZE} -fno-omit-frame-pointer
                                                      -fno-sanitize-recover=all)
  target_link_options(gannet_build_flags INTERFACE -fsanitize=${GANNET_SANITIZE})
endif()

# What the tests' own code has after these: an eighth less to compile, and a null pointer ends a test without them as well.
add_library(gannet_test_flags INTERFACE)
if(GANNET_SANITIZE MATCHES undefined)
  target_compile_options(gannet_test_flags INTERFACE -fno-sanitize=null,alignment,vptr)
endif()

# gannet_precompile_headers(TARGET KIND HEADERS ... LIBRARIES ...): what most sources of a kind begin with is read once for all
# its targets, which have the same flags, in the builds of the tests; a release has each source say what it needs.
function(gannet_precompile_headers target kind)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES" ${ARGN})
  if(NOT GANNET_SANITIZE)
    return()
  endif()
  set(shared gannet_precompiled_${kind})
  if(NOT TARGET ${shared})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${shared}.cpp CONTENT "")
    add_library(${shared} OBJECT ${PROJECT_BINARY_DIR}/${shared}.cpp)
    set_target_properties(${shared} PROPERTIES CXX_EXTENSIONS OFF)
    foreach(property POSITION_INDEPENDENT_CODE COMPILE_OPTIONS)
      get_target_property(value ${target} ${property})
      if(value)
        set_target_properties(${shared} PROPERTIES ${property} "${value}")
      endif()
    endforeach()
    target_link_libraries(${shared} PRIVATE gannet_settings_for_all gannet_build_flags ${arg_LIBRARIES})
    target_precompile_headers(${shared} PRIVATE ${arg_HEADERS})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
endfunction()

# gannet_own_library(NAME KIND): what each library of the house has, generated or not. It is installed by GannetInstall. KIND is
# `parsers` for what fuzzing looks into, led by which of its branches an input takes, else `libraries`.
function(gannet_own_library name kind)
  if(kind STREQUAL parsers AND GANNET_BUILD_FUZZ)
    target_compile_options(gannet_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  # Before 1.0 each minor version may break programs built with the one before: docs/versions.md.
  set_target_properties(gannet_${name} PROPERTIES VERSION ${PROJECT_VERSION}
                                                  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                                  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
  target_link_libraries(gannet_${name} PRIVATE $<BUILD_INTERFACE:gannet_build_flags>)
  set_property(GLOBAL APPEND PROPERTY GANNET_LIBRARIES ${name})
  # All else waits more than it computes: unoptimized it takes half the time to compile, and the tests take no longer.
  if(name STREQUAL core)
    set_target_properties(gannet_core PROPERTIES GANNET_COMPUTES ON)
  endif()
  if(NOT name MATCHES "^core$|_model$")
    gannet_precompile_headers(gannet_${name} ${kind} HEADERS <gannet/config.hpp>)
  endif()
endfunction()

# gannet_add_library(NAME [PARSES] SOURCES ... LIBRARIES ... PRIVATE_LIBRARIES ...): a library of the house, gannet_NAME, also
# gannet::NAME; with PARSES one that fuzzing looks into.
function(gannet_add_library name)
  cmake_parse_arguments(arg "PARSES" "" "SOURCES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  add_library(gannet_${name} ${arg_SOURCES})
  add_library(gannet::${name} ALIAS gannet_${name})
  set_target_properties(gannet_${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON EXPORT_NAME ${name})
  target_link_libraries(gannet_${name} PUBLIC gannet_settings_for_all ${arg_LIBRARIES} PRIVATE ${arg_PRIVATE_LIBRARIES})
  set(kind libraries)
  if(arg_PARSES)
    set(kind parsers)
  endif()
  gannet_own_library(${name} ${kind})
endfunction()

# gannet_add_program(NAME SOURCES ... LIBRARIES ...): built into bin/.
function(gannet_add_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} gannet_build_flags)
  gannet_precompile_headers(${name} programs HEADERS <gannet/config.hpp>)
endfunction()

# gannet_add_tests(NAME [CONCURRENCY] SOURCES ... LIBRARIES ...): a GoogleTest program tests_NAME whose cases ctest knows one by
# one. Those with CONCURRENCY are what a build with TSan is for: the target tests_concurrency builds them alone, `ctest -L
# concurrency` runs them.
function(gannet_add_tests name)
  cmake_parse_arguments(arg "CONCURRENCY" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(tests_${name} ${arg_SOURCES})
  set_target_properties(tests_${name} PROPERTIES CXX_EXTENSIONS OFF RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_link_libraries(tests_${name} PRIVATE ${arg_LIBRARIES} gannet_build_flags gannet_test_flags
                                              GTest::gmock GTest::gtest_main)
  target_include_directories(tests_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  set(kind tests)
  set(headers <gannet/config.hpp> <gmock/gmock.h> <gtest/gtest.h>)
  if(name STREQUAL core)  # Which is without Asio.
    set(kind tests_of_core)
    list(REMOVE_ITEM headers <gannet/config.hpp>)
  endif()
  gannet_precompile_headers(tests_${name} ${kind} HEADERS ${headers} LIBRARIES gannet_test_flags GTest::gmock)
  set(properties TIMEOUT 300)
  if(arg_CONCURRENCY)
    if(NOT TARGET tests_concurrency)
      add_custom_target(tests_concurrency)
    endif()
    add_dependencies(tests_concurrency tests_${name})
    list(APPEND properties LABELS concurrency)
    if(GANNET_SANITIZE MATCHES thread)
      target_sources(tests_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/tsan_suppressions.cpp)
    endif()
  endif()
  gtest_discover_tests(tests_${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES ${properties})
endfunction()

# gannet_add_fuzzer(NAME LIBRARIES ...): NAME.cpp as a libFuzzer program, fuzz_NAME, with the seeds in fuzz/seeds/NAME/ and the
# dictionary NAME.dict where there is one; ctest runs it for some seconds, ./dev fuzz NAME for as long as you like.
function(gannet_add_fuzzer name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  add_executable(fuzz_${name} ${name}.cpp)
  set_target_properties(fuzz_${name} PROPERTIES CXX_EXTENSIONS OFF RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LIBRARIES} gannet_build_flags)
  set(options -max_total_time=3 -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.dict)
    list(APPEND options -dict=${CMAKE_CURRENT_SOURCE_DIR}/${name}.dict)
  endif()
  # The first folder takes what is found; the seeds are only read.
  set(found ${PROJECT_BINARY_DIR}/fuzz/found/${name})
  file(MAKE_DIRECTORY ${found})
  add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${options} -artifact_prefix=${found}/ ${found}
                                     ${CMAKE_CURRENT_SOURCE_DIR}/seeds/${name})
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120)
endfunction()
