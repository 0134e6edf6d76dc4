#include "ingest/reason.hpp"

#include <cstddef>
#include <iterator>

namespace anlan::ingest {
namespace {

struct Words {
  std::string_view code;
  std::string_view zh;
  std::string_view en;
};

// In the order of the enumeration.
constexpr Words all_words[] = {
    {"", "", ""},
    {"row.field_count", "字段个数与表头不符", "not as many fields as the header"},
    {"row.quote_malformed", "引号之后还有文字", "text behind a closing quote"},
    {"row.required_missing", "必填项为空", "a required value is empty"},
    {"row.text_too_long", "文字超过最大长度", "longer than the column allows"},
    {"row.lossy_number", "以数字存放，末几位已丢失；请以文本格式重新导出",
     "stored as a number, whose last digits are lost; export it as text"},
    {"row.formula_error", "公式错误或公式没有结果",
     "a formula error, or a formula without a result"},
    {"row.id_malformed", "不是 18 位或 15 位公民身份号码",
     "expected an ID number of 18 or 15 digits"},
    {"row.id_check_digit", "公民身份号码校验位不符", "the ID number's check digit is wrong"},
    {"row.id_birth_date", "公民身份号码中的出生日期不可能",
     "the birth date in the ID number is impossible"},
    {"row.id_other_document", "不是公民身份号码，按其他证件载入",
     "not an ID number; loaded as another document"},
    {"row.credit_code_malformed", "不是 18 位统一社会信用代码",
     "expected a credit code of 18 characters"},
    {"row.credit_code_check", "统一社会信用代码校验位不符",
     "the credit code's check character is wrong"},
    {"row.date_malformed", "不是日期，应如 2018-11-30", "expected a date like 2018-11-30"},
    {"row.date_impossible", "没有这一天", "no such day"},
    {"row.date_implausible", "日期不合常理：应在 1900 年至五十年后之间",
     "expected a date between 1900 and fifty years from now"},
    {"row.month_malformed", "不是年月，应如 2018-11 或 201811",
     "expected a month like 2018-11 or 201811"},
    {"row.month_implausible", "年月不合常理：应在 1900 年至五十年后之间",
     "expected a month between 1900 and fifty years from now"},
    {"row.time_malformed", "不是时间，应如 2018-11-30 08:05:00",
     "expected a time like 2018-11-30 08:05:00"},
    {"row.integer_malformed", "不是整数", "expected a whole number"},
    {"row.integer_too_large", "整数过大", "the number is too large"},
    {"row.money_malformed", "不是金额，应如 3120.50", "expected an amount like 3120.50"},
    {"row.money_too_precise", "金额精确到分以下", "finer than one fen"},
    {"row.money_too_large", "金额过大", "the amount is too large"},
    {"row.ratio_malformed", "不是比例，应如 0.08 或 8%", "expected a ratio like 0.08 or 8%"},
    {"row.ratio_too_precise", "比例超过六位小数", "more than six decimals"},
    {"row.ratio_too_large", "比例过大", "the ratio is too large"},
    {"row.flag_unknown", "不是是/否，应为 1、0、是、否",
     "expected 1, 0, 是, 否, Y, N, true or false"},
    {"row.code_unknown", "不在代码表中；可在映射文件的 values 中对应",
     "not in the code list; a mapping file's values can translate it"},
    {"row.totals", "合计行，不是业务记录", "a totals row, not a record"},
    {"row.key_duplicate", "主键在本次交付中重复，以先出现的为准",
     "the key occurs before in this delivery; the first row counts"},
};
static_assert(std::size(all_words) == reason_count);

}  // namespace

std::string_view reason_code(Reason reason) {
  return all_words[static_cast<std::size_t>(reason)].code;
}

std::string_view reason_words(Reason reason, Lang lang) {
  const auto& words = all_words[static_cast<std::size_t>(reason)];
  return say(lang, words.zh, words.en);
}

}  // namespace anlan::ingest
