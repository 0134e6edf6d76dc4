#include "server/docs_page.hpp"

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "documents/xml_text.hpp"
#include "journal/encoding.hpp"

namespace anlan::server {
namespace {

constexpr const char* style = R"(
body{font:14px/1.6 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1f2933}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #d5dde5}h3{margin:1.6rem 0 .3rem;font-size:1rem}
code{font-family:Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}
.method{display:inline-block;min-width:4.5em;font-weight:600;color:#0b5a8a}.right{color:#7a4b00}
table{border-collapse:collapse;margin:.3rem 0 .8rem}td,th{border:1px solid #d5dde5;padding:.15rem .6rem;text-align:left;vertical-align:top}
pre{background:#f4f7f9;padding:.6rem;overflow-x:auto}
)";

/// A schema in one line, its references as links: "list of LeadRow", "text, 4 to 500 characters".
std::string schema_words(const Json& schema) {
  if (!schema.is_object()) return "";
  if (schema.contains("$ref")) {
    const std::string reference = schema["$ref"];
    const std::string name = reference.substr(reference.rfind('/') + 1);
    return fmt::format("<a href=\"#schema-{0}\">{0}</a>", documents::xml_escaped(name));
  }
  std::string words;
  if (schema.contains("type")) {
    if (schema["type"].is_array()) {
      for (const auto& one : schema["type"]) {
        words += (words.empty() ? "" : " | ") + one.get<std::string>();
      }
    } else {
      words = schema["type"].get<std::string>();
    }
  }
  if (schema.contains("items")) words += " of " + schema_words(schema["items"]);
  for (const auto& [word, value] : schema.items()) {
    if (word == "type" || word == "items" || word == "properties" || word == "required" ||
        word == "description" || word == "additionalProperties") {
      continue;
    }
    words += fmt::format(", {} <code>{}</code>", word, documents::xml_escaped(value.dump()));
  }
  if (schema.contains("description")) {
    words += " · " + documents::xml_escaped(schema["description"].get<std::string>());
  }
  return words;
}

std::string properties_table(const Json& schema) {
  if (!schema.contains("properties")) return "";
  std::string rows;
  for (const auto& [name, property] : schema["properties"].items()) {
    bool required = false;
    if (schema.contains("required")) {
      for (const auto& one : schema["required"]) required = required || one == name;
    }
    rows += fmt::format("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n",
                        documents::xml_escaped(name), required ? "必填 required" : "",
                        schema_words(property));
  }
  return "<table>\n" + rows + "</table>\n";
}

const Json& resolved(const Json& document, const Json& node) {
  if (!node.contains("$ref")) return node;
  return document.at(Json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

std::string operation_section(const Contract& contract, const Operation& operation) {
  const Json& document = contract.document();
  std::string method = operation.method;
  for (char& c : method) c = static_cast<char>(c + 32);
  const Json& node = document["paths"][operation.path][method];
  std::string html = fmt::format(
      "<h3 id=\"{}\"><span class=\"method\">{}</span> <code>{}</code></h3>\n<p>{}<br>"
      "<code>{}</code>{}{}</p>\n",
      operation.id, operation.method, documents::xml_escaped(operation.path),
      documents::xml_escaped(operation.summary), operation.id,
      operation.is_public ? " · 无须登录 no login needed" : "",
      operation.right.empty() && operation.who.empty()
          ? ""
          : fmt::format(" · <span class=\"right\">{}{}</span>",
                        operation.right.empty()
                            ? ""
                            : "权限 right: " + documents::xml_escaped(operation.right),
                        documents::xml_escaped(operation.who)));
  std::string rows;
  if (node.contains("parameters")) {
    for (const auto& given : node["parameters"]) {
      const Json& one = resolved(document, given);
      rows += fmt::format("<tr><td><code>{}</code></td><td>{}{}</td><td>{} {}</td></tr>\n",
                          documents::xml_escaped(one.value("name", "")), one.value("in", ""),
                          one.value("required", false) ? ", 必填 required" : "",
                          schema_words(one["schema"]),
                          documents::xml_escaped(one.value("description", "")));
    }
  }
  if (!rows.empty()) html += "<table>\n" + rows + "</table>\n";
  if (node.contains("requestBody")) {
    for (const auto& [media, content] : node["requestBody"]["content"].items()) {
      html += fmt::format("<p>正文 body: <code>{}</code> {}</p>\n", media,
                          schema_words(content["schema"]));
    }
  }
  html += "<p>";
  for (const auto& [status, given] : node["responses"].items()) {
    const Json& one = resolved(document, given);
    html += fmt::format("<code>{}</code> {}", status,
                        documents::xml_escaped(one.value("description", "")));
    if (one.contains("content")) {
      for (const auto& [media, content] : one["content"].items()) {
        html += fmt::format(" <code>{}</code> {}", media, schema_words(content["schema"]));
      }
    }
    html += "<br>\n";
  }
  return html + "</p>\n";
}

}  // namespace

std::string docs_page(const Contract& contract) {
  const Json& document = contract.document();
  const Json& info = document["info"];
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"zh\">\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n"
      "<style>{1}</style>\n<h1>{0} {2}</h1>\n<p>{3}</p>\n"
      "<p><a href=\"/api/openapi.json\">openapi.json</a></p>\n",
      documents::xml_escaped(info.value("title", "")), style,
      documents::xml_escaped(info.value("version", "")),
      documents::xml_escaped(info.value("description", "")));
  for (const auto& tag : document["tags"]) {
    const std::string name = tag.value("name", "");
    html += fmt::format("<h2>{}</h2>\n", documents::xml_escaped(tag.value("description", name)));
    for (const auto& operation : contract.operations()) {
      if (operation.tag == name) html += operation_section(contract, operation);
    }
  }
  html += "<h2>数据结构 Schemas</h2>\n";
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    html +=
        fmt::format("<h3 id=\"schema-{0}\"><code>{0}</code></h3>\n<p>{1}</p>\n{2}",
                    documents::xml_escaped(name), schema_words(schema), properties_table(schema));
  }
  return html + "</html>\n";
}

std::string docs_style_hash() {
  const std::string hex = sha256_hex(style);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return "'sha256-" + journal::base64(bytes) + "'";
}

}  // namespace anlan::server
