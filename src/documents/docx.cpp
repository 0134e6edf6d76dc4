#include "documents/docx.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "documents/xml_text.hpp"
#include "documents/zip.hpp"

namespace anlan::documents {
namespace {

std::string properties(const RunStyle& style) {
  return fmt::format(
      "<w:rPr><w:rFonts w:ascii=\"{0}\" w:hAnsi=\"{0}\" w:eastAsia=\"{0}\" w:hint=\"eastAsia\"/>"
      "{1}<w:sz w:val=\"{2}\"/><w:szCs w:val=\"{2}\"/></w:rPr>",
      style.font, style.bold ? "<w:b/>" : "", style.half_points);
}

const char* word_of(Align align) {
  switch (align) {
    case Align::left:
      return "left";
    case Align::centre:
      return "center";
    case Align::right:
      return "right";
    case Align::both:
      break;
  }
  return "both";
}

std::string tab_stops(std::string_view stops) {
  if (stops.empty()) return {};
  std::string out = "<w:tabs>";
  for (const auto stop : split(stops, ' ')) {
    const auto colon = stop.find(':');
    CHECK(colon != std::string_view::npos);
    out += fmt::format("<w:tab w:val=\"{}\" w:pos=\"{}\"/>", stop.substr(0, colon),
                       stop.substr(colon + 1));
  }
  return out + "</w:tabs>";
}

/// In characters, and for programs that do not count those in twentieths of a point too.
std::string indent(const ParagraphStyle& style) {
  std::string out;
  const auto add = [&](std::string_view side, int chars) {
    if (chars == 0) return;
    out += fmt::format(" w:{0}Chars=\"{1}\" w:{0}=\"{2}\"", side, chars,
                       chars * style.char_width / 100);
  };
  add("right", style.right_chars);
  add("firstLine", style.first_line_chars);
  return out.empty() ? out : "<w:ind" + out + "/>";
}

std::string cell(std::string_view text, const Column& column, bool heading,
                 const TableStyle& style) {
  ParagraphStyle look;
  look.align = heading ? Align::centre : column.align;
  std::string paragraphs;
  for (const auto line : split(text, '\n'))
    paragraphs += paragraph(run(line, heading ? style.heading : style.text), look);
  const bool shaded = heading && style.shaded_heading;
  return fmt::format(
      "<w:tc><w:tcPr><w:tcW w:w=\"{}\" w:type=\"dxa\"/>{}<w:vAlign w:val=\"center\"/></w:tcPr>{}"
      "</w:tc>",
      column.width, shaded ? "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"E7F1F8\"/>" : "",
      paragraphs);
}

constexpr std::string_view namespaces =
    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" "
    "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
constexpr std::string_view xml_head =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

std::string document(const Docx& docx) {
  const auto& page = docx.page;
  return fmt::format(
      "{}<w:document {}><w:body>{}<w:sectPr>{}<w:pgSz w:w=\"{}\" w:h=\"{}\"{}/>"
      "<w:pgMar w:top=\"{}\" w:right=\"{}\" w:bottom=\"{}\" w:left=\"{}\" w:header=\"{}\" "
      "w:footer=\"{}\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>",
      xml_head, namespaces, docx.body,
      docx.footer.empty() ? "" : "<w:footerReference w:type=\"default\" r:id=\"rId1\"/>",
      page.width, page.height, page.landscape ? " w:orient=\"landscape\"" : "", page.top,
      page.right, page.bottom, page.left, page.header, page.footer);
}

std::string core(const Docx& docx) {
  return fmt::format(
      "{}<cp:coreProperties "
      "xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title>"
      "<dcterms:created xsi:type=\"dcterms:W3CDTF\">{}</dcterms:created></cp:coreProperties>",
      xml_head, xml_escaped(docx.title), format_date(docx.made_on));
}

std::vector<ZipPart> parts_of(const Docx& docx) {
  const std::string package = "http://schemas.openxmlformats.org/package/2006/";
  const std::string office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  const std::string word = "application/vnd.openxmlformats-officedocument.wordprocessingml.";
  const bool footer = !docx.footer.empty();
  std::vector<ZipPart> parts;
  parts.push_back(
      {"[Content_Types].xml",
       fmt::format("{0}<Types xmlns=\"{1}content-types\"><Default Extension=\"rels\" "
                   "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                   "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override "
                   "PartName=\"/word/document.xml\" ContentType=\"{2}document.main+xml\"/>{3}"
                   "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/"
                   "vnd.openxmlformats-package.core-properties+xml\"/></Types>",
                   xml_head, package, word,
                   footer ? fmt::format("<Override PartName=\"/word/footer1.xml\" "
                                        "ContentType=\"{}footer+xml\"/>",
                                        word)
                          : "")});
  parts.push_back(
      {"_rels/.rels",
       fmt::format("{0}<Relationships xmlns=\"{1}relationships\"><Relationship Id=\"rId1\" "
                   "Type=\"{2}officeDocument\" Target=\"word/document.xml\"/><Relationship "
                   "Id=\"rId2\" Type=\"{1}relationships/metadata/core-properties\" "
                   "Target=\"docProps/core.xml\"/></Relationships>",
                   xml_head, package, office)});
  parts.push_back({"docProps/core.xml", core(docx)});
  parts.push_back({"word/document.xml", document(docx)});
  if (!footer) return parts;
  parts.push_back({"word/footer1.xml",
                   fmt::format("{}<w:ftr {}>{}</w:ftr>", xml_head, namespaces, docx.footer)});
  parts.push_back(
      {"word/_rels/document.xml.rels",
       fmt::format("{0}<Relationships xmlns=\"{1}relationships\"><Relationship Id=\"rId1\" "
                   "Type=\"{2}footer\" Target=\"footer1.xml\"/></Relationships>",
                   xml_head, package, office)});
  return parts;
}

}  // namespace

std::string run(std::string_view text, const RunStyle& style) {
  // A line end inside a run is an element of its own; the rest is text.
  std::string content;
  bool first = true;
  for (const auto line : split(text, '\n')) {
    if (!first) content += "<w:br/>";
    first = false;
    content += fmt::format("<w:t xml:space=\"preserve\">{}</w:t>", xml_escaped(line));
  }
  return fmt::format("<w:r>{}{}</w:r>", properties(style), content);
}

std::string field(std::string_view name, const RunStyle& style) {
  return fmt::format(
      "<w:r>{0}<w:fldChar w:fldCharType=\"begin\"/></w:r><w:r>{0}<w:instrText "
      "xml:space=\"preserve\"> {1} </w:instrText></w:r><w:r>{0}<w:fldChar "
      "w:fldCharType=\"separate\"/></w:r><w:r>{0}<w:t>1</w:t></w:r><w:r>{0}<w:fldChar "
      "w:fldCharType=\"end\"/></w:r>",
      properties(style), name);
}

std::string tab() {
  return "<w:r><w:tab/></w:r>";
}

std::string paragraph(const std::string& runs, const ParagraphStyle& style) {
  // The order of these elements is the schema's.
  return fmt::format(
      "<w:p><w:pPr>{}{}{}<w:spacing w:before=\"{}\" w:after=\"{}\"{}/>{}<w:jc w:val=\"{}\"/>"
      "</w:pPr>{}</w:p>",
      style.keep_with_next ? "<w:keepNext/>" : "",
      style.page_break_before ? "<w:pageBreakBefore/>" : "", tab_stops(style.tabs), style.before,
      style.after,
      style.line_exact == 0 ? ""
                            : fmt::format(" w:line=\"{}\" w:lineRule=\"exact\"", style.line_exact),
      indent(style), word_of(style.align), runs);
}

std::string table(const std::vector<Column>& columns, const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows, const TableStyle& style) {
  CHECK(headings.empty() || headings.size() == columns.size());
  int width = 0;
  for (const auto& column : columns) width += column.width;
  std::string out = fmt::format(
      "<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/><w:tblBorders>",
      width);
  for (const auto* side : {"top", "left", "bottom", "right", "insideH", "insideV"})
    out +=
        fmt::format("<w:{} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>", side);
  out += fmt::format(
      "</w:tblBorders><w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:top w:w=\"{0}\" "
      "w:type=\"dxa\"/><w:bottom w:w=\"{0}\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>",
      style.cell_margin);
  for (const auto& column : columns) out += fmt::format("<w:gridCol w:w=\"{}\"/>", column.width);
  out += "</w:tblGrid>";
  if (!headings.empty()) {
    out += "<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>";
    for (std::size_t i = 0; i < columns.size(); ++i)
      out += cell(headings[i], columns[i], true, style);
    out += "</w:tr>";
  }
  for (const auto& row : rows) {
    CHECK(row.size() == columns.size());
    out += "<w:tr><w:trPr><w:cantSplit/></w:trPr>";
    for (std::size_t i = 0; i < columns.size(); ++i) out += cell(row[i], columns[i], false, style);
    out += "</w:tr>";
  }
  return out + "</w:tbl>";
}

Status write_docx(const Docx& docx, const std::filesystem::path& path) {
  return write_zip(parts_of(docx), path);
}

Result<std::string> docx_bytes(const Docx& docx) {
  return zip_bytes(parts_of(docx));
}

}  // namespace anlan::documents
