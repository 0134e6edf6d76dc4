#include "server/json_schema.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/month.hpp"

namespace anlan::server {
namespace {

enum Type : unsigned {
  is_null = 1,
  is_boolean = 2,
  is_integer = 4,
  is_number = 8,  // integers, too
  is_string = 16,
  is_array = 32,
  is_object = 64,
};

struct TypeName {
  Type type;
  const char* name;
  const char* zh;
  const char* en;
};
constexpr TypeName type_names[] = {
    {is_null, "null", "空值", "null"},
    {is_boolean, "boolean", "true 或 false", "true or false"},
    {is_integer, "integer", "整数", "an integer"},
    {is_number, "number", "数值", "a number"},
    {is_string, "string", "文字", "a text"},
    {is_array, "array", "列表", "a list"},
    {is_object, "object", "对象", "an object"},
};

unsigned types_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return is_null;
    case Json::value_t::boolean:
      return is_boolean;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return is_integer | is_number;
    case Json::value_t::number_float: {
      // 1.0 is an integer to JSON Schema; to us it is money somebody wrote as a float.
      return is_number;
    }
    case Json::value_t::string:
      return is_string;
    case Json::value_t::array:
      return is_array;
    case Json::value_t::object:
      return is_object;
    default:
      return 0;
  }
}

/// In code points, as JSON Schema counts; the text is valid UTF-8.
std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool two_digits(std::string_view text, std::size_t at, int below, int from = 0) {
  int number = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + at + 2, number);
  return read.ec == std::errc{} && read.ptr == text.data() + at + 2 && number >= from &&
         number < below;
}

bool is_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && parse_date(text).has_value();
}

bool is_date_time(std::string_view text) {
  if (text.size() < 20 || !is_date(text.substr(0, 10)) || text[10] != 'T') return false;
  if (text[13] != ':' || text[16] != ':' || !two_digits(text, 11, 24) ||
      !two_digits(text, 14, 60) || !two_digits(text, 17, 61)) {
    return false;
  }
  std::size_t at = 19;
  if (text[at] == '.') {
    const auto end = text.find_first_not_of("0123456789", at + 1);
    if (end == std::string_view::npos || end == at + 1 || end > at + 10) return false;
    at = end;
  }
  const auto zone = text.substr(at);
  if (zone == "Z") return true;
  return zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' &&
         two_digits(zone, 1, 24) && two_digits(zone, 4, 60);
}

bool is_month(std::string_view text) {
  return text.size() == 7 && text[4] == '-' && parse_month(text).has_value();
}

const std::set<std::string_view> words_without_meaning = {"title",   "description", "examples",
                                                          "default", "deprecated",  "readOnly"};

}  // namespace

struct Schema::Parts {
  const SchemaTable* table = nullptr;
  unsigned types = 0;  ///< 0: any
  std::optional<Json> choices;
  std::optional<std::int64_t> minimum, maximum;
  std::optional<std::size_t> length_min, length_max, items_min, items_max;
  std::unique_ptr<re2::RE2> pattern;
  std::string format;
  std::unique_ptr<Schema> items;
  bool unique = false;
  std::map<std::string, std::unique_ptr<Schema>, std::less<>> properties;
  std::vector<std::string> required;
  bool more_allowed = true;
  std::unique_ptr<Schema> more;
  std::vector<std::unique_ptr<Schema>> one_of, any_of, all_of;
  std::string reference;

  Result<void> read(const std::string& word, const Json& value, const std::string& place);
};

