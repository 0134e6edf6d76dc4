#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

/// One thing about a value that is not as its schema says.
struct Violation {
  std::string pointer;  ///< "/rows/0/dept"; "" is the value itself
  std::string code;     ///< "value.type"
  Title words;          ///< what is expected; never what was given
};

class Schema;

/// The schemas that others name by `$ref: '#/components/schemas/NAME'`. Outlives them.
using SchemaTable = std::map<std::string, std::unique_ptr<Schema>, std::less<>>;

/// The subset of JSON Schema 2020-12 that the contract is written in:
///
///   type (one or several) enum const · minimum maximum · minLength maxLength pattern
///   format (date, date-time, and ours: month) · items minItems maxItems
///   uniqueItems · properties required additionalProperties (false, true or a schema) · oneOf anyOf
///   allOf $ref · and, without meaning: title description examples default deprecated readOnly
///
/// Another word is an error when the contract is read: nothing is ignored in silence.
class Schema {
 public:
  /// Errors: invalid_input "contract.schema", with the place.
  static Result<std::unique_ptr<Schema>> parse(const Json& text, const SchemaTable& table,
                                               const std::string& place);
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;
  ~Schema();

  /// Adds what is wrong with `value`, at most `most` findings in all.
  void check(const Json& value, const std::string& pointer, std::vector<Violation>& found,
             std::size_t most = 20) const;

  /// What a text of a path, query or header means: the value of the schema's type that it spells,
  /// or the text itself, which check() then refuses.
  Json value_of(std::string_view text) const;
  bool is_list() const;         ///< type array: the parameter may come several times
  const Schema* items() const;  ///< null if none
  /// Every $ref below that is not in the table.
  void missing_references(std::vector<std::string>& names) const;

 private:
  struct Parts;
  explicit Schema(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace anlan::server
