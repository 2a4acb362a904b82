# Run by CPack when the files of all packages lie in their folders, before the packages are made of them.
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(documents ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share/doc/${package})
  configure_file(${CPACK_GANNET_COPYRIGHT} ${documents}/copyright @ONLY)
endforeach()
# Those of two versions of the libraries may be installed side by side: no file of theirs has the same path.
set(documents ${CPACK_TEMPORARY_DIRECTORY}/runtime/usr/share/doc)
foreach(document LICENSE NOTICE)
  file(RENAME ${documents}/gannet/${document} ${documents}/${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME}/${document})
endforeach()
file(REMOVE_RECURSE ${documents}/gannet)
