#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace anlan::ingest {

struct UnpackedFile;

/// One table's worth of what somebody handed in: a file, one inside an archive, or one table of an
/// XML file.
struct ReceivedFile {
  std::filesystem::path path;  ///< where its bytes are
  std::string name;            ///< what it is called, for its table, its period and the manifest
  std::string shown;           ///< how messages name it: with the archive it came out of
  std::string table;           ///< canonical table, if its format says so
  std::string xml_element;     ///< of an XML file with several tables: which
  std::shared_ptr<UnpackedFile> unpacked;  ///< keeps an unpacked file alive
};

/// A plain file as it is.
ReceivedFile received_file(const std::filesystem::path& path);

/// What `path` holds: itself, or the files of a gzip or zip, unpacked below `temp_folder`; of an
/// XML file each table. `xml_elements`: see OpenOptions. Errors: as sniff, unpack and
/// list_xml_tables.
Result<std::vector<ReceivedFile>> received_files(const std::filesystem::path& path,
                                                 const std::filesystem::path& temp_folder,
                                                 const std::filesystem::path& xml_elements);

}  // namespace anlan::ingest
