#include "referral/referral_table.hpp"

#include <nlohmann/json.hpp>

#include "base/sha256.hpp"

namespace anlan::referral {
namespace {

using store::Transaction;
using Json = nlohmann::json;

Json items_json(const std::vector<Item>& items) {
  Json all = Json::array();
  for (const auto& item : items)
    all.push_back({{"name", item.name},
                   {"quantity", item.quantity},
                   {"features", item.features},
                   {"kept_at", item.kept_at}});
  return all;
}

/// Of a text that items_text made.
std::vector<Item> items_of(const std::string& text) {
  std::vector<Item> items;
  for (const auto& one : Json::parse(text)) {
    items.push_back({one.at("name").get<std::string>(), one.at("quantity").get<std::string>(),
                     one.at("features").get<std::string>(), one.at("kept_at").get<std::string>()});
  }
  return items;
}

Assessment assessment_named(const std::string& name) {
  if (name == name_of(Assessment::must_assess)) return Assessment::must_assess;
  return name == name_of(Assessment::near) ? Assessment::near : Assessment::no;
}

Referral referral_from(const store::Row& row) {
  Referral referral;
  referral.id = {row.integer("referral_id")};
  referral.number = row.text("number");
  referral.made = {{row.integer("case_id")},
                   row.text("offence"),
                   *subject_kind_named(row.text("subject_kind")),
                   static_cast<int>(row.integer("persons")),
                   Fen{row.integer("amount_fen")},
                   row.flag("aggravated"),
                   row.text("addressee"),
                   row.text("facts"),
                   items_of(row.text("items")),
                   {row.integer("second_officer")}};
  referral.case_number = row.text("case_number");
  referral.case_organisation = row.text("case_organisation");
  referral.organisation = row.text("organisation_id");
  referral.assessment = assessment_named(row.text("assessment"));
  referral.first_officer = {row.integer("first_officer")};
  referral.content_hash = row.text("content_hash");
  referral.matter = {row.integer("matter_id")};
  referral.state = row.text("state");
  referral.over = row.flag("over");
  referral.version = row.integer("version");
  return referral;
}

Status load_events(Transaction& transaction, Referral& referral) {
  const auto rows = transaction.query(
      "SELECT * FROM referral_event WHERE referral_id = ? ORDER BY event_id", {referral.id.value});
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    referral.events.push_back({row.text("event"),
                               {row.integer("happened_at")},
                               row.text("document"),
                               row.maybe_text("file_sha256").value_or(""),
                               row.text("note"),
                               {row.integer("person_id")},
                               {row.integer("told_at")}});
  }
  return {};
}

}  // namespace

std::string items_text(const std::vector<Item>& items) {
  return items_json(items).dump();
}

std::string hash_of(const NewReferral& referral, access::PersonId first_officer) {
  const Json content = {{"addressee", referral.addressee},
                        {"aggravated", referral.aggravated},
                        {"amount_fen", referral.amount.value},
                        {"case", referral.of.value},
                        {"facts", referral.facts},
                        {"first_officer", first_officer.value},
                        {"items", items_json(referral.items)},
                        {"offence", referral.offence},
                        {"persons", referral.persons},
                        {"second_officer", referral.second_officer.value},
                        {"subject_kind", std::string(name_of(referral.subject))}};
  return sha256_hex(content.dump());
}

Result<std::vector<Referral>> load_where(Transaction& transaction, const std::string& where,
                                         const std::vector<store::Value>& values) {
  const auto rows = transaction.query(
      "SELECT r.*, c.number AS case_number, c.organisation_id AS case_organisation FROM referral r"
      " JOIN case_file c ON c.case_id = r.case_id WHERE " +
          where + " ORDER BY r.referral_id",
      values);
  if (!rows) return fail(rows.error());
  std::vector<Referral> referrals;
  for (const auto& row : *rows) {
    referrals.push_back(referral_from(row));
    if (auto loaded = load_events(transaction, referrals.back()); !loaded)
      return fail(loaded.error());
  }
  return referrals;
}

Result<Referral> load(Transaction& transaction, ReferralId id) {
  auto found = load_where(transaction, "r.referral_id = ?", {id.value});
  if (!found) return fail(found.error());
  if (found->empty()) return fail(ErrorKind::not_found, "referral.not_found", word_of(id));
  return std::move(found->front());
}

Status put_event(Transaction& transaction, const access::Actor& actor, ReferralId id,
                 const NewEvent& event, Instant now) {
  const auto file = event.file_sha256.empty() ? store::Value()
                                              : store::Value(std::string_view(event.file_sha256));
  const auto put = transaction.run(
      "INSERT INTO referral_event (referral_id, event, happened_at, document, file_sha256, note,"
      " person_id, made_by, told_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {id.value, event.event, event.at.ms, event.document, file, event.note, actor.person()->value,
       actor.who(), now.ms});
  if (!put) return fail(put.error());
  return {};
}

}  // namespace anlan::referral
