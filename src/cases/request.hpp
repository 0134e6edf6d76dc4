#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.hpp"
#include "base/instant.hpp"
#include "base/month.hpp"
#include "cases/case_id.hpp"
#include "fund/work_calendar.hpp"
#include "store/database.hpp"

namespace anlan::cases {

using RequestId = RecordId<struct CaseRequestTable>;

enum class RequestState { waiting, answered, withdrawn };
std::string_view name_of(RequestState state);

/// 协查函 (R42): a question to an organisation of the tree, or to a department outside it.
struct NewRequest {
  CaseId of;
  std::string to_organisation;  ///< "" if it goes outside
  std::string to_department;  ///< 公安局, 民政局 …; "" if it goes to an organisation of the tree
  std::string number;         ///< of the letter
  std::string question;
  int working_days = 0;  ///< to answer in
};

struct Request {
  RequestId id;
  NewRequest made;
  RequestState state = RequestState::waiting;
  Date due_on;  ///< the last day to answer
  Instant sent_at;
  std::int64_t sent_by_person = 0;
  std::string answer;
  std::string answer_document;
  std::string file_sha256;
  std::optional<Instant> answered_at;
  std::int64_t answered_by_person = 0;
  std::string withdrawn_reason;
  bool overdue = false;  ///< waits, and its day is over
  bool late = false;     ///< was answered after its day
  std::int64_t version = 0;
};

// Rights, scope, versions and the journal as in disposal.hpp.

/// Needs "case_work". The case may wait for it suspended, and its own clock stands then (that is
/// the case's business). Errors: invalid_input "request.text", "request.to" (exactly one of
/// organisation and department), "request.days" (1 to 250); not_found "access.no_organisation".
Result<RequestId> send_request(store::Transaction& transaction, const access::Actor& actor,
                               const fund::WorkCalendar& calendar, const NewRequest& request,
                               Instant now);

struct Answer {
  std::string text;
  std::string document;
  std::string file_sha256;  ///< "" if there is none
};
/// By the organisation that was asked, with "request_answer" there; what a department outside says
/// is entered with "case_work" in the case's organisation. Errors: not_found "request.not_found";
/// conflict "request.state"; invalid_input "request.text", "request.file".
Status answer_request(store::Transaction& transaction, const access::Actor& actor, RequestId id,
                      std::int64_t version, const Answer& answer, Instant now);

/// Needs "case_work" in the case's organisation. Errors: conflict "request.state"; invalid_input
/// "request.text" (no reason).
Status withdraw_request(store::Transaction& transaction, const access::Actor& actor, RequestId id,
                        std::int64_t version, const std::string& reason, Instant now);

/// Seen by who may read the case, and by the organisation that is asked. Errors: not_found
/// "request.not_found".
Result<Request> find_request(store::Transaction& transaction, const access::Actor& actor,
                             RequestId id, Date today);
/// Of one case, or (no case) all that the actor's organisations sent or are to answer; by day due.
Result<std::vector<Request>> list_requests(store::Transaction& transaction,
                                           const access::Actor& actor, std::optional<CaseId> of,
                                           Date today);

}  // namespace anlan::cases
