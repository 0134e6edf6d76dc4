#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/sha256.hpp"
#include "cases/recovery_table.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

using access::Actor;
using store::Transaction;

/// What is decided on, in canonical JSON, hashed.
std::string hash_of(RecoveryId id, Part part, Fen amount, const std::string& grounds) {
  const nlohmann::json content = {{"amount_fen", amount.value},
                                  {"grounds", grounds},
                                  {"part", std::string(name_of(part))},
                                  {"recovery", id.value}};
  return sha256_hex(content.dump());
}

Status check_asked(const Recovery& recovery, const catalog::RecoveryTerms& terms, Part part,
                   Fen amount, const std::string& grounds, Instant now) {
  if (amount.value <= 0)
    return fail(ErrorKind::invalid_input, "recovery.amount", std::to_string(amount.value));
  if (auto right = check_text("recovery.text", "grounds", grounds); !right) return right;
  const auto balance = balance_of(recovery, terms, now.day());
  if (!balance) return fail(balance.error());
  const Fen open = part == Part::principal ? balance->open : balance->interest_open;
  if (amount > open)
    return fail(ErrorKind::conflict, "recovery.balance",
                fmt::format("{}: open are {} fen", word_of(recovery.id), open.value));
  return {};
}

/// Whoever registered what is owed, or said that it was paid, decides nothing about giving it up.
Status bind_handlers(Transaction& transaction, const Actor& actor, duties::MatterId matter,
                     const Recovery& recovery, Instant now) {
  const auto row = transaction.query_one(
      "SELECT made_by_person FROM recovery WHERE recovery_id = ?", {recovery.id.value});
  if (!row) return fail(row.error());
  std::set<std::int64_t> persons = {(*row)->integer("made_by_person")};
  for (const auto& line : recovery.lines) persons.insert(line.by_person);
  for (const auto person : persons) {
    if (auto bound = duties::add_handler(transaction, actor, matter, {person}, "", now); !bound)
      return bound;
  }
  return {};
}

/// A recovery of a case that is open, in the actor's scope: what a maker of a write-off needs
/// besides is asked by the chain.
Result<RecoveryToActOn> recovery_seen(Transaction& transaction, const Actor& actor, RecoveryId id) {
  auto recovery = load_recovery(transaction, id);
  if (!recovery) return fail(recovery.error());
  auto of = case_itself(transaction, recovery->made.of);
  if (!of) return fail(of.error());
  if (!actor.sees(of->organisation))
    return fail(ErrorKind::not_found, "recovery.not_found", word_of(id));
  if (of->state == "closed") return fail(ErrorKind::conflict, "case.closed", word_of(of->id));
  return RecoveryToActOn{std::move(*recovery), std::move(*of)};
}

Result<WriteOff> load_write_off(Transaction& transaction, WriteOffId id) {
  const auto row =
      transaction.query_one("SELECT * FROM write_off WHERE write_off_id = ?", {id.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "recovery.no_write_off", std::to_string(id.value));
  return write_off_from(**row);
}

Status update(Transaction& transaction, const Actor& actor, WriteOffId id,
              const store::Fields& fields, Instant now) {
  const auto row =
      transaction.query_one("SELECT version FROM write_off WHERE write_off_id = ?", {id.value});
  if (!row) return fail(row.error());
  return store::update_record(transaction, {"write_off", "write_off_id", id.value},
                              (*row)->integer("version"), fields, actor.stamp(now));
}

}  // namespace

