# isthmus_add_model(<target> HEADER <file> MODEL <qualified C++ type> [NAME <name>] [ROLES <role>...]
#   [DISTRIBUTED])
#
# Makes a static library that holds the model's programs, compiled for every SIMD target and chosen at run time. Its
# code is position-independent, so that it can be part of a shared library, unless CMAKE_POSITION_INDEPENDENT_CODE is off.
# ROLES: only these, where the compiler's time counts; a program that needs another one does not link.
# DISTRIBUTED: also the training step of one of several processes, for isthmus/mpi/trainer.hpp.
# Each role (train, evaluate, reconstruct, encode, decode, corrupt) is a translation unit of its own, so that a program
# that links only the encoder holds nothing of the decoder. Include "isthmus_models/<name>.hpp" to use it, or
# "isthmus_models/<name>.h" in C.
#
# isthmus_add_registry(<target> FOLDER <folder> NAMESPACE <namespace> [MODELS <name>...] [DISTRIBUTED])
#
# The same for every header of a folder, and a list of them: isthmus/run/registry.hpp. The list refers to every role, so
# that a model is one translation unit: it takes the compiler less than half of what one for each role takes.
# MODELS: only these, by their headers' names without .hpp.
#
# isthmus_add_fortran(<target> <models>)
#
# A static library of the Fortran modules `isthmus` and `isthmus_<name>` for each model of <models>, a target of the
# functions above; it is compiled by the project's own Fortran compiler, whose module files no other one reads.

# Functions outlive the directory that includes this file (add_subdirectory()), its variables do not: everything
# that the functions need is set inside them.

