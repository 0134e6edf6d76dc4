#include "ingest/xml_parser.hpp"

#include <expat.h>
#include <fmt/format.h>

#include "base/check.hpp"

namespace anlan::ingest {
namespace {

constexpr int piece_size = 1 << 16;
// One tag or comment may be that long; our choice, far above any real one.
constexpr std::uint64_t quiet_bytes_max = 16 << 20;

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

std::string_view xml_attribute(const char** attributes, std::string_view name) {
  for (; attributes[0] != nullptr; attributes += 2) {
    if (local_name(attributes[0]) == name) return attributes[1];
  }
  return {};
}

void XmlParser::Free::operator()(XML_ParserStruct* parser) const {
  XML_ParserFree(parser);
}

XmlParser::XmlParser(std::string origin, Read read, XmlListener& listener, const char* encoding)
    : origin_(std::move(origin)),
      read_(std::move(read)),
      listener_(listener),
      parser_(XML_ParserCreate(*encoding == '\0' ? nullptr : encoding)) {
  CHECK(parser_ != nullptr);
  XML_SetUserData(parser_.get(), this);
  XML_SetElementHandler(parser_.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser_.get(), on_text);
  XML_SetDefaultHandler(parser_.get(), on_other);
  XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
}

void XmlParser::on_start(void* self, const char* name, const char** attributes) {
  auto& parser = *static_cast<XmlParser*>(self);
  parser.quiet_bytes_ = 0;
  parser.listener_.start(local_name(name), attributes);
}

void XmlParser::on_end(void* self, const char* name) {
  auto& parser = *static_cast<XmlParser*>(self);
  parser.quiet_bytes_ = 0;
  parser.listener_.end(local_name(name));
}

void XmlParser::on_text(void* self, const char* piece, int size) {
  auto& parser = *static_cast<XmlParser*>(self);
  parser.quiet_bytes_ = 0;
  parser.listener_.text({piece, static_cast<std::size_t>(size)});
}

void XmlParser::on_other(void* self, const char*, int) {
  static_cast<XmlParser*>(self)->quiet_bytes_ = 0;
}

void XmlParser::on_doctype(void* self, const char*, const char*, const char*, int) {
  auto& parser = *static_cast<XmlParser*>(self);
  parser.fail_with(
      {ErrorKind::invalid_input, "file.xml_doctype",
       fmt::format("{}, line {}: a document type declaration", parser.origin_, parser.line())});
}

void XmlParser::stop() {
  XML_StopParser(parser_.get(), XML_TRUE);
}

void XmlParser::fail_with(Error error) {
  if (error_ == nullptr) error_ = std::make_unique<Error>(std::move(error));
  XML_StopParser(parser_.get(), XML_FALSE);
}

std::int64_t XmlParser::line() const {
  return static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser_.get()));
}

Result<bool> XmlParser::parsed(int status) {
  suspended_ = status == XML_STATUS_SUSPENDED;
  if (error_ != nullptr) return fail(*error_);
  if (status != XML_STATUS_ERROR) return !suspended_;
  const auto code = XML_GetErrorCode(parser_.get());
  const bool cut = code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
                   code == XML_ERROR_PARTIAL_CHAR ||
                   (last_fed_ && code == XML_ERROR_UNCLOSED_CDATA_SECTION);
  return fail(ErrorKind::invalid_input, "file.damaged",
              fmt::format("{}, line {}: {}{}", origin_, line(), XML_ErrorString(code),
                          cut ? " (cut off)" : ""));
}

Result<bool> XmlParser::run() {
  if (suspended_) {
    auto done = parsed(XML_ResumeParser(parser_.get()));
    if (!done || !*done) return done;
  }
  while (!last_fed_) {
    void* buffer = XML_GetBuffer(parser_.get(), piece_size);
    if (buffer == nullptr) return fail(ErrorKind::unavailable, "file.unreadable", "out of memory");
    const auto got = read_(static_cast<char*>(buffer), piece_size);
    if (!got) return fail(got.error());
    last_fed_ = *got == 0;
    quiet_bytes_ += *got;
    if (quiet_bytes_ > quiet_bytes_max) {
      return fail(
          ErrorKind::invalid_input, "file.damaged",
          fmt::format("{}, line {}: a tag longer than {} bytes", origin_, line(), quiet_bytes_max));
    }
    auto done = parsed(XML_ParseBuffer(parser_.get(), static_cast<int>(*got), last_fed_));
    if (!done || !*done) return done;
  }
  return true;
}

}  // namespace anlan::ingest
