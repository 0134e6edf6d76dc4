#include "referral/papers.hpp"

#include <fmt/format.h>

#include "documents/amount_words.hpp"
#include "documents/official.hpp"

namespace anlan::referral {
namespace {

using documents::Align;
using documents::official_text;

/// "移〔2026〕1号" of the number "2026-0001".
std::string paper_number(const Referral& referral) {
  const auto dash = referral.number.find('-');
  return fmt::format("移〔{}〕{}号", referral.number.substr(0, dash),
                     std::stoll(referral.number.substr(dash + 1)));
}

/// Thresholds are whole yuan.
std::string whole_yuan(Fen amount) {
  auto words = format_yuan(amount);
  if (words.ends_with(".00")) words.resize(words.size() - 3);
  return words + "元";
}

std::string party_words(const Party& party) {
  if (party.name.empty()) return party.id_no.empty() ? party.shown : party.id_no;
  return party.id_no.empty() ? party.name : fmt::format("{}（{}）", party.name, party.id_no);
}

std::string money_words(Fen amount) {
  return fmt::format("{}元（大写：人民币{}）", format_yuan(amount),
                     documents::amount_words(amount));
}

bool is_decided(const PackContent& content) {
  for (const auto& event : content.referral.events) {
    if (event.event == "approved") return true;
  }
  return false;
}

std::string result_words(const std::string& result) {
  if (result == "confirmed") return "属实";
  if (result == "partly") return "部分属实";
  if (result == "unfounded") return "不属实";
  if (result == "unverifiable") return "无法核实";
  return "未作结论";
}

std::string subject_words(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::individual:
      return "自然人";
    case SubjectKind::employer:
      return "用人单位";
    case SubjectKind::institution:
      return "服务机构";
    case SubjectKind::agency:
      return "经办机构";
    case SubjectKind::official:
      break;
  }
  return "公职人员";
}

/// Every paragraph of a longer text on its own.
std::string texts(std::string_view text) {
  std::string out;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out += official_text(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

documents::Docx paper(const PackContent& content, std::string title, std::string body) {
  documents::Docx docx;
  docx.title = std::move(title);
  docx.made_on = settled_at(content).day();
  docx.page = documents::official_page();
  docx.body = std::move(body);
  docx.footer = documents::official_page_number();
  return docx;
}

std::string draft_mark(const PackContent& content) {
  return is_decided(content) ? "" : "（送审稿）";
}

/// To be cut off and sent back.
std::string receipt(const PackContent& content, const std::string& title) {
  documents::ParagraphStyle head;
  head.align = Align::centre;
  head.page_break_before = true;
  head.line_exact = 700;
  head.after = 280;
  std::string body =
      documents::paragraph(documents::run("回　　执", {"方正小标宋简体", 44, false}), head);
  body += documents::official_addressee(content.organ);
  body += official_text(fmt::format("你单位移送的《{}》（{}）及所附材料收悉。", title,
                                    paper_number(content.referral)));
  body += official_text("接收人（签字）：");
  body += official_text("联系电话：");
  documents::ParagraphStyle right;
  right.align = Align::right;
  right.line_exact = 560;
  right.right_chars = 400;
  right.char_width = 320;
  const documents::RunStyle type{"仿宋_GB2312", 32, false};
  body += documents::paragraph(documents::run("", type), right);
  body += documents::paragraph(documents::run("接收机关（印章）", type), right);
  body += documents::paragraph(documents::run("年　　月　　日", type), right);
  return body;
}

std::string threshold_table(const PackContent& content) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& one : content.answer.levels) {
    const auto& level = *one.level;
    rows.push_back({level.title.zh,
                    level.to ? whole_yuan(level.from) + "至" + whole_yuan(*level.to)
                             : whole_yuan(level.from) + "以上",
                    !level.to     ? "—"
                    : level.local ? whole_yuan(*level.local)
                                  : "未设定",
                    one.assessment == Assessment::must_assess ? "达到"
                    : one.assessment == Assessment::near      ? "接近"
                                                              : "未达到"});
  }
  return documents::table(
      {{2300, Align::centre}, {3245, Align::centre}, {1800, Align::centre}, {1500, Align::centre}},
      {"档次", "法定数额", "本市标准", "本案"}, rows, documents::official_table());
}

std::string lead_table(const PackContent& content) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& lead : content.leads)
    rows.push_back(
        {lead.lead_id, lead.title, result_words(lead.result), format_yuan(lead.confirmed)});
  return documents::table(
      {{2700, Align::left}, {3145, Align::left}, {1300, Align::centre}, {1700, Align::right}},
      {"疑点编号", "疑点", "核查结论", "属实金额（元）"}, rows, documents::official_table());
}