function(_isthmus_generate target header model name roles distributed by_role sources_out)
  set(templates ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(ISTHMUS_HEADER ${header})
  set(ISTHMUS_MODEL ${model})
  set(ISTHMUS_NAME ${name})
  set(sources)
  set(all_roles train evaluate reconstruct encode decode corrupt)
  if(NOT roles)
    set(roles ${all_roles})
  endif()
  foreach(role IN LISTS roles)
    if(NOT role IN_LIST all_roles)
      list(JOIN all_roles ", " known)
      message(FATAL_ERROR "${target}: ROLES are among ${known}; found ${role}")
    endif()
  endforeach()
  if(distributed)
    list(APPEND roles train_distributed)
  endif()
  list(TRANSFORM roles REPLACE "(.+)" "program(\\1)")
  set(units ${roles})
  if(NOT by_role)
    list(JOIN roles " " units)
  endif()
  foreach(ISTHMUS_PROGRAMS IN LISTS units)
    set(ISTHMUS_FILE ${name}.programs.cpp)
    if(by_role)
      string(REGEX REPLACE "program\\((.+)\\)" "${name}.\\1.cpp" ISTHMUS_FILE ${ISTHMUS_PROGRAMS})
    endif()
    configure_file(${templates}/model_programs.cpp.in ${folder}/${ISTHMUS_FILE} @ONLY)
    list(APPEND sources ${folder}/${ISTHMUS_FILE})
  endforeach()
  foreach(language IN ITEMS hpp h f90)
    configure_file(${templates}/model.${language}.in ${folder}/isthmus_models/${name}.${language} @ONLY)
  endforeach()
  set(${sources_out} ${sources} PARENT_SCOPE)
endfunction()

# A program or a shared library holds the model, unless the project wants none of the latter.
function(_isthmus_static_library target)
  add_library(${target} STATIC ${ARGN})
  if(NOT DEFINED CMAKE_POSITION_INDEPENDENT_CODE)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endif()
endfunction()

function(_isthmus_model_library target sources names)
  _isthmus_static_library(${target} ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/${target})
  target_link_libraries(${target} PUBLIC isthmus::isthmus)
  # As the library itself: the same bits by every compiler and on every machine.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  # Each unit includes itself, once for every SIMD target.
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  set_target_properties(${target} PROPERTIES ISTHMUS_GENERATED ${CMAKE_CURRENT_BINARY_DIR}/${target}/isthmus_models
    ISTHMUS_NAMES "${names}")
endfunction()

function(isthmus_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "DISTRIBUTED" "HEADER;MODEL;NAME" "ROLES")
  if(NOT arg_HEADER OR NOT arg_MODEL)
    message(FATAL_ERROR "isthmus_add_model(${target}): HEADER and MODEL are needed")
  endif()
  if(NOT arg_NAME)
    get_filename_component(arg_NAME ${arg_HEADER} NAME_WE)
  endif()
  get_filename_component(header ${arg_HEADER} ABSOLUTE)
  _isthmus_generate(${target} ${header} ${arg_MODEL} ${arg_NAME} "${arg_ROLES}" ${arg_DISTRIBUTED} TRUE sources)
  _isthmus_model_library(${target} "${sources}" ${arg_NAME})
endfunction()

function(isthmus_add_registry target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "DISTRIBUTED" "FOLDER;NAMESPACE" "MODELS")
  file(GLOB headers CONFIGURE_DEPENDS ${arg_FOLDER}/*.hpp)
  list(SORT headers)
  if(arg_MODELS)
    list(TRANSFORM arg_MODELS STRIP OUTPUT_VARIABLE wanted)
    list(TRANSFORM headers REPLACE ".*/(.*)\\.hpp$" "\\1" OUTPUT_VARIABLE found)
    foreach(name IN LISTS wanted)
      if(NOT name IN_LIST found)
        list(JOIN found ", " known)
        message(FATAL_ERROR "${target}: no model ${name} in ${arg_FOLDER}; there are ${known}")
      endif()
    endforeach()
    list(REMOVE_DUPLICATES wanted)
    list(SORT wanted)
    list(TRANSFORM wanted REPLACE "(.+)" "${arg_FOLDER}/\\1.hpp" OUTPUT_VARIABLE headers)
  endif()
  set(all_sources)
  set(names)
  set(ISTHMUS_INCLUDES "")
  set(ISTHMUS_ENTRIES "")
  foreach(header IN LISTS headers)
    get_filename_component(name ${header} NAME_WE)
    # variational_2d → Variational2d
    string(REPLACE "_" ";" words ${name})
    set(type "")
    foreach(word IN LISTS words)
      string(SUBSTRING ${word} 0 1 first)
      string(SUBSTRING ${word} 1 -1 rest)
      string(TOUPPER ${first} first)
      string(APPEND type ${first}${rest})
    endforeach()
    _isthmus_generate(${target} ${header} ${arg_NAMESPACE}::${type} ${name} "" ${arg_DISTRIBUTED} FALSE sources)
    list(APPEND all_sources ${sources})
    list(APPEND names ${name})
    string(APPEND ISTHMUS_INCLUDES "#include <isthmus_models/${name}.hpp>\n")
    string(APPEND ISTHMUS_ENTRIES "    entry<${arg_NAMESPACE}::${type}>(\"${name}\"),\n")
  endforeach()
  set(ISTHMUS_DISTRIBUTED false)
  if(arg_DISTRIBUTED)
    set(ISTHMUS_DISTRIBUTED true)
  endif()
  set(registry ${CMAKE_CURRENT_BINARY_DIR}/${target}/registry.cpp)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/registry.cpp.in ${registry} @ONLY)
  _isthmus_model_library(${target} "${all_sources};${registry}" "${names}")
endfunction()

function(isthmus_add_fortran target models)
  get_target_property(folder ${models} ISTHMUS_GENERATED)
  get_target_property(names ${models} ISTHMUS_NAMES)
  list(TRANSFORM names REPLACE "(.+)" "${folder}/\\1.f90" OUTPUT_VARIABLE sources)
  _isthmus_static_library(${target} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/isthmus.f90 ${sources})
  set(modules ${CMAKE_CURRENT_BINARY_DIR}/${target}_modules)
  set_target_properties(${target} PROPERTIES Fortran_MODULE_DIRECTORY ${modules})
  target_include_directories(${target} PUBLIC ${modules})
  target_link_libraries(${target} PUBLIC ${models})
endfunction()
