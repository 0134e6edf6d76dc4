#pragma once

// For tests only: the tree's catalog, read once, and a small ledger.

#include <filesystem>

#include "catalog/catalog.hpp"
#include "ledger/content.hpp"

namespace anlan::ledger {

inline const catalog::Catalog& test_catalog() {
  static const auto catalog =
      catalog::Catalog::load(std::filesystem::path(ANLAN_SOURCE_DIR) / "catalog");
  return *catalog;
}

/// Two rows: 张伟 and 王芳 are directly responsible, 周建国 heads both departments, 孙立军 the
/// unit.
inline Content small_content() {
  Content content{"d03-agency", "某区社保中心 <甲&乙>", 2018, {}};
  RiskPoint first;
  first.node = "DTH-01";
  first.department = "待遇科（清算）";
  first.risk = "死亡后继续领取待遇";
  first.stage = "payment";
  first.phase = "after";
  first.origin = "external";
  first.domain = "business";
  first.subject = "individual";
  first.likelihood = 4;
  first.impact = 4;
  first.measures = {{"BU-06", "待遇领取资格常态核验：数据比对"}, {"", "本单位自定：双人上门"}};
  first.direct = {1, "张伟"};
  first.department_head = {3, "周建国"};
  first.unit_head = {4, "孙立军"};
  RiskPoint second = first;
  second.node = "PAY-01";
  second.department = "支付科（制单）";
  second.risk = "批次外加发";
  second.measures = {{"FI-04", "业务财务一体化：按批次生成凭证"}};
  second.direct = {2, "王芳"};
  content.points = {first, second};
  return content;
}

}  // namespace anlan::ledger
