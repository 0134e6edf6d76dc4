#include <fmt/format.h>
#include <zip.h>

#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"
#include "ledger/form.hpp"

namespace anlan::ledger {
namespace {

// Twentieths of a point, as WordprocessingML counts: A4 across less 15 mm at each side is 15138.
constexpr int widths[form_columns] = {700, 1900, 3500, 5048, 1330, 1330, 1330};
constexpr int width_of_all = 15138;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// `half_points` is the size, as w:sz counts.
std::string run(std::string_view text, const char* font, int half_points, bool bold) {
  return fmt::format(
      "<w:r><w:rPr><w:rFonts w:ascii=\"{0}\" w:hAnsi=\"{0}\" w:eastAsia=\"{0}\" "
      "w:hint=\"eastAsia\"/>{1}<w:sz w:val=\"{2}\"/><w:szCs w:val=\"{2}\"/></w:rPr>"
      "<w:t xml:space=\"preserve\">{3}</w:t></w:r>",
      font, bold ? "<w:b/>" : "", half_points, escaped(text));
}

std::string paragraph(const std::string& runs, const char* align, int before = 0, int after = 0) {
  return fmt::format(
      "<w:p><w:pPr><w:spacing w:before=\"{}\" w:after=\"{}\"/><w:jc w:val=\"{}\"/></w:pPr>{}"
      "</w:p>",
      before, after, align, runs);
}

std::string cell(std::string_view text, std::size_t column, bool heading) {
  std::string paragraphs;
  const char* align = heading || column == 0 || column > 3 ? "center" : "left";
  for (const auto line : split(text, '\n'))
    paragraphs += paragraph(run(line, heading ? "黑体" : "宋体", 21, false), align);
  return fmt::format(
      "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/>{}<w:vAlign w:val=\"center\"/></w:tcPr>{}"
      "</w:tc>",
      widths[column], heading ? "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"E7F1F8\"/>" : "",
      paragraphs);
}

std::string table(const Content& content) {
  std::string out = fmt::format(
      "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/><w:tblBorders>",
      width_of_all);
  for (const auto* side : {"top", "left", "bottom", "right", "insideH", "insideV"})
    out +=
        fmt::format("<w:{} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>", side);
  out +=
      "</w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"50\" "
      "w:type=\"dxa\"/><w:bottom w:w=\"50\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>";
  for (const int width : widths) out += fmt::format("<w:gridCol w:w=\"{}\"/>", width);
  out += "</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>";
  for (std::size_t i = 0; i < form_columns; ++i) out += cell(form_headings[i], i, true);
  out += "</w:tr>";
  for (const auto& row : form_rows(content)) {
    out += "<w:tr><w:trPr><w:cantSplit/></w:trPr>";
    for (std::size_t i = 0; i < form_columns; ++i) out += cell(row[i], i, false);
    out += "</w:tr>";
  }
  return out + "</w:tbl>";
}

constexpr std::string_view namespaces =
    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" "
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
constexpr std::string_view xml_head =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

std::string document(const Form& form) {
  std::string out = fmt::format("{}<w:document {}><w:body>", xml_head, namespaces);
  out += paragraph(run(form_title, "黑体", 36, true), "center", 0, 120);
  out +=
      paragraph(run(fmt::format("{}：{}", form_unit_heading, form.content.unit), "宋体", 22, false),
                "left", 0, 80);
  out += table(form.content);
  out +=
      "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId1\"/>"
      "<w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/>"
      "<w:pgMar w:top=\"850\" w:right=\"850\" w:bottom=\"1020\" w:left=\"850\" "
      "w:header=\"500\" w:footer=\"500\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>";
  return out;
}

std::string field(const char* name) {
  const std::string size = "<w:rPr><w:sz w:val=\"18\"/></w:rPr>";
  return fmt::format(
      "<w:r>{0}<w:fldChar w:fldCharType=\"begin\"/></w:r><w:r>{0}<w:instrText "
      "xml:space=\"preserve\"> {1} </w:instrText></w:r><w:r>{0}<w:fldChar "
      "w:fldCharType=\"separate\"/></w:r><w:r>{0}<w:t>1</w:t></w:r><w:r>{0}<w:fldChar "
      "w:fldCharType=\"end\"/></w:r>",
      size, name);
}

std::string footer(const Form& form) {
  // Left, middle and right by tab stops.
  return fmt::format(
      "{}<w:ftr {}><w:p><w:pPr><w:tabs><w:tab w:val=\"center\" w:pos=\"7569\"/><w:tab "
      "w:val=\"right\" w:pos=\"{}\"/></w:tabs></w:pPr>{}<w:r><w:tab/></w:r>{}{}{}{}{}"
      "<w:r><w:tab/></w:r>{}</w:p></w:ftr>",
      xml_head, namespaces, width_of_all, run(form_version_line(form), "宋体", 18, false),
      run("第 ", "宋体", 18, false), field("PAGE"), run(" 页　共 ", "宋体", 18, false),
      field("NUMPAGES"), run(" 页", "宋体", 18, false),
      run("SHA-256 " + form.sha256(), "宋体", 14, false));
}

std::string core(const Form& form) {
  const auto made = form.made_at.day();
  return fmt::format(
      "{}<cp:coreProperties "
      "xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title>"
      "<dcterms:created xsi:type=\"dcterms:W3CDTF\">{}</dcterms:created></cp:coreProperties>",
      xml_head, form_title, format_date(made));
}

using Parts = std::vector<std::pair<const char*, std::string>>;

Parts parts_of(const Form& form) {
  const std::string package = "http://schemas.openxmlformats.org/package/2006/";
  const std::string office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  const std::string word = "application/vnd.openxmlformats-officedocument.wordprocessingml.";
  Parts parts;
  parts.emplace_back(
      "[Content_Types].xml",
      fmt::format("{0}<Types xmlns=\"{1}content-types\"><Default Extension=\"rels\" "
                  "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                  "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override "
                  "PartName=\"/word/document.xml\" ContentType=\"{2}document.main+xml\"/><Override "
                  "PartName=\"/word/footer1.xml\" ContentType=\"{2}footer+xml\"/><Override "
                  "PartName=\"/docProps/core.xml\" ContentType=\"application/"
                  "vnd.openxmlformats-package.core-properties+xml\"/></Types>",
                  xml_head, package, word));
  parts.emplace_back(
      "_rels/.rels",
      fmt::format("{0}<Relationships xmlns=\"{1}relationships\"><Relationship Id=\"rId1\" "
                  "Type=\"{2}officeDocument\" Target=\"word/document.xml\"/><Relationship "
                  "Id=\"rId2\" Type=\"{1}relationships/metadata/core-properties\" "
                  "Target=\"docProps/core.xml\"/></Relationships>",
                  xml_head, package, office));
  parts.emplace_back("docProps/core.xml", core(form));
  parts.emplace_back("word/document.xml", document(form));
  parts.emplace_back("word/footer1.xml", footer(form));
  parts.emplace_back(
      "word/_rels/document.xml.rels",
      fmt::format("{0}<Relationships xmlns=\"{1}relationships\"><Relationship Id=\"rId1\" "
                  "Type=\"{2}footer\" Target=\"footer1.xml\"/></Relationships>",
                  xml_head, package, office));
  return parts;
}

}  // namespace

Status write_docx(const Form& form, const std::filesystem::path& path) {
  const auto broken = [&](const std::string& cause) {
    return fail(ErrorKind::unavailable, "file.unwritable", path.string() + ": " + cause);
  };
  const auto parts = parts_of(form);
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string cause = zip_error_strerror(&error);
    zip_error_fini(&error);
    return broken(cause);
  }
  for (const auto& [name, text] : parts) {
    zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
    const auto index =
        source == nullptr ? -1 : zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      if (source != nullptr) zip_source_free(source);
      const std::string cause = zip_strerror(archive);
      zip_discard(archive);
      return broken(cause);
    }
    // 2018-01-01, so that equal forms give equal bytes.
    zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, 0x4C21, 0);
  }
  if (zip_close(archive) < 0) {
    const std::string cause = zip_strerror(archive);
    zip_discard(archive);
    return broken(cause);
  }
  return {};
}

}  // namespace anlan::ledger
