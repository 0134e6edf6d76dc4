#include "duties/breaches.hpp"

#include <algorithm>
#include <map>

#include "access/posts.hpp"

namespace anlan::duties {
namespace {

std::string place_of(const catalog::Holding& holding) {
  return holding.post + " " + holding.organisation;
}

bool is_controlled(const std::vector<access::HeldPost>& held, const catalog::Holding& holding) {
  return std::any_of(held.begin(), held.end(), [&](const access::HeldPost& one) {
    return one.post == holding.post && one.organisation == holding.organisation &&
           !one.control.empty();
  });
}

/// Rows (matter_id, person_id, round, step_name, post) of what a query finds, as one kind of
/// breach.
Status add_found(store::Transaction& transaction, const std::string& sql, const std::string& code,
                 std::vector<Breach>& breaches) {
  const auto rows = transaction.query(sql);
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    Breach breach;
    breach.person = {row.integer("person_id")};
    breach.code = code;
    breach.matter = word_of(MatterId{row.integer("matter_id")});
    breach.detail = row.text("step_name") + " " + row.text("post");
    breaches.push_back(std::move(breach));
  }
  return {};
}

constexpr auto select_decision =
    "SELECT DISTINCT d.matter_id, d.person_id, d.round, d.step_name, d.post FROM matter_decision "
    "d ";

/// One person's parts in one matter, over all rounds, in pairs of two.
Status add_pairs(store::Transaction& transaction, const Rules& rules,
                 std::vector<Breach>& breaches) {
  const auto rows = transaction.query(
      "SELECT p.matter_id, p.person_id, p.part, p.post, d.step_name, m.chain"
      " FROM matter_person p JOIN matter m ON m.matter_id = p.matter_id"
      " LEFT JOIN matter_decision d ON d.matter_id = p.matter_id AND d.round = p.round"
      " AND d.person_id = p.person_id ORDER BY p.matter_id, p.person_id, p.round");
  if (!rows) return fail(rows.error());
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<catalog::MatterPart>> parts;
  for (const auto& row : *rows) {
    catalog::MatterPart part{row.text("post"), ""};
    if (const auto* chain = rules.duties.chain(row.text("chain")); chain != nullptr) {
      if (row.text("part") == "maker") part.role = chain->maker_role;
      for (const auto& step : chain->steps) {
        if (row.maybe_text("step_name") == step.name) part.role = step.role;
      }
    }
    auto& earlier = parts[{row.integer("matter_id"), row.integer("person_id")}];
    for (const auto& one : earlier) {
      for (const auto& code : rules.duties.broken_in_matter(one, part)) {
        breaches.push_back({{row.integer("person_id")},
                            code,
                            catalog::PairLevel::hard,
                            false,
                            word_of(MatterId{row.integer("matter_id")}),
                            one.post + " – " + part.post});
      }
    }
    earlier.push_back(std::move(part));
  }
  return {};
}

/// Approved matters whose steps were not all decided by as many as their chain asks.
Status add_incomplete(store::Transaction& transaction, const Rules& rules,
                      std::vector<Breach>& breaches) {
  const auto rows = transaction.query(
      "SELECT m.matter_id, m.chain, m.chain_version, p.person_id, d.step_name, d.n FROM matter m"
      " JOIN (SELECT matter_id, min(person_id) AS person_id FROM matter_person"
      "   WHERE part = 'maker' GROUP BY matter_id) p ON p.matter_id = m.matter_id"
      " LEFT JOIN (SELECT matter_id, round, step_name, count(*) AS n FROM matter_decision"
      "   WHERE verdict = 'approve' GROUP BY matter_id, round, step_name) d"
      "   ON d.matter_id = m.matter_id AND d.round = m.round"
      " WHERE m.state = 'approved' ORDER BY m.matter_id, d.step_name");
  if (!rows) return fail(rows.error());
  struct Counted {
    const catalog::Chain* chain;
    std::int64_t maker;
    std::map<std::string, std::int64_t> approvals;
  };
  std::map<std::int64_t, Counted> counted;
  for (const auto& row : *rows) {
    const auto* chain = rules.duties.chain(row.text("chain"));
    // A chain that was edited since says nothing of matters decided under the old one.
    if (chain == nullptr || version_of(*chain) != row.text("chain_version")) continue;
    auto& one = counted[row.integer("matter_id")];
    one.chain = chain;
    one.maker = row.integer("person_id");
    if (!row.is_null("step_name")) one.approvals[row.text("step_name")] = row.integer("n");
  }
  for (const auto& [matter, one] : counted) {
    for (const auto& step : one.chain->steps) {
      const auto found = one.approvals.find(step.name);
      const auto n = found == one.approvals.end() ? 0 : found->second;
      if (n >= step.quorum) continue;
      breaches.push_back({{one.maker},
                          "incomplete",
                          catalog::PairLevel::hard,
                          false,
                          word_of(MatterId{matter}),
                          step.name + " " + std::to_string(n) + "/" + std::to_string(step.quorum)});
    }
  }
  return {};
}

/// Outside staff at steps that are not open to them.
Status add_outside_staff(store::Transaction& transaction, const Rules& rules,
                         std::vector<Breach>& breaches) {
  const auto rows = transaction.query(
      "SELECT d.matter_id, d.person_id, d.step_name, d.post, m.chain FROM matter_decision d"
      " JOIN matter m ON m.matter_id = d.matter_id JOIN person p ON p.person_id = d.person_id"
      " WHERE p.staff_kind = 'vendor' ORDER BY d.decision_id");
  if (!rows) return fail(rows.error());
  for (const auto& row : *rows) {
    const auto* chain = rules.duties.chain(row.text("chain"));
    const bool open_to_them =
        chain != nullptr &&
        std::any_of(chain->steps.begin(), chain->steps.end(), [&](const catalog::ChainStep& step) {
          return step.name == row.text("step_name") && step.outside_staff;
        });
    if (open_to_them) continue;
    breaches.push_back({{row.integer("person_id")},
                        "outside_staff",
                        catalog::PairLevel::hard,
                        false,
                        word_of(MatterId{row.integer("matter_id")}),
                        row.text("step_name") + " " + row.text("post")});
  }
  return {};
}

}  // namespace

