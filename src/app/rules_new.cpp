#include "app/rules_new.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/catalog_words.hpp"
#include "app/session.hpp"
#include "base/file.hpp"
#include "catalog/catalog.hpp"

namespace anlan::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string name;
  std::string code;
};

// An example that passes as it stands; whoever writes a rule changes it line by line.
constexpr std::string_view rule_text =
    R"(# 规则 NAME：一句话说明查什么。下面是可以直接通过检验的例子，请逐行改成你的规则。
# The rule NAME: say in one line what it looks for. What follows is an example that passes as it stands; change it line by line.
# 语言 Language: docs/rules.md    可引用的清单与字段 What it may name: anlan rules fields, docs/dossiers.md
code: CODE                  # XA-01 至 XZ-99 留给自建规则 are free for rules of your own
title: {zh: 待命名的规则, en: A rule to be named}
about: person               # 谁的档案卷 whose dossier: person employer account case operator institution
phases: [after]             # 事前 before 事中 during 事后 after
# on_hit: {before: block, during: hold}   # phases 里的 before、during 各须写明 each of these two under phases needs one: block hold lead
severity: medium            # high medium low
each: payment in dossier.payments                     # 每行至多一个命中；不写则整卷至多一个 at most one hit a row; left out: one a dossier
where: payment.scheme == "110" && payment.periodic    # 看哪些行，只读该行与参数 which rows; reads the row and parameters only
let:                        # 取名，只能引用上面的 names for values; each reads those above it
  death: dossier.death
# 条件。同类才能比较：日期先用 month(…) 变成年月；年月相减得月数，日期相减得天数。
# The condition. Only like is compared with like: month(…) makes a month of a date; months apart are months, dates apart days.
when: death.known && payment.month - month(death.date) > param("months_max")
amount: payment.amount      # 金额 fen；不写则无金额 left out: no amount
params:                     # anlan.yaml 可改 may be overridden there
  months_max: {type: int, value: 0, zh: 死亡后最多月数, en: Most months after the death, unit: 月, sure: assumed}
because:                    # 关于整条疑点的一句话 one sentence about the whole lead
  zh: "{date(death.date)} 死亡，{months(month_from, month_to)} 仍领取 {count(n_hits)} 笔共 {yuan(amount_fen)} 元"
  en: "Died on {date(death.date)}; {count(n_hits)} payments for {months(month_from, month_to)}, {yuan(amount_fen)} yuan in all"
exclude: [exception_list]   # 例外名单等，见 catalog/rules/exclusions.yaml
# valid_from: 2018-01-01    # 只判断这一天起的事实 only facts from this day on
basis: ["法规名称 条款"]    # 依据 law and article
false_alarms: {zh: 什么情况会误报, en: What may look like it and is not}
)";

constexpr std::string_view spec_text =
    R"(# 每个用例：给出的行、应有的命中。先写命中，再写差一点点的。表与列见 docs/tables.md。
# Each case: rows given, hits expected. A hit first, then what just misses. Tables and columns: docs/tables.md.
# 缩进的行是表：首行为列名，列间至少两个空格，- 为空值；金额写元，expect 中的 amount_fen 写分。
# Indented lines are tables: names first, two spaces between columns, - for NULL; money in yuan, amount_fen under expect in fen.
case paid the month after the death
given person
  person_id  id_no               name
  P1         129901195001010010  张三
given ext_death
  source  id_no               name  death_date  death_rank
  1       129901195001010010  张三  2018-03-31  1
given benefit_payment
  pay_id  person_id  scheme  item    benefit_month  amount   pay_kind  result
  B1      P1         110     100010  2018-04        3000.00  0         1
expect
  subject_id          month    amount_fen
  129901195001010010  2018-04  300000

case the month of the death is due
given person
  person_id  id_no               name
  P1         129901195001010010  张三
given ext_death
  source  id_no               name  death_date  death_rank
  1       129901195001010010  张三  2018-03-31  1
given benefit_payment
  pay_id  person_id  scheme  item    benefit_month  amount   pay_kind  result
  B1      P1         110     100010  2018-03        3000.00  0         1
expect
)";

std::string filled(std::string_view text, const std::string& name, const std::string& code) {
  std::string out(text);
  for (const auto& [word, value] : {std::pair("NAME", name), std::pair("CODE", code)}) {
    for (auto at = out.find(word); at != std::string::npos; at = out.find(word, at + value.size()))
      out.replace(at, 4, value);
  }
  return out;
}

