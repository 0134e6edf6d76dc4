#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "access/actor.hpp"
#include "access/identity_key.hpp"
#include "base/instant.hpp"
#include "cases/case_id.hpp"
#include "cases/impartial.hpp"
#include "store/database.hpp"

namespace anlan::cases {

// What an act that belongs to a case asks of the case first. For this folder, and for `referral`.

struct FollowCase {
  CaseId id;
  std::string number;
  std::string organisation;
  std::string state;
  std::string subject_shown;
  access::Blind subject;
  std::int64_t version = 0;
};

/// A case the actor may read. The console reads everything. Errors: not_found "case.not_found",
/// also outside the actor's scope; forbidden "access.no_right".
Result<FollowCase> case_to_read(store::Transaction& transaction, const access::Actor& actor,
                                CaseId id, std::string_view right);

/// A case they may act on, in person. Errors: likewise; forbidden "case.no_person"; those of
/// check_impartial; conflict "case.closed".
Result<FollowCase> case_to_act_on(store::Transaction& transaction, const access::Actor& actor,
                                  CaseId id, std::string_view right);

/// The case without a look at who asks: for acts that a matter allows. Errors: not_found
/// "case.not_found".
Result<FollowCase> case_itself(store::Transaction& transaction, CaseId id);

/// Errors: forbidden "case.no_person".
Result<std::int64_t> person_of(const access::Actor& actor);

/// Where the actor's lists look: everything on the console, else where they have the right.
access::Scope reading_scope(const access::Actor& actor, std::string_view right);

/// Errors: invalid_input `code` naming the field: empty though it is needed, or longer than `most`
/// bytes.
Status check_text(const char* code, std::string_view field, std::string_view text,
                  bool needed = true, std::size_t most = 3000);

/// A text as it is kept: no ID number, phone or account number may stand in the desk.
std::string kept_prose(std::string_view text);
/// The number of a paper, a basis in law: no ID number.
std::string kept_reference(std::string_view text);

bool is_sha256(std::string_view text);

/// The post under which an act is noted: one the actor holds that gives the right.
std::string post_of(const access::Actor& actor);

struct Told {
  std::string act;      ///< "recovery.added"
  std::string subject;  ///< "recovery:7"
  std::map<std::string, std::string> refs;
  std::map<std::string, std::int64_t> counts;
  std::map<std::string, std::string> personal;
};
/// Tells the journal; the case goes into the refs, so that all entries of a case are found.
Status tell_of(store::Transaction& transaction, const access::Actor& actor, const FollowCase& of,
               Told told, Instant now);

}  // namespace anlan::cases
