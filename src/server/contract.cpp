#include "server/contract.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.hpp"

namespace anlan::server {
namespace {

constexpr std::size_t body_bytes_usual = 64 * 1024;

tl::unexpected<Error> wrong(const std::string& place, const std::string& what) {
  return fail(ErrorKind::invalid_input, "contract.operation", place + ": " + what);
}

Json scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto whole = std::from_chars(text.data(), end, number);
  if (whole.ec == std::errc{} && whole.ptr == end) return number;
  return text;
}

Json value_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(value_of(item));
      return list;
    }
    case YAML::NodeType::Map: {
      Json map = Json::object();
      for (const auto& pair : node) map[pair.first.Scalar()] = value_of(pair.second);
      return map;
    }
    case YAML::NodeType::Scalar:
      return scalar_of(node);
    default:
      return nullptr;
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8(const std::string& text) {
  // The JSON writer refuses what is not.
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

bool is_parameter(std::string_view step) {
  return step.size() > 2 && step.front() == '{' && step.back() == '}';
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// Follows a `$ref` to a shared parameter or response.
Result<const Json*> resolved(const Json& document, const Json& node, const std::string& place) {
  if (!node.is_object()) return wrong(place, "not an object");
  const auto reference = node.find("$ref");
  if (reference == node.end()) return &node;
  if (!reference->is_string()) return wrong(place, "$ref is no text");
  try {
    const auto pointer = Json::json_pointer(reference->get<std::string>().substr(1));
    return &document.at(pointer);
  } catch (const Json::exception&) {
    return wrong(place, "no " + reference->get<std::string>());
  }
}

const std::set<std::string_view> operation_words = {
    "operationId",      "summary",   "description", "tags",    "parameters",
    "requestBody",      "responses", "security",    "x-right", "x-rate",
    "x-body-bytes-max", "x-upload",  "x-who"};

/// Reads one operation.
class OperationReader {
 public:
  OperationReader(const Json& document, const SchemaTable& schemas, std::string place)
      : document_(document), schemas_(schemas), place_(std::move(place)) {}

  Result<Operation> read(const std::string& path, const std::string& method, const Json& shared,
                         const Json& node) {
    Operation operation;
    operation.method = method;
    operation.path = path;
    for (const auto step : split(std::string_view(path).substr(1), '/')) {
      operation.steps.emplace_back(step);
    }
    for (const auto& [word, value] : node.items()) {
      if (!operation_words.contains(word)) return wrong(place_, "unknown word " + word);
    }
    operation.id = node.value("operationId", "");
    if (operation.id.empty()) return wrong(place_, "no operationId");
    operation.summary = node.value("summary", "");
    operation.right = node.value("x-right", "");
    operation.who = node.value("x-who", "");
    operation.rate = node.value("x-rate", "");
    operation.upload = node.value("x-upload", false);
    if (node.contains("tags") && !node["tags"].empty()) operation.tag = node["tags"][0];
    operation.is_public = node.contains("security") && node["security"].empty();
    for (const Json* list : {&shared, &node}) {
      if (!list->contains("parameters")) continue;
      for (const auto& one : (*list)["parameters"]) {
        auto parameter = read_parameter(one);
        if (!parameter) return fail(parameter.error());
        operation.parameters.push_back(std::move(*parameter));
      }
    }
    if (auto read = read_body(operation, node); !read) return fail(read.error());
    if (auto read = read_answers(operation, node); !read) return fail(read.error());
    if (auto checked = check_path(operation); !checked) return fail(checked.error());
    return operation;
  }

 private:
  Result<std::shared_ptr<const Schema>> schema(const Json& text, const std::string& place) {
    auto parsed = Schema::parse(text, schemas_, place);
    if (!parsed) return fail(parsed.error());
    std::vector<std::string> missing;
    (*parsed)->missing_references(missing);
    if (!missing.empty()) return wrong(place, "no schema " + missing.front());
    return std::shared_ptr<const Schema>(std::move(*parsed));
  }

  Result<Parameter> read_parameter(const Json& given) {
    const auto node = resolved(document_, given, place_);
    if (!node) return fail(node.error());
    const Json& one = **node;
    Parameter parameter;
    parameter.name = one.value("name", "");
    const std::string in = one.value("in", "");
    if (in == "path") {
      parameter.in = Parameter::In::path;
    } else if (in == "query") {
      parameter.in = Parameter::In::query;
    } else if (in == "header") {
      parameter.in = Parameter::In::header;
      parameter.name = lower(parameter.name);
    } else {
      return wrong(place_, "parameter " + parameter.name + " in " + in);
    }
    parameter.required = one.value("required", false);
    if (!one.contains("schema")) return wrong(place_, "parameter without schema");
    auto parsed = schema(one["schema"], place_ + "/" + parameter.name);
    if (!parsed) return fail(parsed.error());
    parameter.schema = std::move(*parsed);
    return parameter;
  }

  Status read_body(Operation& operation, const Json& node) {
    if (!node.contains("requestBody")) return {};
    const Json& body = node["requestBody"];
    operation.body_required = body.value("required", false);
    operation.body_bytes_max = node.value("x-body-bytes-max", body_bytes_usual);
    if (!body.contains("content") || body["content"].size() != 1) {
      return wrong(place_, "a body of one media type");
    }
    const auto& content = body["content"];
    if (!content.contains("application/json")) {
      operation.any_media = true;
      return {};
    }
    auto parsed = schema(content["application/json"]["schema"], place_ + "/body");
    if (!parsed) return fail(parsed.error());
    operation.body = std::move(*parsed);
    return {};
  }

  Status read_answers(Operation& operation, const Json& node) {
    if (!node.contains("responses")) return wrong(place_, "no responses");
    for (const auto& [status, given] : node["responses"].items()) {
      if (status == "default") continue;  // the problem document, checked where it is made
      const auto answer = resolved(document_, given, place_);
      if (!answer) return fail(answer.error());
      int number = 0;
      std::from_chars(status.data(), status.data() + status.size(), number);
      if (number < 100 || number > 599) return wrong(place_, "status " + status);
      auto& kept = operation.answers[number];
      if (!(*answer)->contains("content")) continue;
      const auto& content = (**answer)["content"];
      if (!content.contains("application/json")) continue;
      auto parsed =
          schema(content["application/json"]["schema"], fmt::format("{}/{}", place_, status));
      if (!parsed) return fail(parsed.error());
      kept = std::move(*parsed);
    }
    return {};
  }

  Status check_path(const Operation& operation) {
    std::set<std::string> named;
    for (const auto& step : operation.steps) {
      if (is_parameter(step)) named.insert(step.substr(1, step.size() - 2));
    }
    for (const auto& parameter : operation.parameters) {
      if (parameter.in != Parameter::In::path) continue;
      if (named.erase(parameter.name) == 0) return wrong(place_, "no {" + parameter.name + "}");
    }
    if (!named.empty()) return wrong(place_, "no parameter " + *named.begin());
    return {};
  }

  const Json& document_;
  const SchemaTable& schemas_;
  std::string place_;
};

}  // namespace

const Parameter* Operation::parameter(Parameter::In in, std::string_view name) const {
  for (const auto& one : parameters) {
    if (one.in == in && one.name == name) return &one;
  }
  return nullptr;
}

Result<Json> yaml_to_json(const std::string& text) {
  try {
    return value_of(YAML::Load(text));
  } catch (const YAML::Exception& problem) {
    return fail(ErrorKind::invalid_input, "contract.yaml", problem.what());
  }
}

Result<Contract> Contract::parse(const std::string& yaml) {
  auto document = yaml_to_json(yaml);
  if (!document) return fail(document.error());
  Contract contract;
  contract.document_ = std::move(*document);
  contract.schemas_ = std::make_shared<SchemaTable>();
  const Json& root = contract.document_;
  try {
    for (const auto& [name, text] : root.at("components").at("schemas").items()) {
      auto schema = Schema::parse(text, *contract.schemas_, "#/components/schemas/" + name);
      if (!schema) return fail(schema.error());
      (*contract.schemas_)[name] = std::move(*schema);
    }
    for (const auto& [name, schema] : *contract.schemas_) {
      std::vector<std::string> missing;
      schema->missing_references(missing);
      if (!missing.empty()) return wrong("schema " + name, "no schema " + missing.front());
    }
    std::set<std::string> ids;
    for (const auto& [path, item] : root.at("paths").items()) {
      for (const auto& [method, node] : item.items()) {
        if (method == "parameters") continue;
        std::string upper = method;
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](char c) { return static_cast<char>(c - 32); });
        static const std::set<std::string> methods = {"GET", "POST", "PUT", "PATCH", "DELETE"};
        if (!methods.contains(upper)) return wrong(path, "method " + method);
        auto operation = OperationReader(root, *contract.schemas_, upper + " " + path)
                             .read(path, upper, item, node);
        if (!operation) return fail(operation.error());
        if (!ids.insert(operation->id).second) return wrong(path, operation->id + " twice");
        contract.by_length_.emplace(operation->steps.size(), contract.operations_.size());
        contract.operations_.push_back(std::move(*operation));
      }
    }
  } catch (const Json::exception& problem) {
    return fail(ErrorKind::invalid_input, "contract.operation", problem.what());
  }
  return contract;
}

