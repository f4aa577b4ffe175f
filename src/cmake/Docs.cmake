# The target `docs`: the API reference as HTML, in docs/html of the build folder. What Doxygen warns of is an error.

find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/Doxyfile.in Doxyfile @ONLY)
  add_custom_target(docs COMMAND Doxygen::doxygen ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile
    COMMENT "The API reference: ${CMAKE_CURRENT_BINARY_DIR}/docs/html/index.html" VERBATIM)
endif()
