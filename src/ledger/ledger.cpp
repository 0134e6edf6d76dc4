#include "ledger/ledger.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "access/organisation.hpp"
#include "base/text.hpp"
#include "journal/outbox.hpp"
#include "ledger/ledger_table.hpp"
#include "store/record.hpp"

namespace anlan::ledger {
namespace {

using access::Actor;
using store::Transaction;

constexpr std::string_view acceptance_chain = "ledger_acceptance";

Status tell(Transaction& transaction, const Actor& actor, const LedgerHead& head,
            const std::string& act, Instant at, std::map<std::string, std::string> refs = {},
            std::map<std::string, std::string> personal = {}, std::int64_t voided = 0) {
  journal::Act told;
  told.act = "ledger." + act;
  told.who = actor.who();
  if (!actor.posts().empty()) told.post = actor.posts().front().post;
  told.subject = fmt::format("ledger:{}", head.id);
  told.refs = std::move(refs);
  told.refs.emplace("organisation", head.organisation);
  told.refs.emplace("sha256", head.sha256);
  told.counts = {{"year", head.year}, {"content_version", head.content_version}};
  if (voided > 0) told.counts.emplace("signatures_voided", voided);
  told.personal = std::move(personal);
  return journal::tell(transaction, told, at);
}

bool is_named(const Content& content, std::int64_t person) {
  return std::any_of(content.points.begin(), content.points.end(), [&](const RiskPoint& point) {
    return person != 0 && (point.direct.person == person || point.unit_head.person == person ||
                           point.department_head.person == person);
  });
}

std::int64_t person_of(const Actor& actor) {
  return actor.person() ? actor.person()->value : 0;
}

Result<std::int64_t> needs_person(const Actor& actor) {
  if (const auto person = person_of(actor); person != 0) return person;
  return fail(ErrorKind::forbidden, "ledger.no_person", actor.who());
}

auto missing(std::int64_t id) {
  return fail(ErrorKind::not_found, "ledger.missing", std::to_string(id));
}

/// For acts: the ledger as the caller saw it, and the right to act on it.
Result<Ledger> open_for(Transaction& transaction, const Actor& actor, std::int64_t id,
                        std::int64_t seen) {
  auto ledger = find(transaction, actor, id);
  if (!ledger) return ledger;
  if (ledger->head.version != seen) {
    // Changes nothing, since the version is another, and says who made that.
    const auto stale = store::update_record(transaction, {"ledger", "ledger_id", id}, seen,
                                            {{"year", ledger->head.year}}, actor.stamp({}));
    if (!stale) return fail(stale.error());
    return fail(ErrorKind::conflict, "store.stale", fmt::format("ledger {}", id));
  }
  return ledger;
}

Status not_under_review(const LedgerHead& head) {
  if (head.state != State::submitted) return {};
  return fail(ErrorKind::conflict, "ledger.under_review", std::to_string(head.id));
}

/// Persons who made a version since supervision decided last.
Result<std::set<std::int64_t>> makers_since_decision(Transaction& transaction,
                                                     const Ledger& ledger) {
  std::int64_t after = -1;
  for (const auto& one : ledger.submissions) {
    if (one.decided_at) after = std::max(after, one.content_version);
  }
  const auto rows = transaction.query(
      "SELECT DISTINCT made_by_person FROM ledger_version WHERE ledger_id = ? AND content_version "
      "> ? AND made_by_person IS NOT NULL",
      {ledger.head.id, after});
  if (!rows) return fail(rows.error());
  std::set<std::int64_t> makers;
  for (const auto& row : *rows) makers.insert(row.integer("made_by_person"));
  return makers;
}

std::string gap_words(const std::vector<Gap>& gaps) {
  std::vector<std::string> words;
  for (const auto& gap : gaps) {
    if (gap.stops && words.size() < 20)
      words.push_back(fmt::format("row {}: {}", gap.row, gap.kind));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

}  // namespace

std::string_view word_of(State state) {
  switch (state) {
    case State::draft:
      return "draft";
    case State::submitted:
      return "submitted";
    case State::accepted:
      return "accepted";
    case State::returned:
      break;
  }
  return "returned";
}

Result<std::vector<LedgerHead>> list(Transaction& transaction, const Actor& actor, int year) {
  const auto scope =
      actor.how() == access::Authenticated::console ? actor.scope() : actor.scope_of(right_read);
  auto where = scope.condition("organisation_id");
  if (year != 0) {
    where.sql += " AND year = ?";
    where.values.emplace_back(year);
  }
  const auto rows = transaction.query(
      "SELECT * FROM ledger WHERE " + where.sql + " ORDER BY year, organisation_id", where.values);
  if (!rows) return fail(rows.error());
  std::vector<LedgerHead> heads;
  for (const auto& row : *rows) heads.push_back(head_from(row));
  return heads;
}

Result<Ledger> find(Transaction& transaction, const Actor& actor, std::int64_t id) {
  auto ledger = load(transaction, id);
  if (!ledger) return fail(ledger.error());
  if (!*ledger) return missing(id);
  const auto& organisation = (*ledger)->head.organisation;
  const bool may = actor.how() == access::Authenticated::console ||
                   actor.may(right_read, organisation) ||
                   is_named((*ledger)->content, person_of(actor));
  if (!may) return missing(id);
  return std::move(**ledger);
}

Result<std::vector<VersionHead>> versions(Transaction& transaction, const Actor& actor,
                                          std::int64_t id) {
  const auto ledger = find(transaction, actor, id);
  if (!ledger) return fail(ledger.error());
  return load_versions(transaction, id);
}

Result<Form> form_of(Transaction& transaction, const Actor& actor, std::int64_t id,
                     std::int64_t content_version) {
  const auto ledger = find(transaction, actor, id);
  if (!ledger) return fail(ledger.error());
  const auto& head = ledger->head;
  const auto wanted = content_version == 0 ? head.content_version : content_version;
  auto version = load_version(transaction, id, wanted);
  if (!version) return fail(version.error());
  if (!*version)
    return fail(ErrorKind::not_found, "ledger.version_missing", fmt::format("{} {}", id, wanted));
  std::string state = "旧版";
  if (wanted == head.in_force_version) {
    state = "生效";
  } else if (wanted == head.content_version) {
    state = head.state == State::submitted                                      ? "已报送"
            : is_signed(needed_signatures(ledger->content, ledger->signatures)) ? "已签章"
                                                                                : "草稿";
  }
  return Form{std::move((*version)->content), wanted, std::move(state), (*version)->head.made_at};
}

Status exported(Transaction& transaction, const Actor& actor, std::int64_t id, const Form& form,
                const std::string& format, Instant at) {
  const auto ledger = find(transaction, actor, id);
  if (!ledger) return fail(ledger.error());
  auto head = ledger->head;
  head.content_version = form.version;
  head.sha256 = form.sha256();
  return tell(transaction, actor, head, "exported", at, {{"format", format}});
}

Status link_owners(Transaction& transaction, Content& content) {
  const auto rows = transaction.query(
      "SELECT person_id, name FROM person WHERE organisation_id = ? AND left_on IS NULL",
      {content.organisation});
  if (!rows) return fail(rows.error());
  std::map<std::int64_t, std::string> name_of;
  std::map<std::string, std::vector<std::int64_t>> persons_of;
  for (const auto& row : *rows) {
    name_of[row.integer("person_id")] = row.text("name");
    persons_of[row.text("name")].push_back(row.integer("person_id"));
  }
  std::vector<std::string> problems;
  int number = 0;
  const auto link = [&](Owner& owner, std::string_view column) {
    if (owner.person != 0) {
      const auto found = name_of.find(owner.person);
      if (found != name_of.end() && found->second == owner.name) return;
      // Which name stands where is personal and not said here.
      problems.push_back(fmt::format(
          "row {}, {}: person {} {}", number, column, owner.person,
          found == name_of.end() ? "does not work in this organisation" : "has another name"));
      return;
    }
    const auto found = persons_of.find(owner.name);
    if (found != persons_of.end() && found->second.size() == 1) owner.person = found->second[0];
  };
  for (auto& point : content.points) {
    ++number;
    link(point.direct, form_headings[4]);
    link(point.department_head, form_headings[5]);
    link(point.unit_head, form_headings[6]);
  }
  if (problems.empty()) return {};
  problems.resize(std::min<std::size_t>(problems.size(), 100));
  return fail(ErrorKind::invalid_input, "ledger.owner",
              fmt::format("{}", fmt::join(problems, "\n")));
}

Result<std::int64_t> create(Transaction& transaction, const Actor& actor,
                            const catalog::Catalog& catalog, Content content, Instant at) {
  if (const auto may = actor.check(right_draft, content.organisation); !may)
    return fail(may.error());
  const auto organisation = access::find_organisation(transaction, actor, content.organisation);
  if (!organisation) return fail(organisation.error());
  if (content.unit.empty()) content.unit = organisation->name.zh;
  if (const auto right = check(content, catalog); !right) return fail(right.error());
  if (const auto linked = link_owners(transaction, content); !linked) return fail(linked.error());
  const auto there =
      transaction.query_one("SELECT ledger_id FROM ledger WHERE organisation_id = ? AND year = ?",
                            {content.organisation, content.year});
  if (!there) return fail(there.error());
  if (*there)
    return fail(ErrorKind::conflict, "ledger.exists",
                fmt::format("ledger {}", (*there)->integer("ledger_id")));
  const auto id = insert(transaction, content, actor.stamp(at), person_of(actor));
  if (!id) return fail(id.error());
  const LedgerHead head{*id, content.organisation, content.unit, content.year, State::draft,
                        1,   hash_of(content),     {},           {},           1};
  if (const auto told = tell(transaction, actor, head, "created", at); !told)
    return fail(told.error());
  return *id;
}

Result<std::int64_t> change(Transaction& transaction, const Actor& actor,
                            const catalog::Catalog& catalog, std::int64_t id, std::int64_t seen,
                            Content content, Instant at) {
  auto ledger = open_for(transaction, actor, id, seen);
  if (!ledger) return fail(ledger.error());
  auto& head = ledger->head;
  if (const auto may = actor.check(right_draft, head.organisation); !may) return fail(may.error());
  if (const auto open = not_under_review(head); !open) return fail(open.error());
  content.organisation = head.organisation;
  content.year = head.year;
  if (content.unit.empty()) content.unit = head.unit;
  if (const auto right = check(content, catalog); !right) return fail(right.error());
  if (const auto linked = link_owners(transaction, content); !linked) return fail(linked.error());
  if (content == ledger->content) return head.content_version;

  ++head.content_version;
  head.sha256 = hash_of(content);
  head.unit = content.unit;
  if (const auto kept = keep_version(transaction, head, content, actor.stamp(at), person_of(actor));
      !kept)
    return fail(kept.error());
  const auto changed = store::update_record(transaction, {"ledger", "ledger_id", id}, seen,
                                            {{"unit_name", head.unit},
                                             {"state", std::string(word_of(State::draft))},
                                             {"content_version", head.content_version},
                                             {"sha256", head.sha256}},
                                            actor.stamp(at));
  if (!changed) return fail(changed.error());
  std::int64_t voided = 0;
  for (const auto& signature : ledger->signatures) {
    if (signature.voided_at || stands(signature, content)) continue;
    if (const auto done = void_signature(transaction, id, signature, actor.stamp(at)); !done)
      return fail(done.error());
    ++voided;
  }
  if (const auto told = tell(transaction, actor, head, "changed", at, {}, {}, voided); !told)
    return fail(told.error());
  return head.content_version;
}

Status sign(Transaction& transaction, const Actor& actor, const catalog::Catalog& catalog,
            std::int64_t id, std::int64_t seen, Level level, Instant at) {
  const auto person = needs_person(actor);
  if (!person) return fail(person.error());
  const auto ledger = open_for(transaction, actor, id, seen);
  if (!ledger) return fail(ledger.error());
  if (const auto open = not_under_review(ledger->head); !open) return open;
  if (const auto scope = scope_of(ledger->content, level, *person); !scope)
    return fail(ErrorKind::forbidden, "ledger.not_named", std::string(word_of(level)));
  const auto gaps = gaps_of(ledger->content, catalog);
  if (std::any_of(gaps.begin(), gaps.end(), [](const Gap& gap) { return gap.stops; }))
    return fail(ErrorKind::conflict, "ledger.gaps", gap_words(gaps));
  if (const auto may = may_sign(ledger->content, ledger->signatures, level, *person); !may)
    return may;
  if (level != Level::direct) {
    const auto makers = makers_since_decision(transaction, *ledger);
    if (!makers) return fail(makers.error());
    if (makers->contains(*person))
      return fail(ErrorKind::forbidden, "ledger.made_by_signer", std::string(word_of(level)));
  }
  std::string name;
  for (const auto& one : needed_signatures(ledger->content, ledger->signatures)) {
    if (one.level == level && one.person == *person) name = one.name;
  }
  if (const auto kept = keep_signature(transaction, *ledger, level, *person, name, actor.stamp(at));
      !kept)
    return kept;
  const auto changed = store::update_record(transaction, {"ledger", "ledger_id", id}, seen,
                                            {{"sha256", ledger->head.sha256}}, actor.stamp(at));
  if (!changed) return changed;
  return tell(transaction, actor, ledger->head, "signed", at,
              {{"level", std::string(word_of(level))},
               {"scope_sha256", *scope_of(ledger->content, level, *person)},
               {"person", fmt::format("person:{}", *person)}});
}

namespace {

/// Whoever wrote the ledger or answers for a part of it decides nothing in the matter.
Status bind_those_concerned(Transaction& transaction, const Actor& actor, const Ledger& ledger,
                            duties::MatterId matter, Instant at) {
  std::set<std::int64_t> concerned;
  for (const auto& point : ledger.content.points) {
    for (const auto* owner : {&point.direct, &point.department_head, &point.unit_head})
      concerned.insert(owner->person);
  }
  const auto makers = transaction.query(
      "SELECT DISTINCT made_by_person FROM ledger_version WHERE ledger_id = ? AND made_by_person "
      "IS NOT NULL",
      {ledger.head.id});
  if (!makers) return fail(makers.error());
  for (const auto& row : *makers) concerned.insert(row.integer("made_by_person"));
  concerned.erase(0);  // a name that is linked to nobody
  for (const auto person : concerned) {
    if (auto bound = duties::add_handler(transaction, actor, matter, {person}, "", at); !bound)
      return bound;
  }
  return {};
}

/// The matter by which supervision decides on what is submitted: a new one, or the one it sent
/// back.
Result<duties::MatterId> put_to_decision(Transaction& transaction, const duties::Rules& rules,
                                         const Actor& actor, const Ledger& ledger, Instant at) {
  const auto& head = ledger.head;
  if (!ledger.submissions.empty() && ledger.submissions.back().matter) {
    const auto matter =
        duties::find_matter(transaction, actor, {*ledger.submissions.back().matter});
    if (!matter) return fail(matter.error());
    if (matter->state == duties::MatterState::returned) {
      const auto changed = duties::change_matter(transaction, rules, actor, matter->id,
                                                 matter->version, head.sha256, "", at);
      if (!changed) return fail(changed.error());
      return matter->id;
    }
  }
  return duties::open_matter(transaction, rules, actor,
                             {.chain = std::string(acceptance_chain),
                              .organisation = head.organisation,
                              .about = fmt::format("ledger:{}", head.id),
                              .content_hash = head.sha256,
                              .post = "",
                              .subjects = {}},
                             at);
}

Status move_to(Transaction& transaction, const Actor& actor, const LedgerHead& head, State state,
               Instant at, store::Fields also = {}) {
  also.emplace_back("state", std::string(word_of(state)));
  return store::update_record(transaction, {"ledger", "ledger_id", head.id}, head.version, also,
                              actor.stamp(at));
}

Status accept(Transaction& transaction, const Actor& actor, const LedgerHead& head, Instant at) {
  if (auto kept = keep_decision(transaction, head.id, "accepted", "", actor.stamp(at)); !kept)
    return kept;
  if (auto moved =
          move_to(transaction, actor, head, State::accepted, at,
                  {{"in_force_version", head.content_version}, {"in_force_on", at.day().days}});
      !moved)
    return moved;
  return tell(transaction, actor, head, "accepted", at);
}

Status give_back(Transaction& transaction, const Actor& actor, const Ledger& ledger,
                 const std::string& reason, Instant at) {
  const auto& head = ledger.head;
  if (auto kept = keep_decision(transaction, head.id, "returned", reason, actor.stamp(at)); !kept)
    return kept;
  // What comes back is answered for anew by the one who answers for the whole.
  for (const auto& signature : ledger.signatures) {
    if (signature.voided_at || signature.level != Level::unit) continue;
    if (auto done = void_signature(transaction, head.id, signature, actor.stamp(at)); !done)
      return done;
  }
  if (auto moved = move_to(transaction, actor, head, State::returned, at); !moved) return moved;
  return tell(transaction, actor, head, "returned", at, {}, {{"reason", reason}});
}

/// What follows when fund supervision decides, or the unit takes its submission back.
Status follow(Transaction& transaction, const duties::Turn& turn) {
  const auto id = ledger_of(transaction, turn.before.id);
  if (!id) return fail(id.error());
  const auto ledger = load(transaction, *id);
  if (!ledger) return fail(ledger.error());
  const auto& head = (*ledger)->head;
  switch (turn.outcome.state) {
    case duties::MatterState::open:
      return {};
    case duties::MatterState::approved:
      return accept(transaction, turn.actor, head, turn.at);
    case duties::MatterState::returned:
    case duties::MatterState::rejected:
      return give_back(transaction, turn.actor, **ledger, std::string(trim(turn.decision.opinion)),
                       turn.at);
    case duties::MatterState::withdrawn:
      break;
  }
  if (head.state != State::submitted) return {};  // it was sent back before
  if (auto kept = keep_withdrawal(transaction, *id, turn.at); !kept) return kept;
  if (auto moved = move_to(transaction, turn.actor, head, State::draft, turn.at); !moved)
    return moved;
  return tell(transaction, turn.actor, head, "withdrawn", turn.at);
}

}  // namespace

Status submit(Transaction& transaction, const duties::Rules& rules, const Actor& actor,
              std::int64_t id, std::int64_t seen, Instant at) {
  const auto ledger = open_for(transaction, actor, id, seen);
  if (!ledger) return fail(ledger.error());
  const auto& head = ledger->head;
  if (const auto may = actor.check(right_draft, head.organisation); !may) return may;
  if (const auto open = not_under_review(head); !open) return open;
  if (head.state == State::accepted)
    return fail(ErrorKind::conflict, "ledger.accepted_already", std::to_string(id));
  const auto needed = needed_signatures(ledger->content, ledger->signatures);
  if (!is_signed(needed)) {
    const auto open =
        std::count_if(needed.begin(), needed.end(), [](const auto& one) { return !one.signature; });
    return fail(ErrorKind::conflict, "ledger.signature_missing",
                fmt::format("{} of {} have not signed", open, needed.size()));
  }
  const auto matter = put_to_decision(transaction, rules, actor, *ledger, at);
  if (!matter) return fail(matter.error());
  if (auto bound = bind_those_concerned(transaction, actor, *ledger, *matter, at); !bound)
    return bound;
  const auto due = deadlines_of(head.year).submit_by;
  if (auto kept = keep_submission(transaction, head, due, *matter, actor.stamp(at)); !kept)
    return kept;
  if (auto moved = move_to(transaction, actor, head, State::submitted, at); !moved) return moved;
  return tell(transaction, actor, head, "submitted", at,
              {{"due", format_date(due)},
               {"late", at.day() > due ? "yes" : "no"},
               {"matter", duties::word_of(*matter)}});
}

void add_follow(duties::Follows& follows) {
  follows.add(std::string(acceptance_chain), follow);
}

Result<std::vector<LateUnit>> late(Transaction& transaction, const Actor& actor, int year,
                                   Date as_of) {
  const bool console = actor.how() == access::Authenticated::console;
  if (!console) {
    if (const auto may = actor.check(right_read); !may) return fail(may.error());
  }
  const auto scope = console ? actor.scope() : actor.scope_of(right_read);
  const auto deadlines = deadlines_of(year);
  auto where = scope.condition("o.organisation_id");
  std::vector<store::Value> values = {year};
  values.insert(values.end(), where.values.begin(), where.values.end());
  values.emplace_back(deadlines.submit_by.days);
  values.emplace_back(deadlines.submit_by.days);
  const auto rows = transaction.query(
      "SELECT o.organisation_id, o.name_zh, l.ledger_id, l.state, "
      "(SELECT min(s.submitted_at) FROM ledger_submission s WHERE s.ledger_id = l.ledger_id) "
      "AS submitted_at, "
      "(SELECT min(s.decided_at) FROM ledger_submission s WHERE s.ledger_id = l.ledger_id AND "
      "s.outcome = 'accepted') AS accepted_at "
      "FROM organisation o LEFT JOIN ledger l ON l.organisation_id = o.organisation_id AND l.year "
      "= ? WHERE " +
          where.sql +
          " AND o.valid_from_on <= ? AND (o.valid_to_on IS NULL OR o.valid_to_on >= ?) AND "
          "o.parent_id IS NOT NULL AND o.side <> 'supervision' ORDER BY o.organisation_id",
      values);
  if (!rows) return fail(rows.error());
  std::vector<LateUnit> units;
  for (const auto& row : *rows) {
    LateUnit unit;
    unit.organisation = row.text("organisation_id");
    unit.unit = row.text("name_zh");
    unit.ledger = row.maybe_integer("ledger_id");
    unit.state = row.maybe_text("state").value_or("none");
    if (const auto at = row.maybe_integer("submitted_at")) unit.submitted_on = Instant{*at}.day();
    if (const auto at = row.maybe_integer("accepted_at")) unit.in_force_on = Instant{*at}.day();
    unit.lateness = lateness_of(deadlines, unit.submitted_on, unit.in_force_on, as_of);
    if (!unit.lateness.kind.empty()) units.push_back(std::move(unit));
  }
  std::stable_sort(units.begin(), units.end(), [](const LateUnit& a, const LateUnit& b) {
    return a.lateness.days > b.lateness.days;
  });
  return units;
}

}  // namespace anlan::ledger