/// The first code that is free among those kept for rules of one's own.
Result<std::string> free_code(const catalog::Catalog& catalog) {
  for (char letter = 'A'; letter <= 'Z'; ++letter) {
    for (int number = 1; number <= 99; ++number) {
      auto code = fmt::format("X{}-{:02}", letter, number);
      if (catalog.detection(code) == nullptr) return code;
    }
  }
  return fail(ErrorKind::conflict, "rule.code_taken", "XA-01 – XZ-99");
}

bool is_name(const std::string& text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

bool is_code(const std::string& text) {
  return text.size() == 5 && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2 &&
         text[2] == '-' && text.find_first_not_of("0123456789", 3) == std::string::npos;
}

Status write_rule(const Options& options, Session& session) {
  if (!is_name(options.name)) return fail(ErrorKind::invalid_input, "rule.bad_name", options.name);
  if (!options.code.empty() && !is_code(options.code))
    return fail(ErrorKind::invalid_input, "rule.bad_code", options.code);
  const auto folder = session.catalog / "rules" / options.name;
  if (fs::exists(folder)) return fail(ErrorKind::conflict, "rule.exists", folder.string());
  const auto catalog = catalog::Catalog::load(session.catalog);
  if (!catalog) return fail(catalog.error());
  if (catalog->detection(options.name) != nullptr)
    return fail(ErrorKind::conflict, "rule.exists", options.name);
  if (const auto* other = options.code.empty() ? nullptr : catalog->detection(options.code))
    return fail(ErrorKind::conflict, "rule.code_taken", options.code + " " + other->name);
  const auto code = options.code.empty() ? free_code(*catalog) : options.code;
  if (!code) return fail(code.error());

  // Made aside and renamed: a folder with half of its files would spoil the whole catalog.
  const auto aside = session.catalog / "rules" / fmt::format(".{}-{}", options.name, getpid());
  std::error_code error;
  fs::create_directories(aside, error);
  Status made = write_file(aside / "rule.yaml", filled(rule_text, options.name, *code));
  if (made) made = write_file(aside / "rule.spec", filled(spec_text, options.name, *code));
  if (made) made = commit_folder(aside, folder);
  if (!made) {
    fs::remove_all(aside, error);
    return made;
  }
  if (session.json) {
    fmt::print(
        "{}\n",
        nlohmann::ordered_json{{"name", options.name}, {"code", *code}, {"folder", folder.string()}}
            .dump(2));
    return {};
  }
  fmt::print("{}  {}\n  {}\n  {}\n\n", *code, options.name, (folder / "rule.yaml").string(),
             (folder / "rule.spec").string());
  fmt::print("{}", session.say("接下来：\n", "What to do next:\n"));
  print_table(
      {{"  anlan rules test " + options.name,
        session.say("现在就能通过；每改一次再运行",
                    "passes as it stands; again after each change")},
       {"  anlan rules fields", session.say("规则可以引用什么（语言见 docs/rules.md）",
                                            "what a rule may name (the language: docs/rules.md)")},
       {"  anlan detect DIR --only " + *code,
        session.say("在一个工作区里运行", "runs it over a workspace")},
       {"  anlan rules explain DIR " + *code + " --person ID_NO",
        session.say("对一个人为何命中或未命中", "why it speaks or is silent about one person")}});
  return {};
}

}  // namespace

void add_rules_new_command(CLI::App& verb, Session& session) {
  auto options = std::make_shared<Options>();
  auto* make = verb.add_subcommand(
      "new", session.say("在目录中写一条可改的规则（rule.yaml、rule.spec）",
                         "write a rule to begin with into the catalog (rule.yaml, rule.spec)"));
  make->add_option("NAME", options->name,
                   session.say("规则名称，小写字母、数字与下划线",
                               "name of the rule: small letters, digits, underscores"))
      ->required();
  make->add_option("--code", options->code,
                   session.say("规则编号，缺省为 XA-01 起第一个空号",
                               "code of the rule; the first free one from XA-01 without it"));
  make->callback([options, &session] {
    if (auto done = write_rule(*options, session); !done) session.report(done.error());
  });
}

}  // namespace anlan::app