Result<std::vector<Breach>> breaches_held(store::Transaction& transaction, const Rules& rules,
                                          Instant now) {
  const auto persons =
      transaction.query("SELECT person_id, staff_kind FROM person ORDER BY person_id");
  if (!persons) return fail(persons.error());
  std::vector<Breach> breaches;
  for (const auto& row : *persons) {
    const access::PersonId person{row.integer("person_id")};
    const auto held = access::posts_of_person(transaction, person, now);
    if (!held) return fail(held.error());
    std::vector<catalog::Holding> holdings;
    for (const auto& one : *held) holdings.push_back({one.post, one.organisation});
    const catalog::PersonFacts facts{.outside_staff = row.text("staff_kind") == "vendor"};
    for (const auto& broken : rules.duties.broken_by(holdings, facts)) {
      Breach breach;
      breach.person = person;
      breach.code = broken.code;
      breach.level = broken.level;
      breach.controlled = broken.level == catalog::PairLevel::soft &&
                          (is_controlled(*held, broken.one) || is_controlled(*held, broken.other));
      breach.detail = place_of(broken.one);
      if (!broken.other.post.empty()) breach.detail += " – " + place_of(broken.other);
      breaches.push_back(std::move(breach));
    }
  }
  return breaches;
}

Result<std::vector<Breach>> breaches_decided(store::Transaction& transaction, const Rules& rules) {
  const std::string decision = select_decision;
  const std::pair<std::string, const char*> queries[] = {
      // Later makers do not count: who decided may change the content afterwards.
      {decision + "JOIN matter_person p ON p.matter_id = d.matter_id AND p.person_id = d.person_id"
                  " AND p.part = 'maker' AND p.round <= d.round",
       "maker"},
      {decision + "JOIN matter_person p ON p.matter_id = d.matter_id AND p.person_id = d.person_id"
                  " AND p.part = 'handler' AND p.round <= d.round",
       "handler"},
      {decision + "JOIN matter_decision o ON o.matter_id = d.matter_id AND o.round = d.round"
                  " AND o.person_id = d.person_id AND o.decision_id <> d.decision_id",
       "decided"},
      {decision + "JOIN matter_subject s ON s.matter_id = d.matter_id JOIN person_identity i"
                  " ON i.person_id = d.person_id AND i.id_no_blind = s.id_no_blind",
       "subject"},
      {decision + "JOIN matter_subject s ON s.matter_id = d.matter_id JOIN kinship k"
                  " ON k.person_id = d.person_id AND k.kin_id_no_blind = s.id_no_blind",
       "kin"},
      {decision + "JOIN matter_subject s ON s.matter_id = d.matter_id JOIN person_identity i"
                  " ON i.id_no_blind = s.id_no_blind JOIN kinship k ON k.person_id = i.person_id"
                  " JOIN person_identity me ON me.person_id = d.person_id"
                  " AND me.id_no_blind = k.kin_id_no_blind",
       "kin"},
      {decision + "WHERE d.post <> '' AND NOT EXISTS (SELECT 1 FROM post_holding h"
                  " WHERE h.person_id = d.person_id AND h.post = d.post"
                  " AND h.organisation_id = d.organisation_id AND h.held_from_at <= d.decided_at"
                  " AND (h.held_to_at IS NULL OR h.held_to_at > d.decided_at))"
                  " AND NOT EXISTS (SELECT 1 FROM post_cover c WHERE c.person_id = d.person_id"
                  " AND c.post = d.post AND c.organisation_id = d.organisation_id"
                  " AND c.starts_at <= d.decided_at AND c.ends_at > d.decided_at)",
       "post_not_held"},
      {decision + "JOIN matter m ON m.matter_id = d.matter_id AND m.round = d.round"
                  " WHERE m.content_hash <> d.content_hash",
       "content"},
  };
  std::vector<Breach> breaches;
  for (const auto& [sql, code] : queries) {
    if (auto added = add_found(transaction, sql + " ORDER BY d.matter_id, d.round, d.person_id",
                               code, breaches);
        !added)
      return fail(added.error());
  }
  for (auto* add : {add_outside_staff, add_pairs, add_incomplete}) {
    if (auto added = add(transaction, rules, breaches); !added) return fail(added.error());
  }
  return breaches;
}

}  // namespace anlan::duties
