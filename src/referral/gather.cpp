#include <fmt/format.h>

#include <set>

#include "base/sha256.hpp"
#include "cases/disposal.hpp"
#include "cases/follow_case.hpp"
#include "cases/recovery.hpp"
#include "cases/remedy.hpp"
#include "cases/request.hpp"
#include "referral/pack.hpp"
#include "referral/referral_table.hpp"

namespace anlan::referral {
namespace {

using access::Actor;
using store::Transaction;

struct Named {
  std::string_view word;
  std::string_view zh;
};
constexpr Named disposal_words[] = {{"stop_payment", "停发（暂停）通知"},
                                    {"correction", "更正单"},
                                    {"order_to_return", "责令退回通知"},
                                    {"repayment_agreement", "还款协议"},
                                    {"referral", "移送"},
                                    {"rectification_opinion", "整改意见"},
                                    {"none_needed", "无须处置"}};
constexpr Named paper_words[] = {{"verification_notice", "疑点核查通知单"},
                                 {"verification_report", "核查情况说明"},
                                 {"evidence", "证据材料"},
                                 {"conclusion", "核查结论单"},
                                 {"closing_slip", "销号单"},
                                 {"other", "其他材料"}};
constexpr Named act_words[] = {{"screen", "疑点筛选"},
                               {"merge", "并案"},
                               {"dispatch", "派发核查"},
                               {"accept", "接受核查"},
                               {"go_onsite", "转现场核查"},
                               {"leave_site", "结束现场核查"},
                               {"conclude", "核查结论经复核确认"},
                               {"dispose", "处置"},
                               {"suspend", "中止"},
                               {"resume", "恢复"},
                               {"reopen", "重新打开"},
                               {"verify_again", "退回重新核查"}};

template <std::size_t N>
std::string words_in(const Named (&all)[N], const std::string& word) {
  for (const auto& one : all) {
    if (one.word == word) return std::string(one.zh);
  }
  return word;
}

Date day_of(std::int64_t ms) {
  return Instant{ms}.day();
}

Result<std::string> name_of_person(Transaction& transaction, access::PersonId person) {
  const auto row =
      transaction.query_one("SELECT name FROM person WHERE person_id = ?", {person.value});
  if (!row) return fail(row.error());
  return *row ? (*row)->text("name") : std::string();
}

/// The organ that refers: a division acts for what it belongs to.
Result<std::string> organ_of(Transaction& transaction, const std::string& organisation) {
  const auto row = transaction.query_one(
      "SELECT o.name_zh, o.kind, p.name_zh AS parent_name FROM organisation o"
      " LEFT JOIN organisation p ON p.organisation_id = o.parent_id WHERE o.organisation_id = ?",
      {organisation});
  if (!row) return fail(row.error());
  if (!*row) return organisation;
  if ((*row)->text("kind") == "division" && !(*row)->is_null("parent_name"))
    return (*row)->text("parent_name");
  return (*row)->text("name_zh");
}

class Gatherer {
 public:
  Gatherer(Transaction& transaction, const Actor& actor, PackContent& content, cases::CaseId of,
           const catalog::RecoveryTerms& terms, Instant now)
      : transaction_(transaction),
        actor_(actor),
        content_(content),
        of_(of),
        terms_(terms),
        now_(now) {}

  Status leads(const std::map<std::string, std::string>& titles) {
    const auto rows = transaction_.query(
        "SELECT lead_id, code, result, confirmed_fen FROM lead WHERE case_id = ? ORDER BY lead_id",
        {of_.value});
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) {
      const auto title = titles.find(row.text("code"));
      content_.leads.push_back({row.text("lead_id"),
                                title == titles.end() ? row.text("code") : title->second,
                                row.maybe_text("result").value_or(""),
                                Fen{row.maybe_integer("confirmed_fen").value_or(0)}});
    }
    return {};
  }

  Status steps() {
    const auto rows = transaction_.query(
        "SELECT act, at FROM case_event WHERE case_id = ? AND lead_id IS NULL ORDER BY event_id",
        {of_.value});
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) {
      // What is not a step of the procedure is left to the journal.
      const auto words = words_in(act_words, row.text("act"));
      if (words != row.text("act")) content_.steps.push_back({day_of(row.integer("at")), words});
    }
    for (const auto& event : content_.referral.events) {
      if (event.event == "proposed") content_.steps.push_back({event.at.day(), "提出移送意见"});
      if (event.event == "approved")
        content_.steps.push_back({event.at.day(), "单位主要负责人批准移送"});
    }
    return {};
  }

  Status money() {
    const auto disposals = cases::list_disposals(transaction_, actor_, of_);
    if (!disposals) return fail(disposals.error());
    for (const auto& one : *disposals) {
      if (one.withdrawn_at || one.made.kind == cases::DisposalKind::none_needed) continue;
      const auto kind = words_in(disposal_words, std::string(cases::name_of(one.made.kind)));
      content_.money.push_back(
          {kind, one.made.document, one.made_at.day(),
           one.made.amount.value > 0 ? std::optional<Fen>(one.made.amount) : std::nullopt});
      add_file(one.made.file_sha256, kind, one.made.document);
    }
    const auto recoveries = cases::list_recoveries(transaction_, actor_, {.of = of_});
    if (!recoveries) return fail(recoveries.error());
    for (const auto& recovery : *recoveries) {
      content_.money.push_back(
          {"应追回", recovery.made.basis, recovery.made.due_on, recovery.made.due});
      for (const auto& line : recovery.lines) {
        if (line.reversed_at) continue;
        const auto* kind = line.kind == cases::LineKind::received ? "已收回"
                           : line.kind == cases::LineKind::offset ? "待遇抵扣"
                                                                  : "核销";
        content_.money.push_back({kind, line.document, line.on, line.amount});
      }
      const auto balance = cases::balance_of(recovery, terms_, settled().day());
      if (!balance) return fail(balance.error());
      content_.money.push_back({"尚欠", recovery.made.basis, settled().day(), balance->open});
    }
    return {};
  }