Result<WriteOff> ask_write_off(Transaction& transaction, const duties::Rules& rules,
                               const Actor& actor, const catalog::RecoveryTerms& terms,
                               RecoveryId id, std::int64_t version, Part part, Fen amount,
                               const std::string& given, const std::string& post, Instant now) {
  const auto grounds = kept_prose(given);
  const auto found = recovery_seen(transaction, actor, id);
  if (!found) return fail(found.error());
  if (auto right = check_asked(found->recovery, terms, part, amount, grounds, now); !right)
    return fail(right.error());
  const auto open = transaction.query_one(
      "SELECT write_off_id FROM write_off WHERE recovery_id = ? AND state = 'asked'", {id.value});
  if (!open) return fail(open.error());
  if (*open) return fail(ErrorKind::conflict, "recovery.write_off_open", word_of(id));
  WriteOff asked{{}, id, {}, part, amount, grounds, hash_of(id, part, amount, grounds), "asked"};
  const auto matter = duties::open_matter(transaction, rules, actor,
                                          {"write_off",
                                           found->of.organisation,
                                           word_of(found->of.id) + "/" + word_of(id),
                                           asked.content_hash,
                                           post,
                                           {found->of.subject}},
                                          now);
  if (!matter) return fail(matter.error());
  asked.matter = *matter;
  if (auto bound = bind_handlers(transaction, actor, *matter, found->recovery, now); !bound)
    return fail(bound.error());
  // The recovery moves on too, so that who saw it before this was asked is told.
  const auto moved =
      store::update_record(transaction, {"recovery", "recovery_id", id.value}, version,
                           {{"basis", found->recovery.made.basis}}, actor.stamp(now));
  if (!moved) return fail(moved.error());
  const auto made = store::insert_numbered(transaction, "write_off", "write_off_id",
                                           {{"recovery_id", id.value},
                                            {"matter_id", matter->value},
                                            {"part", name_of(part)},
                                            {"amount_fen", amount.value},
                                            {"grounds", grounds},
                                            {"content_hash", asked.content_hash},
                                            {"state", "asked"}},
                                           actor.stamp(now));
  if (!made) return fail(made.error());
  asked.id = {*made};
  const auto told = tell_of(transaction, actor, found->of,
                            {"recovery.write_off_asked",
                             word_of(id),
                             {{"matter", duties::word_of(*matter)},
                              {"part", std::string(name_of(part))},
                              {"content", asked.content_hash}},
                             {{"amount_fen", amount.value}},
                             {{"grounds", grounds}}},
                            now);
  if (!told) return fail(told.error());
  return asked;
}

Status change_write_off(Transaction& transaction, const duties::Rules& rules, const Actor& actor,
                        const catalog::RecoveryTerms& terms, WriteOffId id,
                        std::int64_t matter_version, Fen amount, const std::string& given,
                        const std::string& post, Instant now) {
  const auto grounds = kept_prose(given);
  const auto asked = load_write_off(transaction, id);
  if (!asked) return fail(asked.error());
  const auto found = recovery_seen(transaction, actor, asked->recovery);
  if (!found) {
    if (found.error().code == "recovery.not_found")
      return fail(ErrorKind::not_found, "recovery.no_write_off", std::to_string(id.value));
    return fail(found.error());
  }
  if (auto right = check_asked(found->recovery, terms, asked->part, amount, grounds, now); !right)
    return right;
  const auto hash = hash_of(asked->recovery, asked->part, amount, grounds);
  if (auto changed = duties::change_matter(transaction, rules, actor, asked->matter, matter_version,
                                           hash, post, now);
      !changed)
    return changed;
  if (auto bound = bind_handlers(transaction, actor, asked->matter, found->recovery, now); !bound)
    return bound;
  if (auto updated =
          update(transaction, actor, id,
                 {{"amount_fen", amount.value}, {"grounds", grounds}, {"content_hash", hash}}, now);
      !updated)
    return updated;
  return tell_of(transaction, actor, found->of,
                 {"recovery.write_off_changed",
                  word_of(asked->recovery),
                  {{"matter", duties::word_of(asked->matter)}, {"content", hash}},
                  {{"amount_fen", amount.value}},
                  {{"grounds", grounds}}},
                 now);
}

Result<std::vector<WriteOff>> list_write_offs(Transaction& transaction, const Actor& actor,
                                              RecoveryId id) {
  if (const auto recovery = find_recovery(transaction, actor, id); !recovery)
    return fail(recovery.error());
  const auto rows = transaction.query(
      "SELECT * FROM write_off WHERE recovery_id = ? ORDER BY write_off_id", {id.value});
  if (!rows) return fail(rows.error());
  std::vector<WriteOff> all;
  for (const auto& row : *rows) all.push_back(write_off_from(row));
  return all;
}

}  // namespace anlan::cases
