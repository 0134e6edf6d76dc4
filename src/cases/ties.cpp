#include "cases/ties.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "fund/id_number.hpp"
#include "journal/outbox.hpp"
#include "lake/deliveries.hpp"
#include "lake/derived.hpp"
#include "lake/engine.hpp"
#include "lake/views.hpp"
#include "store/record.hpp"

namespace anlan::cases {
namespace {

/// Rows of one INSERT.
constexpr std::size_t insert_rows = 500;

Result<lake::Connection> connection_to(const lake::Workspace& workspace,
                                       const catalog::Catalog& catalog) {
  const auto snapshot = lake::current_snapshot(workspace);
  if (!snapshot) return fail(snapshot.error());
  auto engine = lake::Engine::open({});
  if (!engine) return fail(engine.error());
  auto connection = engine->connect();
  if (!connection) return connection;
  if (auto made = lake::create_table_views(*connection, catalog, *snapshot); !made)
    return fail(made.error());
  if (auto made = lake::create_compat_macros(*connection); !made) return fail(made.error());
  for (const auto* view : lake::derived_closure(catalog, {"v_tie"})) {
    if (auto made = lake::create_derived_view(*connection, *view, false); !made)
      return fail(made.error());
  }
  return connection;
}

Status put_subjects(lake::Connection& connection, const std::vector<Subject>& subjects) {
  if (auto made = connection.run("CREATE TEMP TABLE wanted (subject_kind VARCHAR, id VARCHAR)");
      !made)
    return made;
  std::string rows;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    rows += (rows.empty() ? "(" : ", (") + sql_quoted(subjects[i].kind) + ", " +
            sql_quoted(subjects[i].id) + ")";
    if ((i + 1) % insert_rows != 0 && i + 1 != subjects.size()) continue;
    if (auto put = connection.run("INSERT INTO wanted VALUES " + rows); !put) return put;
    rows.clear();
  }
  return {};
}

/// The people who work the core system, by their ID number.
class Staff {
 public:
  static Result<Staff> read(lake::Connection& connection, const access::IdentityKey& key) {
    auto rows = connection.query(
        "SELECT coalesce(id_no, ''), coalesce(kin_ids, '') FROM operator WHERE kin_ids IS NOT "
        "NULL");
    if (!rows) return fail(rows.error());
    Staff staff;
    for (;;) {
      const auto more = rows->next();
      if (!more) return fail(more.error());
      if (!*more) return staff;
      const auto own = fund::IdNumber::parse(trim(rows->text(0)));
      if (!own) continue;
      const auto self = key.of_id_number(*own);
      for (const auto& number : kin_numbers(std::string(rows->text(1)))) {
        const auto kin = key.of_id_number(number);
        staff.kin_of_[self].insert(kin);
        staff.declared_by_[kin].insert(self);
      }
    }
  }

  /// Whom this operator declared, and who declared them.
  std::set<access::Blind> kin_of(const access::Blind& staff) const {
    std::set<access::Blind> all;
    for (const auto* side : {&kin_of_, &declared_by_}) {
      if (const auto found = side->find(staff); found != side->end())
        all.insert(found->second.begin(), found->second.end());
    }
    return all;
  }
  const std::map<access::Blind, std::set<access::Blind>>& declared_by() const {
    return declared_by_;
  }

 private:
  /// "A;B", with the separators that offices use.
  static std::vector<fund::IdNumber> kin_numbers(std::string text) {
    for (std::size_t at = 0; (at = text.find("；", at)) != std::string::npos;)
      text.replace(at, std::string_view("；").size(), ";");
    std::replace(text.begin(), text.end(), ',', ';');
    std::vector<fund::IdNumber> numbers;
    for (const auto& word : split(text, ';')) {
      if (const auto number = fund::IdNumber::parse(trim(word))) numbers.push_back(*number);
    }
    return numbers;
  }

  std::map<access::Blind, std::set<access::Blind>> kin_of_, declared_by_;
};

}  // namespace

access::Blind blind_of(const access::IdentityKey& key, const Subject& subject) {
  if (subject.kind == "person") {
    if (const auto number = fund::IdNumber::parse(subject.id)) return key.of_id_number(*number);
  }
  if (subject.kind == "account") return key.of_bank_account(subject.id);
  // The same keyed hash; the kind in front keeps the numbers of employers and hospitals apart.
  return key.of_bank_account(subject.kind + "|" + subject.id);
}