  Status evidence() {
    const auto rows = transaction_.query(
        "SELECT kind, number, sha256, text FROM case_document WHERE case_id = ?"
        " ORDER BY document_id",
        {of_.value});
    if (!rows) return fail(rows.error());
    for (const auto& row : *rows) {
      if (!seen_.insert(row.text("sha256")).second) continue;
      content_.evidence.push_back({row.text("sha256"), words_in(paper_words, row.text("kind")),
                                   row.text("number"), row.maybe_text("text")});
    }
    const auto remedies = cases::list_remedies(transaction_, actor_, of_, now_.day());
    if (!remedies) return fail(remedies.error());
    for (const auto& remedy : *remedies) {
      for (const auto& file : remedy.evidence) add_file(file, "整改证据", remedy.made.document);
    }
    const auto requests = cases::list_requests(transaction_, actor_, of_, now_.day());
    if (!requests) return fail(requests.error());
    for (const auto& request : *requests)
      add_file(request.file_sha256, "协查答复", request.answer_document);
    return {};
  }

 private:
  /// The day whose balance is told: that of the decision, so that the pack is the same tomorrow.
  Instant settled() const { return content_.referral.events.back().at; }

  void add_file(const std::string& sha256, const std::string& what, const std::string& number) {
    if (sha256.empty() || !seen_.insert(sha256).second) return;
    content_.evidence.push_back({sha256, what, number, {}});
  }

  Transaction& transaction_;
  const Actor& actor_;
  PackContent& content_;
  const cases::CaseId of_;
  const catalog::RecoveryTerms& terms_;
  const Instant now_;
  std::set<std::string> seen_;
};

}  // namespace

Result<PackContent> gather(Transaction& transaction, const Actor& actor,
                           const catalog::ReferralTerms& terms,
                           const catalog::RecoveryTerms& recovery_terms,
                           const std::map<std::string, std::string>& titles, ReferralId id,
                           Instant now) {
  auto referral = find(transaction, actor, id);
  if (!referral) return fail(referral.error());
  if (actor.how() != access::Authenticated::console &&
      !actor.may("referral_work", referral->organisation))
    return fail(ErrorKind::forbidden, "access.no_right", "referral_work");
  PackContent content;
  content.referral = std::move(*referral);
  const auto& made = content.referral.made;
  auto answer = referral_test(
      terms, {made.offence, made.amount, made.persons, made.subject, made.aggravated});
  if (!answer) return fail(answer.error());
  content.offence = answer->offence;
  content.answer = std::move(*answer);
  const auto of = cases::case_itself(transaction, made.of);
  if (!of) return fail(of.error());
  content.party.shown = of->subject_shown;
  auto organ = organ_of(transaction, content.referral.organisation);
  if (!organ) return fail(organ.error());
  content.organ = std::move(*organ);
  for (auto [name, person] : {std::pair{&content.first_officer, content.referral.first_officer},
                              std::pair{&content.second_officer, made.second_officer}}) {
    auto found = name_of_person(transaction, person);
    if (!found) return fail(found.error());
    *name = std::move(*found);
  }
  Gatherer gatherer(transaction, actor, content, made.of, recovery_terms, now);
  for (const auto& part :
       {gatherer.leads(titles), gatherer.steps(), gatherer.evidence(), gatherer.money()}) {
    if (!part) return fail(part.error());
  }
  return content;
}

Status revealed(Transaction& transaction, const Actor& actor, ReferralId id,
                const std::string& reason, Instant now) {
  const auto referral = find(transaction, actor, id);
  if (!referral) return fail(referral.error());
  const auto of = cases::case_itself(transaction, referral->made.of);
  if (!of) return fail(of.error());
  if (!actor.may("person_reveal", of->organisation))
    return fail(ErrorKind::forbidden, "access.no_right", "person_reveal");
  if (auto right = cases::check_text("referral.text", "reason", reason, true, 600); !right)
    return right;
  return cases::tell_of(transaction, actor, *of,
                        {"referral.revealed",
                         word_of(id),
                         {{"number", referral->number}},
                         {},
                         {{"reason", cases::kept_prose(reason)}}},
                        now);
}

Status packed(Transaction& transaction, const Actor& actor, ReferralId id,
              const PackSummary& summary, bool with_names, Instant now) {
  const auto referral = find(transaction, actor, id);
  if (!referral) return fail(referral.error());
  const auto of = cases::case_itself(transaction, referral->made.of);
  if (!of) return fail(of.error());
  return cases::tell_of(transaction, actor, *of,
                        {"referral.packed",
                         word_of(id),
                         {{"sha256", summary.sha256},
                          {"number", referral->number},
                          {"names", with_names ? "shown" : "masked"}},
                         {{"files", summary.files}, {"evidence", summary.evidence}}},
                        now);
}

}  // namespace anlan::referral
