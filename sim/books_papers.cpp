#include "sim/books_papers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "sim/books_calendar.hpp"
#include "sim/books_draw.hpp"

namespace anlan::sim {
namespace {

struct SharedPaper {
  std::string hash;
  const char* category;  ///< list archive_category
  const char* title;
};

class Shelf {
 public:
  Shelf(const BooksInput& input, const Staff& staff, std::span<const WorkCase> cases, BookSink& out)
      : input_(input), staff_(staff), cases_(cases), out_(out), draw_(input.seed) {}

  // AR-03. Each paper is scanned once and has a hash of its own, but what is planted, a policy page
  // on the exception list, and one person's paper used again in that person's next case.
  void write() {
    std::map<std::size_t, SharedPaper> extra;  // case → one more paper
    plant_papers(extra);
    const std::string policy_page = paper_hash(0xA11CE);
    out_.row("exception_list", {{"exception_id", "LW-AR03-1"},
                                {"subject_kind", "document"},
                                {"subject_id", policy_page},
                                {"model_code", "AR-03"},
                                {"reason", "政策文件公共页"},
                                {"doc_no", "合成人社档〔2016〕3号"},
                                {"from_date", Date::of(input_.start.year() - 1, 1, 1)},
                                {"expiry_date", Date::of(end_month().year() + 5, 12, 31)},
                                {"approver_1", staff_.at(staff_.of("JH", -1)[0]).operator_id},
                                {"approver_2", staff_.at(staff_.of("CZ", -1)[0]).operator_id}});
    truth("AR-03", false, "政策文件公共页", "document", policy_page, input_.start, end_month(),
          "例外清单白名单");

    std::uint64_t number = 0;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      const WorkCase& c = cases_[i];
      if (c.cancelled || c.filing == Filing::nothing) continue;
      const std::uint64_t w = BookDraw::word(c.seed.case_id);
      file(c, ++number, "01", "业务申请表", paper_hash(mix(w) + 1));
      if (c.filing == Filing::whole) file(c, ++number, "10", "业务审批表", paper_hash(mix(w) + 2));
      if (c.filing == Filing::instead_of_sheets)
        file(c, ++number, "24", "数据共享核验单", paper_hash(mix(w) + 3));
      for (std::size_t k = 0; k < c.seed.papers.size(); ++k)
        file(c, ++number, c.seed.papers[k].c_str(), "业务要件", paper_hash(mix(w) + 10 + k));
      if (draw_.chance(4, "books.policy_page", w))
        file(c, ++number, "99", "政策文件公共页", policy_page);
      if (const auto paper = extra.find(i); paper != extra.end())
        file(c, ++number, paper->second.category, paper->second.title, paper->second.hash);
      if (number % 997 == 0 && c.at[3].day().month() < end_month()) {
        const Date out_day = plus_working_days(c.at[3].day(), 6);
        out_.row("archive_borrow", {{"archive_id", archive_id(c, number)},
                                    {"borrower", staff_.at(staff_.of("JH", -1)[1]).operator_id},
                                    {"purpose", "稽核复查"},
                                    {"out_at", Moment::at(out_day, 10, 0)},
                                    {"due", plus_working_days(out_day, 10)},
                                    {"back_at", Moment::at(plus_working_days(out_day, 4), 15, 0)}});
      }
    }
  }

 private:
  Month end_month() const { return input_.start.plus(input_.months - 1); }
  void truth(const char* detection, bool planted, const char* variant, const char* kind,
             const std::string& subject, Month from, Month to, const char* note) {
    out_.truth({detection, planted, variant, kind, subject, from, to, 0, note});
  }

  std::string paper_hash(std::uint64_t n) const {
    std::string text;
    for (std::uint64_t part = 0; part < 4; ++part)
      text += fmt::format("{:016x}", draw_.bits("books.paper", n, part));
    return text;
  }
  static std::string archive_id(const WorkCase& c, std::uint64_t number) {
    return fmt::format("DA{}{:09}", c.seed.closed.month().value, number);
  }
  void file(const WorkCase& c, std::uint64_t number, const char* category, const char* title,
            const std::string& hash) {
    out_.row("archive_file",
             {{"archive_id", archive_id(c, number)},
              {"case_id", c.seed.case_id},
              {"category", category},
              {"title", title},
              {"pages", std::int64_t{1} + static_cast<std::int64_t>(number % 4)},
              {"file_hash", hash},
              {"filed_hash", hash},
              {"image_hash", hash.substr(0, 16)},
              {"created_at", c.at[0].plus(40)},
              {"filed_at", Moment::at(plus_working_days(c.at[3].day(), 1), 16, 0)},
              {"retention", c.seed.biz_type == "PEN" ? "99" : "30"},
              {"location",
               fmt::format("{}库-{:03}", input_.districts[c.seed.district].name, number % 200)}});
  }

  void plant_papers(std::map<std::size_t, SharedPaper>& extra) {
    std::map<std::string, std::size_t> case_of_person;  // the first case of each person
    std::vector<std::size_t> people;                    // cases of different persons
    std::vector<std::pair<std::size_t, std::size_t>> twice;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      if (cases_[i].seed.person_id.empty() || cases_[i].seed.obj_table.empty()) continue;
      const auto [found, is_new] = case_of_person.try_emplace(cases_[i].seed.person_id, i);
      if (is_new) {
        people.push_back(i);
      } else if (cases_[found->second].seed.case_id != cases_[i].seed.case_id) {
        twice.emplace_back(found->second, i);
      }
    }
    const std::size_t planted = std::min<std::size_t>(
        3 + static_cast<std::size_t>(input_.people / 60'000), people.size() / 12);
    std::size_t next = 0;
    for (std::size_t p = 0; p < planted; ++p) {
      const std::size_t uses = 2 + p % 3;
      const SharedPaper paper{paper_hash(0xF00D + p), p % 2 == 0 ? "05" : "15",
                              p % 2 == 0 ? "劳动合同" : "医疗费票据"};
      Month first = end_month();
      Month last = input_.start;
      for (std::size_t use = 0; use < uses; ++use) {
        const std::size_t i = people[next++ * 3];
        if (extra.contains(i)) continue;
        extra.emplace(i, paper);
        first = std::min(first, cases_[i].seed.closed.month());
        last = std::max(last, cases_[i].seed.closed.month());
      }
      truth("AR-03", true, uses == 2 ? "两人共用" : "多人共用", "document", paper.hash, first, last,
            "同一材料用于不同人员办件");
    }
    std::size_t shown = 0;
    for (const auto& [a, b] : twice) {
      if (shown == 3) break;
      if (extra.contains(a) || extra.contains(b)) continue;
      const SharedPaper paper{paper_hash(0xB00C + shown++), "02", "本人身份证明"};
      extra.emplace(a, paper);
      extra.emplace(b, paper);
      truth("AR-03", false, "本人材料再用", "document", paper.hash, cases_[a].seed.closed.month(),
            cases_[b].seed.closed.month(), "同一人两次办件使用同一材料");
    }
  }

  const BooksInput& input_;
  const Staff& staff_;
  std::span<const WorkCase> cases_;
  BookSink& out_;
  BookDraw draw_;
};

}  // namespace

void write_papers(const BooksInput& input, const Staff& staff, std::span<const WorkCase> cases,
                  BookSink& out) {
  Shelf(input, staff, cases, out).write();
}

}  // namespace anlan::sim