Schema::Schema(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Schema::~Schema() = default;

Result<std::unique_ptr<Schema>> Schema::parse(const Json& text, const SchemaTable& table,
                                              const std::string& place) {
  if (!text.is_object()) {
    return fail(ErrorKind::invalid_input, "contract.schema", place + ": not an object");
  }
  auto parts = std::make_unique<Parts>();
  parts->table = &table;
  for (const auto& [word, value] : text.items()) {
    if (words_without_meaning.contains(word)) continue;
    try {
      if (auto read = parts->read(word, value, place + "/" + word); !read) {
        return fail(read.error());
      }
    } catch (const nlohmann::json::exception& problem) {
      return fail(ErrorKind::invalid_input, "contract.schema",
                  place + "/" + word + ": " + problem.what());
    }
  }
  for (const auto& name : parts->required) {
    if (!parts->properties.contains(name)) {
      return fail(ErrorKind::invalid_input, "contract.schema",
                  place + "/required: no property " + name);
    }
  }
  return std::unique_ptr<Schema>(new Schema(std::move(parts)));
}

Result<void> Schema::Parts::read(const std::string& word, const Json& value,
                                 const std::string& place) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorKind::invalid_input, "contract.schema", place + ": " + what);
  };
  const auto one = [&](std::unique_ptr<Schema>& to, const Json& text,
                       const std::string& where) -> Result<void> {
    auto schema = Schema::parse(text, *table, where);
    if (!schema) return fail(schema.error());
    to = std::move(*schema);
    return {};
  };
  const auto several = [&](std::vector<std::unique_ptr<Schema>>& to) -> Result<void> {
    for (std::size_t i = 0; i < value.size(); ++i) {
      to.emplace_back();
      if (auto read = one(to.back(), value.at(i), fmt::format("{}/{}", place, i)); !read) {
        return read;
      }
    }
    return {};
  };

  if (word == "type") {
    const Json names = value.is_array() ? value : Json::array({value});
    for (const auto& name : names) {
      const auto* found = std::find_if(std::begin(type_names), std::end(type_names),
                                       [&](const TypeName& known) { return name == known.name; });
      if (found == std::end(type_names)) return wrong("no such type");
      types |= found->type;
    }
  } else if (word == "enum") {
    choices = value;
  } else if (word == "const") {
    choices = Json::array({value});
  } else if (word == "minimum") {
    minimum = value.get<std::int64_t>();
  } else if (word == "maximum") {
    maximum = value.get<std::int64_t>();
  } else if (word == "minLength") {
    length_min = value.get<std::size_t>();
  } else if (word == "maxLength") {
    length_max = value.get<std::size_t>();
  } else if (word == "minItems") {
    items_min = value.get<std::size_t>();
  } else if (word == "maxItems") {
    items_max = value.get<std::size_t>();
  } else if (word == "uniqueItems") {
    unique = value.get<bool>();
  } else if (word == "pattern") {
    pattern = std::make_unique<re2::RE2>(value.get<std::string>(), re2::RE2::Quiet);
    if (!pattern->ok()) return wrong(pattern->error());
  } else if (word == "format") {
    format = value.get<std::string>();
    if (format != "date" && format != "date-time" && format != "month")
      return wrong("no such format");
  } else if (word == "items") {
    return one(items, value, place);
  } else if (word == "properties") {
    for (const auto& [name, schema] : value.items()) {
      if (auto read = one(properties[name], schema, place + "/" + name); !read) return read;
    }
  } else if (word == "required") {
    required = value.get<std::vector<std::string>>();
  } else if (word == "additionalProperties") {
    if (value.is_object()) return one(more, value, place);
    more_allowed = value.get<bool>();
  } else if (word == "oneOf") {
    return several(one_of);
  } else if (word == "anyOf") {
    return several(any_of);
  } else if (word == "allOf") {
    return several(all_of);
  } else if (word == "$ref") {
    constexpr std::string_view prefix = "#/components/schemas/";
    reference = value.get<std::string>();
    if (!reference.starts_with(prefix)) return wrong("only " + std::string(prefix) + "NAME");
    reference.erase(0, prefix.size());
  } else {
    return wrong("a word outside the subset");
  }
  return {};
}

