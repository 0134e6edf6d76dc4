#include <cairo/cairo-pdf.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "ledger/form.hpp"

namespace anlan::ledger {
namespace {

// All in points (1/72 inch).
constexpr double mm = 72.0 / 25.4;
constexpr double page_width = 297 * mm;
constexpr double page_height = 210 * mm;
constexpr double side = 15 * mm;
constexpr double top = 14 * mm;
constexpr double bottom = page_height - 19 * mm;  // of the table
constexpr double footer_at = page_height - 13 * mm;
constexpr double widths[form_columns] = {12 * mm, 34 * mm, 62 * mm, 93 * mm,
                                         22 * mm, 22 * mm, 22 * mm};
constexpr double pad = 4;
constexpr double line_height = 14.5;
constexpr double heading_height = 24;
constexpr double text_size = 9.5;

struct Unref {
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};
template <class T>
using Held = std::unique_ptr<T, Unref>;

bool is_centred(std::size_t column) {
  return column == 0 || column > 3;
}

/// Some lines of one row, on one page.
struct Piece {
  std::size_t row = 0;
  int first = 0;
  int count = 0;
  bool whole = true;
};

class PdfForm {
 public:
  PdfForm(const Form& form, cairo_t* cairo, const std::string& fonts)
      : form_(form), cairo_(cairo), fonts_(fonts.empty() ? "Noto Sans CJK SC" : fonts) {}

  void draw(cairo_surface_t* surface) {
    const auto rows = form_rows(form_.content);
    for (const auto& cells : rows) {
      layouts_.emplace_back();
      for (std::size_t i = 0; i < form_columns; ++i)
        layouts_.back()[i] = layout(cells[i], text_size, false, widths[i] - 2 * pad);
    }
    const auto pages = pages_of();
    for (std::size_t page = 0; page < pages.size(); ++page) {
      double y = top;
      if (page == 0) y = draw_title();
      y = draw_headings(y);
      for (const auto& piece : pages[page]) y = draw_piece(piece, y);
      draw_footer(page + 1, pages.size());
      cairo_surface_show_page(surface);
    }
  }

