#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "server/json_schema.hpp"
#include "server/json_text.hpp"

namespace anlan::server {

/// One parameter of an operation.
struct Parameter {
  enum class In { path, query, header };
  In in = In::query;
  std::string name;  ///< of a header in lower case
  bool required = false;
  std::shared_ptr<const Schema> schema;
};

/// One operation of the contract: what may come in, and what goes out.
struct Operation {
  std::string id;  ///< "list_leads"
  std::string method;
  std::string path;                ///< "/api/leads/{lead_id}"
  std::vector<std::string> steps;  ///< the path's parts; a parameter as "{lead_id}"
  std::string tag;
  std::string summary;
  bool is_public = false;  ///< answers without a login (`security: []`)
  std::string right;       ///< `x-right`: what the actor's posts must give; "" for none
  std::string who;         ///< `x-who`: in words, who may, where that is more than a right
  std::string rate;        ///< `x-rate`: "login" has limits of its own
  bool any_media = false;  ///< the body is taken as it is, not as JSON
  bool upload = false;     ///< `x-upload`: … and goes to a sink while it arrives
  std::vector<Parameter> parameters;
  std::shared_ptr<const Schema> body;  ///< null if the operation takes none
  bool body_required = false;
  std::size_t body_bytes_max = 0;
  /// By status, of answers in JSON; null for other media types.
  std::map<int, std::shared_ptr<const Schema>> answers;

  const Parameter* parameter(Parameter::In in, std::string_view name) const;
  bool writes() const { return method != "GET"; }
};

/// Values of the parameters of one request, of the types their schemas say.
using Arguments = std::map<std::string, Json, std::less<>>;

/// api/openapi.yaml: every request is held against it, and answers in tests.
class Contract {
 public:
  /// Errors: invalid_input "contract.yaml", "contract.schema", "contract.operation", each naming
  /// the place.
  static Result<Contract> parse(const std::string& yaml);
  /// The contract this program was built with.
  static Result<Contract> built_in();

  struct Match {
    const Operation* operation = nullptr;  ///< null: no such path, or not this method
    std::vector<std::string> allowed;      ///< the methods of the path, if there is such a path
    std::map<std::string, std::string, std::less<>> path;  ///< values of path parameters, decoded
  };
  /// HEAD matches what GET does.
  Match find(std::string_view method, std::string_view path) const;
  const Operation* operation(std::string_view id) const;
  const std::vector<Operation>& operations() const { return operations_; }
  const Json& document() const { return document_; }
  const Schema* schema(std::string_view name) const;

 private:
  Json document_;
  std::shared_ptr<SchemaTable> schemas_;
  std::vector<Operation> operations_;
  /// Indices of operations by the number of their steps.
  std::multimap<std::size_t, std::size_t> by_length_;
};

/// A value behind `?`: pairs, decoded. Nothing if an escape is malformed or gives bad UTF-8.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text);
/// %41 → A; `plus`: + means a space, too. Nothing if malformed, or not UTF-8, or holding NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool plus);

/// YAML as JSON, by the core schema of YAML 1.2. Errors: invalid_input "contract.yaml".
Result<Json> yaml_to_json(const std::string& text);

}  // namespace anlan::server