Result<std::vector<Tie>> find_ties(const lake::Workspace& workspace,
                                   const catalog::Catalog& catalog, const access::IdentityKey& key,
                                   const std::vector<Subject>& subjects) {
  auto connection = connection_to(workspace, catalog);
  if (!connection) return fail(connection.error());
  if (auto put = put_subjects(*connection, subjects); !put) return fail(put.error());
  const auto staff = Staff::read(*connection, key);
  if (!staff) return fail(staff.error());

  std::set<Tie> ties;
  for (const auto& subject : subjects) {
    const auto blind = blind_of(key, subject);
    const auto declared = staff->declared_by().find(blind);
    if (declared == staff->declared_by().end()) continue;
    for (const auto& one : declared->second) ties.insert({blind, one, "kin"});
  }
  auto rows = connection->query(
      "SELECT t.subject_kind, t.subject_id, t.staff_id_no, t.ground FROM v_tie t JOIN wanted w ON"
      " w.subject_kind = t.subject_kind AND w.id = t.subject_id");
  if (!rows) return fail(rows.error());
  for (;;) {
    const auto more = rows->next();
    if (!more) return fail(more.error());
    if (!*more) break;
    const auto number = fund::IdNumber::parse(rows->text(2));
    if (!number) continue;
    const auto subject = blind_of(key, {std::string(rows->text(0)), std::string(rows->text(1))});
    const auto person = key.of_id_number(*number);
    const std::string ground(rows->text(3));
    ties.insert({subject, person, ground});
    if (ground != "handler" && ground != "self") continue;
    for (const auto& kin : staff->kin_of(person))
      ties.insert({subject, kin, ground == "self" ? "kin" : "kin_of_handler"});
  }
  return std::vector<Tie>(ties.begin(), ties.end());
}

Status keep_ties(store::Transaction& transaction, const std::vector<Tie>& ties,
                 const std::string& who, Instant now) {
  const auto rows = transaction.query("SELECT subject_blind, staff_blind, ground FROM subject_tie");
  if (!rows) return fail(rows.error());
  std::set<Tie> before;
  for (const auto& row : *rows)
    before.insert({{row.bytes("subject_blind")}, {row.bytes("staff_blind")}, row.text("ground")});
  std::vector<Tie> came;
  for (const auto& tie : ties) {
    if (before.erase(tie) == 0) came.push_back(tie);
  }
  for (const auto& tie : before) {  // what is left of them
    const auto gone = transaction.run(
        "DELETE FROM subject_tie WHERE subject_blind = ? AND staff_blind = ? AND ground = ?",
        {tie.subject.value(), tie.staff.value(), tie.ground});
    if (!gone) return fail(gone.error());
  }
  for (const auto& tie : came) {
    const auto put = transaction.run(
        "INSERT INTO subject_tie (subject_blind, staff_blind, ground, found_at) VALUES (?, ?, ?, "
        "?)",
        {tie.subject.value(), tie.staff.value(), tie.ground, now.ms});
    if (!put) return fail(put.error());
  }
  if (came.empty() && before.empty()) return {};
  return journal::tell(transaction,
                       {.act = "ties.found",
                        .who = who,
                        .counts = {{"came", static_cast<std::int64_t>(came.size())},
                                   {"gone", static_cast<std::int64_t>(before.size())}}},
                       now);
}

Result<std::vector<TiedPerson>> tied_people(store::Transaction& transaction,
                                            const access::Blind& subject) {
  const auto rows = transaction.query(
      "SELECT i.person_id, t.ground, t.found_at FROM subject_tie t"
      " JOIN person_identity i ON i.id_no_blind = t.staff_blind WHERE t.subject_blind = ?"
      " UNION "
      "SELECT k.person_id, CASE t.ground WHEN 'self' THEN 'kin' ELSE 'kin_of_handler' END,"
      " t.found_at FROM subject_tie t JOIN kinship k ON k.kin_id_no_blind = t.staff_blind"
      " WHERE t.subject_blind = ? AND t.ground IN ('self', 'handler')"
      " UNION "
      "SELECT m.person_id, CASE t.ground WHEN 'self' THEN 'kin' ELSE 'kin_of_handler' END,"
      " t.found_at FROM subject_tie t JOIN person_identity i ON i.id_no_blind = t.staff_blind"
      " JOIN kinship k ON k.person_id = i.person_id"
      " JOIN person_identity m ON m.id_no_blind = k.kin_id_no_blind"
      " WHERE t.subject_blind = ? AND t.ground IN ('self', 'handler')"
      " ORDER BY person_id, ground, found_at",
      {subject.value(), subject.value(), subject.value()});
  if (!rows) return fail(rows.error());
  std::vector<TiedPerson> people;
  for (const auto& row : *rows) {
    TiedPerson one{{row.integer("person_id")}, row.text("ground"), {row.integer("found_at")}};
    if (!people.empty() && people.back().person == one.person && people.back().ground == one.ground)
      continue;
    people.push_back(std::move(one));
  }
  return people;
}

}  // namespace anlan::cases