std::string money_table(const PackContent& content) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& one : content.money)
    rows.push_back({one.kind, one.document, documents::chinese_day(one.on),
                    one.amount ? format_yuan(*one.amount) : "—"});
  return documents::table(
      {{1700, Align::centre}, {3345, Align::left}, {2100, Align::centre}, {1700, Align::right}},
      {"事项", "文书、凭证或者依据", "日期", "金额（元）"}, rows, documents::official_table());
}

documents::Workbook workbook(const PackContent& content, const std::string& title,
                             std::vector<documents::SheetColumn> columns,
                             std::vector<std::vector<documents::SheetCell>> rows) {
  documents::Sheet sheet;
  sheet.name = title;
  sheet.title = title;
  sheet.line = fmt::format("{}　案件 {}　移送文号 {}", content.organ, content.referral.case_number,
                           paper_number(content.referral));
  sheet.columns = std::move(columns);
  sheet.rows = std::move(rows);
  sheet.footer = "&C第 &P 页　共 &N 页";
  return {title, settled_at(content), {std::move(sheet)}};
}

}  // namespace

Instant settled_at(const PackContent& content) {
  Instant at;
  for (const auto& event : content.referral.events) {
    if (event.event == "proposed") at = event.at;
    if (event.event == "approved" || event.event == "refused") at = event.at;
  }
  return at;
}

documents::Docx letter(const PackContent& content) {
  const auto& referral = content.referral;
  const auto& offence = *content.offence;
  const std::string title = offence.official ? "职务违法犯罪问题线索移送书" : "涉嫌犯罪案件移送书";
  std::string body = documents::official_organ(content.organ) +
                     documents::official_title(title + draft_mark(content)) +
                     documents::official_number(paper_number(referral)) +
                     documents::official_addressee(referral.made.addressee);
  body += official_text(fmt::format(
      "我单位在社会保险基金监督工作中办理的{}号案件，经调查，当事人{}的行为涉嫌{}"
      "（《中华人民共和国刑法》"
      "{}），涉案金额{}{}。",
      referral.case_number, party_words(content.party), offence.title.zh, offence.article,
      money_words(referral.made.amount),
      referral.made.persons > 1 ? fmt::format("，涉案{}人", referral.made.persons) : ""));
  const auto decided = documents::chinese_day(settled_at(content).day());
  const auto approval = is_decided(content) ? fmt::format("经我单位主要负责人于{}批准", decided)
                                            : std::string("经我单位主要负责人批准（待批）");
  if (offence.official) {
    body +=
        official_text(fmt::format("根据《中华人民共和国监察法》第三十四条的规定，{}"
                                  "，现将该问题线索移送你单位，请依法处理，并将处理"
                                  "结果书面告知我单位。",
                                  approval));
  } else {
    body +=
        official_text(fmt::format("根据《行政执法机关移送涉嫌犯罪案件的规定》（国务院令第310号）第"
                                  "三条、第五条的规定，{}，现将该案"
                                  "移送你单位。",
                                  approval));
    body += official_text(
        "请你单位依照该规定第七条在回执上签字，并依照第八条自接受移送案件之日起3日内，依法作出立案"
        "或者不予"
        "立案的决定，书面通知我单位。不属于你单位管辖的，请在24小时内转送有管辖权的机关，并书面告知"
        "我单位。");
  }
  body += documents::official_enclosure("附件：", "1. 涉嫌犯罪案件情况的调查报告");
  body += documents::official_enclosure("", "2. 涉案物品清单");
  body += documents::official_enclosure("", "3. 资金与处置清单");
  body += documents::official_enclosure(
      "", fmt::format("4. 证据目录及证据材料（{}件）", content.evidence.size()));
  body += documents::official_enclosure("", "5. 办案日志的证明材料");
  body += documents::official_signers(
      fmt::format("办案人员：{}、{}", content.first_officer, content.second_officer));
  body += documents::official_signature(content.organ, settled_at(content).day());
  body += receipt(content, title);
  return paper(content, title, body);
}

