#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct XML_ParserStruct;

namespace anlan::ingest {

/// What a reader of XML hears. Names come without their prefixes; text may come in pieces.
class XmlListener {
 public:
  virtual ~XmlListener() = default;
  /// `attributes`: name, value, name, value …, then nullptr; names with their prefixes.
  virtual void start(std::string_view name, const char** attributes) = 0;
  virtual void end(std::string_view name) = 0;
  virtual void text(std::string_view piece) = 0;
};

/// Value of an attribute by its name without prefix; "" if absent.
std::string_view xml_attribute(const char** attributes, std::string_view name);

/// Reads XML from pieces of bytes, in bounded memory. Document types, and with them entities, are
/// refused. Borrows its listener.
class XmlParser {
 public:
  /// Fills a buffer of `size` bytes and returns how many; 0 at the end of the document.
  using Read = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

  /// `origin` names the document in errors. `encoding`: "" (by the document itself) or "UTF-8".
  XmlParser(std::string origin, Read read, XmlListener& listener, const char* encoding = "");

  /// Parses until the document's end (true) or until the listener called stop() (false; call again
  /// to go on). Errors: of `read`; invalid_input "file.damaged" naming the line,
  /// "file.xml_doctype", or the listener's own.
  Result<bool> run();

  void stop();                  ///< from the listener: run() returns after this event
  void fail_with(Error error);  ///< from the listener: run() fails
  std::int64_t line() const;

 private:
  static void on_start(void* self, const char* name, const char** attributes);
  static void on_end(void* self, const char* name);
  static void on_text(void* self, const char* piece, int size);
  static void on_other(void* self, const char* piece, int size);
  static void on_doctype(void* self, const char*, const char*, const char*, int);
  Result<bool> parsed(int status);

  struct Free {
    void operator()(XML_ParserStruct* parser) const;
  };
  std::string origin_;
  Read read_;
  XmlListener& listener_;
  std::unique_ptr<XML_ParserStruct, Free> parser_;
  std::unique_ptr<Error> error_;
  std::uint64_t quiet_bytes_ = 0;  // fed since the last event
  bool suspended_ = false;
  bool last_fed_ = false;
};

}  // namespace anlan::ingest
