#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "files/files.hpp"
#include "server/call.hpp"

namespace anlan::server {

/// A sink into `folder`, the workspace's kept files. Errors: as files::Incoming::begin.
Result<std::shared_ptr<BodySink>> make_upload(const std::filesystem::path& folder,
                                              std::size_t bytes_max);

/// What came with the request. Its operation is an upload.
files::Incoming& upload_of(const Call& call);

/// X-File-Name of the request: the file's name in UTF-8, percent-encoded; "" if there is none.
/// Errors: invalid_input "request.file_name".
Result<std::string> upload_name(Call& call);

/// A file as an answer: always to be saved, never shown by a browser. `temporary`: it is gone from
/// its folder at once and stays as long as it is read. Errors: unavailable "file.unreadable".
Result<Answer> attachment(const std::filesystem::path& path, std::string_view mime,
                          const std::string& name, bool temporary);

/// An empty private file for what is made to be sent. Errors: unavailable "file.unwritable".
Result<std::filesystem::path> temporary_file();

}  // namespace anlan::server
