# anlan_folder(NAME [DEPS target...]): the library anlan_NAME from every *.cpp beside the caller, and from every
# *_test.cpp beside it the program NAME_test, registered with ctest. Tables in migrations/ become anlan::NAME::schema().
function(anlan_folder name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  anlan_migrations(${name} schema)
  list(APPEND sources ${schema})

  if(sources)
    add_library(anlan_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(anlan_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(anlan_${name} ${scope} ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR})
  target_link_libraries(anlan_${name} ${scope} fmt::fmt Threads::Threads ${ARG_DEPS})

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE anlan_${name} GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE ANLAN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
