#include "server/json_text.hpp"

#include <optional>
#include <vector>

namespace anlan::server {
namespace {

/// Builds the value while the parser speaks; false from any call stops the parser.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  std::optional<JsonFault> fault;
  Json root;

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override {
    // What fits a signed integer comes as unsigned, too, if it is positive.
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return stop("json.number");
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    // An integer that did not fit would come rounded.
    if (text.find_first_of(".eE") == string_t::npos) return stop("json.number");
    return put(value);
  }
  bool string(string_t& value) override {
    if (value.find('\0') != string_t::npos) return stop("json.nul");
    return put(std::move(value));
  }
  bool binary(binary_t&) override { return stop("json.malformed"); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (value.find('\0') != string_t::npos) return stop("json.nul");
    key_ = std::move(value);
    // Keys are looked for one by one.
    if (open_.back()->size() >= limits_.keys_max) return stop("json.too_many_values");
    if (open_.back()->contains(key_)) {
      fault = JsonFault{"json.duplicate_key", pointer() + pointer_step(key_)};
      return false;
    }
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return stop("json.malformed");
  }

 private:
  bool stop(const char* code) {
    if (!fault) fault = JsonFault{code, open_.empty() ? "" : pointer() + next_step()};
    return false;
  }

  std::string next_step() const {
    return open_.back()->is_array() ? "/" + std::to_string(open_.back()->size())
                                    : pointer_step(key_);
  }

  /// Of the innermost open container.
  std::string pointer() const {
    std::string all;
    for (const auto& step : steps_) all += step;
    return all;
  }

  Json* place(Json value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool put(Json value) {
    if (++values_ > limits_.values_max) return stop("json.too_many_values");
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (open_.size() >= limits_.depth_max) return stop("json.too_deep");
    if (++values_ > limits_.values_max) return stop("json.too_many_values");
    if (!open_.empty()) steps_.push_back(next_step());
    // Nothing is added to the parent while the child is open: its address stays.
    open_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    if (!steps_.empty()) steps_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  std::size_t values_ = 0;
  std::vector<Json*> open_;
  std::vector<std::string> steps_;  ///< of every open container but the outermost
  std::string key_;
};

}  // namespace

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

tl::expected<Json, JsonFault> read_json(std::string_view text, const JsonLimits& limits) {
  Builder builder(limits);
  const bool read = Json::sax_parse(text.begin(), text.end(), &builder);
  if (builder.fault) return tl::unexpected(std::move(*builder.fault));
  if (!read) return tl::unexpected(JsonFault{"json.malformed", ""});
  return std::move(builder.root);
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace anlan::server
