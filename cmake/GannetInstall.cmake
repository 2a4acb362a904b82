# What `cmake --install` and the packages hold: three parts, `runtime` (what programs need to run), `dev` (what they need to
# be built) and `tool` (the program gannet).
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

get_property(GANNET_LIBRARIES GLOBAL PROPERTY GANNET_LIBRARIES)
set(gannet_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gannet)
# The generator finds its models, and GannetGenerate.cmake the generator, where they are in the tree.
set(gannet_data_dir ${CMAKE_INSTALL_DATADIR}/gannet)

set(targets gannet_settings_for_all gannet_internal_headers)
foreach(library IN LISTS GANNET_LIBRARIES)
  list(APPEND targets gannet_${library})
  get_target_property(headers gannet_${library} GANNET_GENERATED_HEADERS)
  if(headers)
    install(DIRECTORY ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN *.hpp)
  endif()
endforeach()
set_target_properties(gannet_settings_for_all PROPERTIES EXPORT_NAME settings_for_all)
set_target_properties(gannet_internal_headers PROPERTIES EXPORT_NAME internal_headers)
install(TARGETS ${targets} EXPORT gannet
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(EXPORT gannet NAMESPACE gannet:: FILE gannet-targets.cmake DESTINATION ${gannet_package_dir} COMPONENT dev)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/gannet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev
        FILES_MATCHING PATTERN *.hpp)
foreach(part core runtime services)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/${part} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gannet/internal COMPONENT dev
          FILES_MATCHING PATTERN *.hpp)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/codegen/gannet_codegen DESTINATION ${gannet_data_dir}/codegen COMPONENT dev
        FILES_MATCHING PATTERN *.py)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models DESTINATION ${gannet_data_dir} COMPONENT dev FILES_MATCHING PATTERN *.json)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/GannetGenerate.cmake DESTINATION ${gannet_data_dir}/cmake COMPONENT dev)

set(gannet_config_files ${PROJECT_BINARY_DIR}/package)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gannet-config.cmake.in ${gannet_config_files}/gannet-config.cmake
                              INSTALL_DESTINATION ${gannet_package_dir} PATH_VARS gannet_data_dir)
write_basic_package_version_file(${gannet_config_files}/gannet-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${gannet_config_files}/gannet-config.cmake ${gannet_config_files}/gannet-config-version.cmake
        DESTINATION ${gannet_package_dir} COMPONENT dev)

# One gannet-NAME.pc a library. What a static library needs of others is a requirement; a shared one brings it along.
set(pkg_config_names OpenSSL::Crypto libcrypto OpenSSL::SSL libssl simdjson::simdjson simdjson EXPAT::EXPAT expat
                     ZLIB::ZLIB zlib fmt::fmt fmt SQLite::SQLite3 sqlite3)
set(gannet_pkg_config_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
# Found from where the file lies, so that an installed tree may be moved.
file(RELATIVE_PATH prefix_from_there ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" prefix_from_there "${prefix_from_there}")
file(RELATIVE_PATH libdir_in_prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH includedir_in_prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
get_target_property(definitions gannet_settings_for_all INTERFACE_COMPILE_DEFINITIONS)
list(TRANSFORM definitions PREPEND -D)
list(JOIN definitions " " definitions)
foreach(library IN LISTS GANNET_LIBRARIES)
  get_target_property(links gannet_${library} INTERFACE_LINK_LIBRARIES)
  set(requirements)
  foreach(link IN LISTS links)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" link "${link}")
    if(link MATCHES "^gannet(_|::)(settings_for_all|internal_headers)$" OR link MATCHES "BUILD_INTERFACE")
      continue()
    elseif(link MATCHES "^gannet(_|::)(.*)$")
      list(APPEND requirements "gannet-${CMAKE_MATCH_2} = ${PROJECT_VERSION}")
    else()
      list(FIND pkg_config_names "${link}" at)
      if(at EQUAL -1)
        message(FATAL_ERROR "gannet_${library} links ${link}: GannetInstall.cmake does not know its name in pkg-config")
      endif()
      math(EXPR at "${at} + 1")
      list(GET pkg_config_names ${at} name)
      list(APPEND requirements ${name})
    endif()
  endforeach()
  list(JOIN requirements ", " requirements)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/gannet.pc.in ${gannet_config_files}/gannet-${library}.pc @ONLY)
  install(FILES ${gannet_config_files}/gannet-${library}.pc DESTINATION ${gannet_pkg_config_dir} COMPONENT dev)
endforeach()

if(TARGET gannet)
  # The libraries beside it, wherever both are.
  file(RELATIVE_PATH libraries_from_there ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(gannet PROPERTIES INSTALL_RPATH $ORIGIN/${libraries_from_there})
  install(TARGETS gannet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
endif()
if(BUILD_SHARED_LIBS)
  set_target_properties(${targets} PROPERTIES INSTALL_RPATH $ORIGIN)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT runtime)