void Schema::check(const Json& value, const std::string& pointer, std::vector<Violation>& found,
                   std::size_t most) const {
  const Parts& is = *parts_;
  const auto add = [&](std::string where, const char* code, std::string zh, std::string en) {
    if (found.size() < most) {
      found.push_back({std::move(where), code, {std::move(zh), std::move(en)}});
    }
  };
  if (!is.reference.empty()) {
    is.table->find(is.reference)->second->check(value, pointer, found, most);
  }
  for (const auto& schema : is.all_of) schema->check(value, pointer, found, most);

  if (is.types != 0 && (types_of(value) & is.types) == 0) {
    std::string zh;
    std::string en;
    for (const auto& known : type_names) {
      if ((is.types & known.type) == 0) continue;
      zh += (zh.empty() ? "应为" : "或") + std::string(known.zh);
      en += (en.empty() ? "must be " : " or ") + std::string(known.en);
    }
    return add(pointer, "value.type", zh, en);
  }
  if (is.choices && std::find(is.choices->begin(), is.choices->end(), value) == is.choices->end()) {
    std::string all;
    for (const auto& choice : *is.choices) {
      all += (all.empty() ? "" : " ") +
             (choice.is_string() ? choice.get<std::string>() : choice.dump());
    }
    return add(pointer, "value.choice", "应为其中之一：" + all, "must be one of: " + all);
  }
  const auto within = [&](auto number) {
    if (is.minimum && number < static_cast<decltype(number)>(*is.minimum)) {
      add(pointer, "value.too_small", fmt::format("不得小于 {}", *is.minimum),
          fmt::format("must be at least {}", *is.minimum));
    }
    if (is.maximum && number > static_cast<decltype(number)>(*is.maximum)) {
      add(pointer, "value.too_large", fmt::format("不得大于 {}", *is.maximum),
          fmt::format("must be at most {}", *is.maximum));
    }
  };
  if (value.is_number_integer()) {
    within(value.get<std::int64_t>());
  } else if (value.is_number()) {
    within(value.get<double>());
  }
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const std::size_t length = length_of(text);
    if (is.length_min && length < *is.length_min) {
      add(pointer, "value.too_short", fmt::format("至少 {} 个字符", *is.length_min),
          fmt::format("must have at least {} characters", *is.length_min));
    }
    if (is.length_max && length > *is.length_max) {
      add(pointer, "value.too_long", fmt::format("至多 {} 个字符", *is.length_max),
          fmt::format("must have at most {} characters", *is.length_max));
    } else if (is.pattern && !re2::RE2::PartialMatch(text, *is.pattern)) {
      add(pointer, "value.pattern", "格式应为 " + is.pattern->pattern(),
          "must match " + is.pattern->pattern());
    } else if (is.format == "date" && !is_date(text)) {
      add(pointer, "value.date", "应为日期 2018-11-30", "must be a date, 2018-11-30");
    } else if (is.format == "month" && !is_month(text)) {
      add(pointer, "value.month", "应为月份 2018-11", "must be a month, 2018-11");
    } else if (is.format == "date-time" && !is_date_time(text)) {
      add(pointer, "value.moment", "应为时刻 2018-11-30T16:05:09+08:00",
          "must be a moment, 2018-11-30T16:05:09+08:00");
    }
  }
  if (value.is_array()) {
    if (is.items_min && value.size() < *is.items_min) {
      add(pointer, "value.too_few", fmt::format("至少 {} 项", *is.items_min),
          fmt::format("must have at least {} items", *is.items_min));
    }
    if (is.items_max && value.size() > *is.items_max) {
      return add(pointer, "value.too_many", fmt::format("至多 {} 项", *is.items_max),
                 fmt::format("must have at most {} items", *is.items_max));
    }
    if (is.unique) {
      std::set<std::string> seen;
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (!seen.insert(json_text(value[i])).second) {
          add(fmt::format("{}/{}", pointer, i), "value.repeated", "与前面的项重复",
              "repeats an earlier item");
        }
      }
    }
    if (is.items) {
      for (std::size_t i = 0; i < value.size() && found.size() < most; ++i) {
        is.items->check(value[i], fmt::format("{}/{}", pointer, i), found, most);
      }
    }
  }
  if (value.is_object()) {
    for (const auto& name : is.required) {
      if (!value.contains(name)) {
        add(pointer + pointer_step(name), "value.required", "必须填写", "is required");
      }
    }
    for (const auto& [name, part] : value.items()) {
      const auto property = is.properties.find(name);
      if (property != is.properties.end()) {
        property->second->check(part, pointer + pointer_step(name), found, most);
      } else if (is.more) {
        is.more->check(part, pointer + pointer_step(name), found, most);
      } else if (!is.more_allowed) {
        add(pointer + pointer_step(name), "value.unknown", "没有这一项", "is not known here");
      }
    }
  }
  const auto fitting = [&](const std::vector<std::unique_ptr<Schema>>& schemas) {
    return std::count_if(schemas.begin(), schemas.end(), [&](const auto& schema) {
      std::vector<Violation> own;
      schema->check(value, pointer, own, 1);
      return own.empty();
    });
  };
  if ((!is.one_of.empty() && fitting(is.one_of) != 1) ||
      (!is.any_of.empty() && fitting(is.any_of) == 0)) {
    add(pointer, "value.form", "不符合任何一种允许的形式", "fits none of the allowed forms");
  }
}

Json Schema::value_of(std::string_view text) const {
  const Parts& is = *parts_;
  if (!is.reference.empty()) return is.table->find(is.reference)->second->value_of(text);
  if ((is.types & is_integer) != 0) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) return number;
  }
  if ((is.types & is_boolean) != 0) {
    if (text == "true") return true;
    if (text == "false") return false;
  }
  return std::string(text);
}

bool Schema::is_list() const {
  const Parts& is = *parts_;
  if (!is.reference.empty()) return is.table->find(is.reference)->second->is_list();
  return (is.types & is_array) != 0;
}

const Schema* Schema::items() const {
  const Parts& is = *parts_;
  if (!is.reference.empty()) return is.table->find(is.reference)->second->items();
  return is.items.get();
}

void Schema::missing_references(std::vector<std::string>& names) const {
  const Parts& is = *parts_;
  if (!is.reference.empty() && !is.table->contains(is.reference)) names.push_back(is.reference);
  const auto below = [&](const std::unique_ptr<Schema>& schema) {
    if (schema) schema->missing_references(names);
  };
  below(is.items);
  below(is.more);
  for (const auto& [name, schema] : is.properties) below(schema);
  for (const auto* schemas : {&is.one_of, &is.any_of, &is.all_of}) {
    for (const auto& schema : *schemas) below(schema);
  }
}

}  // namespace anlan::server
