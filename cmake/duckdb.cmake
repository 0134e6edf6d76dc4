# The DuckDB library and its C header, put under build/deps by `./dev setup` (versions and checksums: deps/duckdb.lock).
set(DUCKDB_ROOT ${CMAKE_SOURCE_DIR}/build/deps/duckdb CACHE PATH "Folder with duckdb.h and libduckdb.so")
if(NOT EXISTS ${DUCKDB_ROOT}/duckdb.h OR NOT EXISTS ${DUCKDB_ROOT}/libduckdb.so)
  message(FATAL_ERROR "DuckDB is not in ${DUCKDB_ROOT}; run ./dev setup")
endif()
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${DUCKDB_ROOT}/libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_ROOT})
