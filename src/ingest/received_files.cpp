#include "ingest/received_files.hpp"

#include "ingest/archive.hpp"
#include "ingest/sniff.hpp"
#include "ingest/xml_source.hpp"

namespace anlan::ingest {
namespace {

Status add_tables(ReceivedFile file, FileFormat format, const std::filesystem::path& xml_elements,
                  std::vector<ReceivedFile>& files) {
  if (format != FileFormat::xml) {
    files.push_back(std::move(file));
    return {};
  }
  const auto tables = list_xml_tables(file.path, xml_elements);
  if (!tables) return fail(tables.error());
  for (const auto& table : *tables) {
    ReceivedFile one = file;
    one.table = table.table;
    one.xml_element = table.element;
    if (tables->size() > 1) one.shown += "#" + table.element;
    files.push_back(std::move(one));
  }
  return {};
}

}  // namespace

ReceivedFile received_file(const std::filesystem::path& path) {
  ReceivedFile file;
  file.path = path;
  file.name = path.filename().string();
  file.shown = path.string();
  return file;
}

Result<std::vector<ReceivedFile>> received_files(const std::filesystem::path& path,
                                                 const std::filesystem::path& temp_folder,
                                                 const std::filesystem::path& xml_elements) {
  const auto format = sniff(path);
  if (!format) return fail(format.error());
  std::vector<ReceivedFile> files;
  if (*format != FileFormat::gzip && *format != FileFormat::zip) {
    if (auto added = add_tables(received_file(path), *format, xml_elements, files); !added) {
      return fail(added.error());
    }
    return files;
  }
  auto unpacked = unpack(path, temp_folder);
  if (!unpacked) return fail(unpacked.error());
  for (auto& inner : *unpacked) {
    ReceivedFile file;
    file.unpacked = std::make_shared<UnpackedFile>(std::move(inner));
    file.path = file.unpacked->file.path();
    file.name = std::filesystem::path(file.unpacked->name).filename().string();
    file.shown = path.string() + "/" + file.unpacked->name;
    const auto inside = sniff(file.path);
    if (!inside) return fail(inside.error());
    if (auto added = add_tables(std::move(file), *inside, xml_elements, files); !added) {
      return fail(added.error());
    }
  }
  return files;
}

}  // namespace anlan::ingest
