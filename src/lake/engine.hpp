#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/month.hpp"
#include "base/result.hpp"

namespace anlan::lake {

struct EngineOptions {
  unsigned threads = 0;                        ///< 0: all cores
  std::uint64_t memory_bytes = 3'000'000'000;  ///< 3–4 GB is fastest for big groupings (measured)
  std::filesystem::path temp_folder;           ///< where large queries spill; empty: no spilling
  /// If given, SQL can read and write only below these folders, and change no setting.
  std::vector<std::filesystem::path> read_only_folders;
};

/// The rows of one query, streamed: memory stays bounded however many there are.
/// Borrows its Connection, which must outlive it and run nothing else meanwhile.
class Rows {
 public:
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();

  std::size_t columns() const;
  const std::string& name(std::size_t column) const;
  /// Moves to the next row; false at the end. Errors: as Connection::query, met while running.
  Result<bool> next();

  bool is_null(std::size_t column) const;
  /// BOOLEAN, any integer type up to 64 bits, DATE (days), TIMESTAMP (µs), or a DECIMAL with scale
  /// 0. HUGEINT (what sum() gives) too, when it fits.
  std::int64_t int64(std::size_t column) const;
  double number(std::size_t column) const;          ///< any numeric column; never for money
  std::string_view text(std::size_t column) const;  ///< VARCHAR only; valid until next()
  /// Any column as text: dates 2018-11-30, flags 1/0, decimals exact; "" for NULL.
  std::string display(std::size_t column) const;
  /// "VARCHAR", "BIGINT", "DATE" …
  std::string type_name(std::size_t column) const;

 private:
  friend class Connection;
  struct State;
  explicit Rows(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// One conversation with the engine; not thread-safe. Borrows nothing: keeps the database alive.
class Connection {
 public:
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs one or more statements for their effect.
  /// Errors: invalid_input "engine.sql" with the engine's words; unavailable "engine.interrupted".
  Status run(const std::string& sql);
  /// Runs one statement and streams its rows. Errors as run.
  Result<Rows> query(const std::string& sql);
  /// The single int64 value of a query; NULL or no row counts as 0.
  Result<std::int64_t> query_int(const std::string& sql);

  void interrupt();      ///< from any thread: the running statement ends with "engine.interrupted"
  void* native() const;  ///< duckdb_connection, for table functions of ours

 private:
  friend class Engine;
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// An in-memory DuckDB that never reaches the network and loads no extension.
class Engine {
 public:
  /// Errors: unavailable "engine.open".
  static Result<Engine> open(const EngineOptions& options);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  Result<Connection> connect();
  static std::string version();  ///< "v1.4.4"

 private:
  struct State;
  explicit Engine(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace anlan::lake
