# Installs isthmus.pc, for programs without CMake: `pkg-config --cflags --libs isthmus` says all that they need.

set(pc_folder ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
# Relative to the file itself: `cmake --install` may be given another prefix.
foreach(place IN ITEMS PREFIX FULL_LIBDIR FULL_INCLUDEDIR)
  file(RELATIVE_PATH pc_${place} ${pc_folder} ${CMAKE_INSTALL_${place}})
  string(REGEX REPLACE "/$" "" pc_${place} ${pc_${place}})
endforeach()

# Flags of the compiler that is used here.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(JOIN ISTHMUS_LIMITS_GNU " " pc_limits)
else()
  list(JOIN ISTHMUS_LIMITS_CLANG " " pc_limits)
endif()

set(pc_requires "libhwy tbb")
set(pc_libs "")
if(NOT ISTHMUS_SHARED)
  # Whoever links a static library links what it uses.
  string(APPEND pc_requires " fmt libpng zlib libzstd")
  set(pc_libs "-lboost_iostreams -lboost_json")
endif()
# Boost has no such file that could say where it is.
get_target_property(pc_boost Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
if(NOT pc_boost IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  string(PREPEND pc_libs "-L$<TARGET_FILE_DIR:Boost::json> ")
  set(pc_boost "-I${pc_boost}")
else()
  set(pc_boost "")
endif()
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  # As the CMake target has them.
  string(APPEND pc_libs " -Wl,--gc-sections -Wl,-z,nodelete")
endif()

file(READ ${CMAKE_CURRENT_LIST_DIR}/isthmus.pc.in pc_text)
string(CONFIGURE "${pc_text}" pc_text @ONLY)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/isthmus.pc CONTENT "${pc_text}")
install(FILES ${PROJECT_BINARY_DIR}/isthmus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
