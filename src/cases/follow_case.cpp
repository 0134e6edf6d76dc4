#include "cases/follow_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "access/person.hpp"
#include "base/text.hpp"
#include "fund/masking.hpp"
#include "journal/outbox.hpp"

namespace anlan::cases {

Result<FollowCase> case_itself(store::Transaction& transaction, CaseId id) {
  const auto row = transaction.query_one(
      "SELECT number, organisation_id, state, subject_shown, subject_blind, version FROM case_file"
      " WHERE case_id = ?",
      {id.value});
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorKind::not_found, "case.not_found", word_of(id));
  return FollowCase{id,
                    (*row)->text("number"),
                    (*row)->text("organisation_id"),
                    (*row)->text("state"),
                    (*row)->text("subject_shown"),
                    {(*row)->bytes("subject_blind")},
                    (*row)->integer("version")};
}

Result<FollowCase> case_to_read(store::Transaction& transaction, const access::Actor& actor,
                                CaseId id, std::string_view right) {
  auto found = case_itself(transaction, id);
  if (!found) return found;
  if (!actor.sees(found->organisation))
    return fail(ErrorKind::not_found, "case.not_found", word_of(id));
  if (actor.how() != access::Authenticated::console && !actor.may(right, found->organisation))
    return fail(ErrorKind::forbidden, "access.no_right", std::string(right));
  return found;
}

Result<FollowCase> case_to_act_on(store::Transaction& transaction, const access::Actor& actor,
                                  CaseId id, std::string_view right) {
  auto found = case_itself(transaction, id);
  if (!found) return found;
  if (!actor.sees(found->organisation))
    return fail(ErrorKind::not_found, "case.not_found", word_of(id));
  if (const auto person = person_of(actor); !person) return fail(person.error());
  if (!actor.may(right, found->organisation))
    return fail(ErrorKind::forbidden, "access.no_right", std::string(right));
  if (auto free = check_impartial(transaction, *actor.person(), found->id, found->subject); !free)
    return fail(free.error());
  if (found->state == "closed") return fail(ErrorKind::conflict, "case.closed", word_of(id));
  return found;
}

Result<std::int64_t> person_of(const access::Actor& actor) {
  if (actor.how() == access::Authenticated::session && actor.person()) return actor.person()->value;
  return fail(ErrorKind::forbidden, "case.no_person", actor.who());
}

access::Scope reading_scope(const access::Actor& actor, std::string_view right) {
  return actor.how() == access::Authenticated::console ? actor.scope() : actor.scope_of(right);
}

Status check_text(const char* code, std::string_view field, std::string_view text, bool needed,
                  std::size_t most) {
  if (needed && trim(text).empty())
    return fail(ErrorKind::invalid_input, code, fmt::format("{} is empty", field));
  if (text.size() > most)
    return fail(ErrorKind::invalid_input, code,
                fmt::format("{} has {} bytes, at most {}", field, text.size(), most));
  return {};
}

std::string kept_prose(std::string_view text) {
  return fund::masked_numbers(trim(text));
}

std::string kept_reference(std::string_view text) {
  const auto words = trim(text);
  const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i;
    while (end < words.size() && in_word(words[end])) ++end;
    if (end == i) {
      out += words[i++];
      continue;
    }
    const auto word = words.substr(i, end - i);
    out += fund::is_id_number(word) ? fund::masked_id(word) : std::string(word);
    i = end;
  }
  return out;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string post_of(const access::Actor& actor) {
  return actor.posts().empty() ? std::string() : actor.posts().front().post;
}

Status tell_of(store::Transaction& transaction, const access::Actor& actor, const FollowCase& of,
               Told told, Instant now) {
  journal::Act act{.act = std::move(told.act),
                   .who = actor.who(),
                   .post = post_of(actor),
                   .subject = std::move(told.subject),
                   .refs = std::move(told.refs),
                   .counts = std::move(told.counts),
                   .personal = std::move(told.personal)};
  act.refs["case"] = word_of(of.id);
  act.refs["organisation"] = of.organisation;
  if (actor.person()) act.refs["person"] = access::word_of(*actor.person());
  return journal::tell(transaction, act, now);
}

}  // namespace anlan::cases