 private:
  Held<PangoLayout> layout(const std::string& text, double size, bool bold, double width) const {
    Held<PangoLayout> made(pango_cairo_create_layout(cairo_));
    // Otherwise glyphs stand on whole pixels of a screen that is not there: lines come out 5% wide.
    PangoContext* context = pango_layout_get_context(made.get());
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("zh-cn"));
    Held<cairo_font_options_t> options(cairo_font_options_create());
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options.get());
    Held<PangoFontDescription> font(pango_font_description_from_string(fonts_.c_str()));
    pango_font_description_set_absolute_size(font.get(), size * PANGO_SCALE);
    if (bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(made.get(), font.get());
    if (width > 0) pango_layout_set_width(made.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(made.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_text(made.get(), text.data(), static_cast<int>(text.size()));
    return made;
  }

  int lines_of(std::size_t row) const {
    int most = 1;
    for (const auto& cell : layouts_[row])
      most = std::max(most, pango_layout_get_line_count(cell.get()));
    return most;
  }

  static double height_of(int lines) { return lines * line_height + 2 * pad; }
  static double title_height() { return 62; }

  /// A row stays whole where a page can hold it; a longer one goes on over pages, line by line.
  std::vector<std::vector<Piece>> pages_of() const {
    std::vector<std::vector<Piece>> pages(1);
    double room = bottom - top - title_height() - heading_height;
    const double full = bottom - top - heading_height;
    const auto turn = [&] {
      pages.emplace_back();
      room = full;
    };
    for (std::size_t row = 0; row < layouts_.size(); ++row) {
      const int lines = lines_of(row);
      if (height_of(lines) <= full) {
        if (height_of(lines) > room) turn();
        pages.back().push_back({row, 0, lines, true});
        room -= height_of(lines);
        continue;
      }
      for (int first = 0; first < lines;) {
        const int fits = static_cast<int>((room - 2 * pad) / line_height);
        if (fits < 2) {
          turn();
          continue;
        }
        const int count = std::min(fits, lines - first);
        pages.back().push_back({row, first, count, false});
        room -= height_of(count);
        first += count;
        if (first < lines) turn();
      }
    }
    return pages;
  }

  /// `y` is the text's base line.
  void show_line(PangoLayoutLine* line, double x, double width, double y, bool centred) const {
    PangoRectangle extent;
    pango_layout_line_get_extents(line, nullptr, &extent);
    const double used = static_cast<double>(extent.width) / PANGO_SCALE;
    cairo_move_to(cairo_, centred ? x + (width - used) / 2 : x, y);
    pango_cairo_show_layout_line(cairo_, line);
  }

  void show_text(const std::string& text, double size, bool bold, double x, double width, double y,
                 bool centred) const {
    const auto made = layout(text, size, bold, 0);
    show_line(pango_layout_get_line_readonly(made.get(), 0), x, width, y, centred);
  }

  double draw_title() const {
    const double width = page_width - 2 * side;
    show_text(std::string(form_title), 18, true, side, width, top + 20, true);
    show_text(fmt::format("{}：{}", form_unit_heading, form_.content.unit), 11, false, side, width,
              top + 50, false);
    return top + title_height();
  }

  void frame(double x, double y, double width, double height) const {
    cairo_set_line_width(cairo_, 0.5);
    cairo_rectangle(cairo_, x, y, width, height);
    cairo_stroke(cairo_);
  }

  double draw_headings(double y) const {
    double x = side;
    for (std::size_t i = 0; i < form_columns; ++i) {
      cairo_set_source_rgb(cairo_, 0xE7 / 255.0, 0xF1 / 255.0, 0xF8 / 255.0);
      cairo_rectangle(cairo_, x, y, widths[i], heading_height);
      cairo_fill(cairo_);
      cairo_set_source_rgb(cairo_, 0, 0, 0);
      frame(x, y, widths[i], heading_height);
      show_text(std::string(form_headings[i]), 10, true, x, widths[i], y + 15.5, true);
      x += widths[i];
    }
    return y + heading_height;
  }

  double draw_piece(const Piece& piece, double y) const {
    const double height = height_of(piece.count);
    double x = side;
    for (std::size_t i = 0; i < form_columns; ++i) {
      frame(x, y, widths[i], height);
      PangoLayout* cell = layouts_[piece.row][i].get();
      const int lines = pango_layout_get_line_count(cell);
      const double down =
          piece.whole ? (piece.count - std::min(lines, piece.count)) * line_height / 2 : 0;
      for (int line = piece.first; line < std::min(lines, piece.first + piece.count); ++line) {
        show_line(pango_layout_get_line_readonly(cell, line), x + pad, widths[i] - 2 * pad,
                  y + pad + down + (line - piece.first) * line_height + 10.5, is_centred(i));
      }
      if (i == 0 && piece.first > 0)
        show_text("（续）", text_size, false, x, widths[i], y + pad + 10.5, true);
      x += widths[i];
    }
    return y + height;
  }

  void draw_footer(std::size_t page, std::size_t pages) const {
    const double width = page_width - 2 * side;
    cairo_set_source_rgb(cairo_, 0.25, 0.25, 0.25);
    show_text(form_version_line(form_), 8, false, side, width, footer_at, false);
    show_text(fmt::format("第 {} 页　共 {} 页", page, pages), 9, false, side, width, footer_at,
              true);
    const auto hash = layout("SHA-256 " + form_.sha256(), 6.5, false, 0);
    PangoRectangle extent;
    pango_layout_get_extents(hash.get(), nullptr, &extent);
    show_line(pango_layout_get_line_readonly(hash.get(), 0),
              page_width - side - static_cast<double>(extent.width) / PANGO_SCALE, 0, footer_at,
              false);
    cairo_set_source_rgb(cairo_, 0, 0, 0);
  }

  const Form& form_;
  cairo_t* cairo_;
  std::string fonts_;
  std::vector<std::array<Held<PangoLayout>, form_columns>> layouts_;
};

}  // namespace

Status write_pdf(const Form& form, const std::filesystem::path& path, const std::string& fonts) {
  Held<cairo_surface_t> surface(cairo_pdf_surface_create(path.c_str(), page_width, page_height));
  // Otherwise the file says when it was written, and no two are equal.
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 format_instant(form.made_at).c_str());
  cairo_pdf_surface_set_metadata(
      surface.get(), CAIRO_PDF_METADATA_TITLE,
      fmt::format("{} {} {}", form_title, form.content.unit, form.content.year).c_str());
  Held<cairo_t> cairo(cairo_create(surface.get()));
  PdfForm(form, cairo.get(), fonts).draw(surface.get());
  auto state = cairo_status(cairo.get());
  cairo.reset();
  cairo_surface_finish(surface.get());
  if (state == CAIRO_STATUS_SUCCESS) state = cairo_surface_status(surface.get());
  if (state != CAIRO_STATUS_SUCCESS) {
    return fail(ErrorKind::unavailable, "file.unwritable",
                path.string() + ": " + cairo_status_to_string(state));
  }
  return {};
}

}  // namespace anlan::ledger