Contract::Match Contract::find(std::string_view method, std::string_view path) const {
  Match match;
  if (path.empty() || path.front() != '/') return match;
  const auto given = split(path.substr(1), '/');
  if (method == "HEAD") method = "GET";
  int best_fixed = -1;
  const auto [begin, end] = by_length_.equal_range(given.size());
  for (auto one = begin; one != end; ++one) {
    const Operation& operation = operations_[one->second];
    std::map<std::string, std::string, std::less<>> values;
    int fixed = 0;
    bool fits = true;
    for (std::size_t i = 0; i < given.size() && fits; ++i) {
      const std::string& step = operation.steps[i];
      if (is_parameter(step)) {
        auto value = percent_decoded(given[i], false);
        fits = value && !value->empty();
        if (fits) values.emplace(step.substr(1, step.size() - 2), std::move(*value));
      } else {
        fits = step == given[i];
        ++fixed;
      }
    }
    // Of two paths that fit, the one that says more by itself: /leads/totals before /leads/{id}.
    if (!fits || fixed < best_fixed) continue;
    if (fixed > best_fixed) match = {};
    best_fixed = fixed;
    match.allowed.push_back(operation.method);
    if (operation.method == method) {
      match.operation = &operation;
      match.path = std::move(values);
    }
  }
  std::sort(match.allowed.begin(), match.allowed.end());
  return match;
}

const Operation* Contract::operation(std::string_view id) const {
  for (const auto& one : operations_) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

const Schema* Contract::schema(std::string_view name) const {
  const auto found = schemas_->find(name);
  return found == schemas_->end() ? nullptr : found->second.get();
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (text.empty()) return pairs;
  for (const auto piece : split(text, '&')) {
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    auto name = percent_decoded(piece.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : percent_decoded(piece.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace anlan::server
