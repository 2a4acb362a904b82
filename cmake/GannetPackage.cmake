# The Debian packages: gannet (the program), libgannet0.1 (the shared libraries), libgannet-dev (to build with them).
include_guard(GLOBAL)

set(soname ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(release 1)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gannet)
set(CPACK_PACKAGE_VENDOR "The Gannet authors")
set(CPACK_PACKAGE_CONTACT "The Gannet authors <gannet@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime dev tool)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(together "= ${PROJECT_VERSION}-${release}")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libgannet${soname})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "AWS service clients for C++: shared libraries
 Clients for DynamoDB, S3, Secrets Manager and STS with safe retries, and an
 embedded local cloud that speaks the same protocols.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libgannet-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libgannet${soname} (${together}), libboost1.81-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "cmake | pkg-config, python3")
set(CPACK_COMPONENT_DEV_DESCRIPTION "AWS service clients for C++: what programs are built with
 Headers, CMake and pkg-config files, and the generator that makes clients of
 other services from their API models.")
set(CPACK_DEBIAN_TOOL_PACKAGE_NAME gannet)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "libgannet${soname} (${together})")
set(CPACK_COMPONENT_TOOL_DESCRIPTION "local cloud that speaks the protocols of AWS
 DynamoDB, S3, Secrets Manager and STS on a loopback port, for development and
 tests.")

# Policy wants each package's licence named in a file of its own.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_copyright.cmake)
set(CPACK_GANNET_COPYRIGHT ${PROJECT_SOURCE_DIR}/cmake/debian_copyright)
include(CPack)
