#pragma once

#include <duckdb.h>

#include <string>

#include "base/result.hpp"

namespace anlan::lake {

/// Prepares a query so that its result can be streamed. The caller destroys `*prepared`, also after
/// a failure.
///
/// A streamed result that fills its buffer blocks the pipeline that writes it. DuckDB 1.4 gives out
/// such a buffer only when that is the last pipeline to run, so that a query that ends in several
/// (a UNION ALL, the unmatched rows of a FULL JOIN) waits for itself for ever. Such a query is
/// gathered first, in memory that spills, and streamed from there.
/// Errors: invalid_input "engine.sql" with the engine's words.
Status prepare_stream(duckdb_connection connection, const std::string& sql,
                      duckdb_prepared_statement* prepared);

}  // namespace anlan::lake