documents::Docx report(const PackContent& content) {
  const auto& referral = content.referral;
  const std::string title = "涉嫌犯罪案件情况的调查报告";
  std::string body = documents::official_title(title + draft_mark(content));
  body += documents::official_number(fmt::format("案件编号：{}", referral.case_number));
  body += documents::official_heading("一、案件来源");
  body += official_text(
      fmt::format("本案由社会保险基金监督系统比对发现的{}条疑点并案核查形成，由{}办理。",
                  content.leads.size(), content.organ));
  body += documents::official_heading("二、当事人");
  body += official_text(fmt::format("{}：{}。涉案{}人。", subject_words(referral.made.subject),
                                    party_words(content.party), referral.made.persons));
  body += documents::official_heading("三、调查经过");
  for (const auto& step : content.steps)
    body += official_text(fmt::format("{}，{}。", documents::chinese_day(step.on), step.what));
  body += documents::official_heading("四、查明的事实");
  body += texts(referral.made.facts);
  if (!content.leads.empty()) body += lead_table(content);
  body += documents::official_heading("五、追回和处置情况");
  body += content.money.empty() ? official_text("尚未登记追回和处置。") : money_table(content);
  body += documents::official_heading("六、移送依据和意见");
  body += official_text(fmt::format(
      "涉案金额{}。上述行为涉嫌{}（《中华人民共和国刑法》{}），数额对照如下：",
      money_words(referral.made.amount), content.offence->title.zh, content.offence->article));
  body += threshold_table(content);
  if (content.answer.local_not_set) {
    body += official_text(
        "本市在法定幅度内的执行标准尚未在系统中设定，上表按幅度下限对照，仅供评估，是否移送由单位主"
        "要负责人"
        "决定。");
  }
  body += documents::official_heading("七、证据");
  body += official_text(
      fmt::format("证据材料{}件，见《证据目录》，每件附SHA-256校验值。", content.evidence.size()));
  body += documents::official_signers(
      fmt::format("办案人员（签字）：{}　　{}", content.first_officer, content.second_officer));
  body += documents::official_signature(content.organ, settled_at(content).day());
  return paper(content, title, body);
}

documents::Workbook item_list(const PackContent& content) {
  std::vector<std::vector<documents::SheetCell>> rows;
  std::int64_t number = 0;
  for (const auto& item : content.referral.made.items)
    rows.push_back({++number, item.name, item.quantity, item.features, item.kept_at});
  if (rows.empty())
    rows.push_back(
        {std::string("—"), std::string("无"), std::string(), std::string(), std::string()});
  return workbook(content, "涉案物品清单",
                  {{"序号", 6, true},
                   {"名称", 30, false},
                   {"数量", 12, true},
                   {"特征", 40, false},
                   {"存放处", 24, false}},
                  std::move(rows));
}

documents::Workbook money_list(const PackContent& content) {
  std::vector<std::vector<documents::SheetCell>> rows;
  for (const auto& one : content.money) {
    const documents::SheetCell amount =
        one.amount ? documents::SheetCell(*one.amount) : documents::SheetCell(std::string("—"));
    rows.push_back({static_cast<std::int64_t>(rows.size() + 1), one.kind, one.document,
                    format_date(one.on), amount});
  }
  if (rows.empty())
    rows.push_back(
        {std::string("—"), std::string("无"), std::string(), std::string(), std::string()});
  return workbook(content, "资金与处置清单",
                  {{"序号", 6, true},
                   {"事项", 24, false},
                   {"文书、凭证或者依据", 44, false},
                   {"日期", 14, true},
                   {"金额（元）", 20, false}},
                  std::move(rows));
}

documents::Workbook evidence_list(const PackContent& content,
                                  const std::vector<std::string>& names) {
  std::vector<std::vector<documents::SheetCell>> rows;
  for (std::size_t i = 0; i < content.evidence.size(); ++i) {
    const auto& one = content.evidence[i];
    rows.push_back({static_cast<std::int64_t>(i + 1), one.what, one.number, names[i], one.sha256});
  }
  if (rows.empty())
    rows.push_back(
        {std::string("—"), std::string("无"), std::string(), std::string(), std::string()});
  return workbook(content, "证据目录",
                  {{"序号", 6, true},
                   {"证据", 20, false},
                   {"文号", 20, false},
                   {"文件", 36, false},
                   {"SHA-256", 40, false}},
                  std::move(rows));
}

}  // namespace anlan::referral
