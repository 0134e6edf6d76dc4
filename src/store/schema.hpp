#pragma once

#include <string>
#include <vector>

namespace anlan::store {

/// One step of a folder's tables, from a file `migrations/NNN_name.sql` of that folder. The text is
/// one for both engines; what differs is written as a token: {id} {int} {real} {text} {bytes}
/// {strict} (dialect.hpp).
struct Migration {
  int number = 0;  ///< from 1, without gaps
  std::string name;
  std::string sql;
};

/// All tables of one folder of src/. `anlan_folder` in CMake makes `anlan::<folder>::schema()` out
/// of the files in `migrations/`; the folder declares it in its front header.
struct Schema {
  std::string owner;
  std::vector<Migration> migrations;
};

/// The tables that belong to the store itself; Database::open adds them.
const Schema& schema();

}  // namespace anlan::store
