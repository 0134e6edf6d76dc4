#pragma once

#include "documents/docx.hpp"
#include "documents/xlsx.hpp"
#include "referral/pack.hpp"

namespace anlan::referral {

// The papers of a pack. Inside this folder only; pure.

/// When what the pack says was settled: the decision, or the proposal before there is one.
Instant settled_at(const PackContent& content);
/// 涉嫌犯罪案件移送书 with its receipt; of an official's clue: 职务违法犯罪问题线索移送书.
documents::Docx letter(const PackContent& content);
/// 涉嫌犯罪案件情况的调查报告.
documents::Docx report(const PackContent& content);
documents::Workbook item_list(const PackContent& content);
documents::Workbook money_list(const PackContent& content);
/// `names`: of the files in the archive, one for each piece of evidence.
documents::Workbook evidence_list(const PackContent& content,
                                  const std::vector<std::string>& names);

}  // namespace anlan::referral
