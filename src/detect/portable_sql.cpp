#include "detect/portable_sql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace anlan::detect {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view sql, std::vector<SqlProblem>& problems)
      : sql_(sql), problems_(problems) {}

  std::vector<SqlToken> run() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      if (is_space(c)) {
        advance(1);
      } else if (starts("--")) {
        const auto end = sql_.find('\n', at_);
        advance((end == std::string_view::npos ? sql_.size() : end) - at_);
      } else if (starts("/*")) {
        const auto end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos) problem("comment without its end");
        advance(end == std::string_view::npos ? sql_.size() - at_ : end + 2 - at_);
      } else if (c == '\'') {
        take_text();
      } else if (c == '"' || c == '`') {
        problem(
            "quoted names differ between engines: use plain lower-case names, and '…' for text");
        const auto end = sql_.find(c, at_ + 1);
        advance(end == std::string_view::npos ? sql_.size() - at_ : end + 1 - at_);
      } else if (is_letter(c)) {
        take(SqlTokenKind::word, word_length(at_));
      } else if (is_digit(c) || (c == '.' && at_ + 1 < sql_.size() && is_digit(sql_[at_ + 1]))) {
        take_number();
      } else if (c == ':' && at_ + 1 < sql_.size() && is_letter(sql_[at_ + 1])) {
        take(SqlTokenKind::param, 1 + word_length(at_ + 1));
      } else {
        take_symbol();
      }
    }
    return std::move(tokens_);
  }

 private:
  bool starts(std::string_view prefix) const { return sql_.substr(at_).starts_with(prefix); }

  void problem(std::string message) { problems_.push_back({line_, column_, std::move(message)}); }

  void advance(std::size_t bytes) {
    for (const std::size_t end = at_ + bytes; at_ < end; ++at_) {
      if (sql_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else if ((static_cast<unsigned char>(sql_[at_]) & 0xC0U) != 0x80U) {
        ++column_;
      }
    }
  }

  void take(SqlTokenKind kind, std::size_t bytes) {
    tokens_.push_back({kind, sql_.substr(at_, bytes), at_, line_, column_});
    advance(bytes);
  }

  std::size_t word_length(std::size_t from) const {
    std::size_t end = from;
    while (end < sql_.size() && (is_letter(sql_[end]) || is_digit(sql_[end]))) ++end;
    return end - from;
  }

  void take_text() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && sql_[end] != '\'') {
      if (sql_[end] == '\\') problem("Spark reads \\ in text as an escape: avoid it");
      ++end;
    }
    if (end == sql_.size()) {
      problem("text without its closing quote");
      return advance(sql_.size() - at_);
    }
    if (end + 1 < sql_.size() && sql_[end + 1] == '\'') {
      problem("'' inside text means different things to the engines: avoid it");
    }
    take(SqlTokenKind::text, end + 1 - at_);
  }

  void take_number() {
    std::size_t end = at_;
    while (end < sql_.size() && (is_digit(sql_[end]) || sql_[end] == '.')) ++end;
    if (end < sql_.size() && (sql_[end] == 'e' || sql_[end] == 'E')) {
      std::size_t digits = end + 1;
      if (digits < sql_.size() && (sql_[digits] == '+' || sql_[digits] == '-')) ++digits;
      if (digits < sql_.size() && is_digit(sql_[digits])) {
        end = digits;
        while (end < sql_.size() && is_digit(sql_[end])) ++end;
      }
    }
    if (end < sql_.size() && is_letter(sql_[end])) {
      problem("a number ends with letters; engines read that differently");
      end += word_length(end);
    }
    take(SqlTokenKind::number, end - at_);
  }

  void take_symbol() {
    // Longest first.
    static constexpr std::pair<std::string_view, std::string_view> refused[] = {
        {"::", "use cast(x as type)"},
        {"//", "use cast(floor(a / b) as int)"},
        {"->", "lambdas and JSON arrows are DuckDB's own"},
        {"=>", "named arguments differ between engines"},
        {":=", "named arguments differ between engines"},
        {"**", "use power(a, b)"},
        {"==", "use ="},
        {"[", "lists are not portable"},
        {"]", "lists are not portable"},
        {"{", "structs are not portable"},
        {"}", "structs are not portable"},
        {";", "one statement, without ;"},
        {"?", "use a named parameter, :name"},
        {"$", "use a named parameter, :name"},
        {":", "a parameter is :name"},
        {"&", "bit operators are not used in models"},
        {"^", "use power(a, b)"},
        {"~", "use regexp_like(text, pattern)"},
        {"@", "use abs(x)"},
        {"#", "positional columns are DuckDB's own"},
        {"!~", "use not regexp_like(text, pattern)"},
    };
    for (const auto& [symbol, advice] : refused) {
      if (!starts(symbol)) continue;
      problem(fmt::format("'{}' is not portable: {}", symbol, advice));
      return advance(symbol.size());
    }
    for (const std::string_view symbol : {"||", "<>", "!=", "<=", ">="}) {
      if (starts(symbol)) return take(SqlTokenKind::symbol, 2);
    }
    if (std::string_view("()+-*/%,.=<>").find(sql_[at_]) != std::string_view::npos) {
      return take(SqlTokenKind::symbol, 1);
    }
    std::size_t bytes = 1;
    while (at_ + bytes < sql_.size() &&
           (static_cast<unsigned char>(sql_[at_ + bytes]) & 0xC0U) == 0x80U)
      ++bytes;
    problem(fmt::format("'{}' may stand only in text and comments", sql_.substr(at_, bytes)));
    advance(bytes);
  }

  std::string_view sql_;
  std::vector<SqlProblem>& problems_;
  std::vector<SqlToken> tokens_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

using Words = std::set<std::string, std::less<>>;

/// Functions that both engines have, with one meaning for the arguments models give them.
const Words& allowed_functions() {
  static const Words words = {
      // aggregates
      "count", "sum", "min", "max", "avg", "stddev_samp", "stddev_pop", "var_samp", "var_pop",
      "corr", "covar_samp", "covar_pop", "percentile_cont", "bool_and", "bool_or",
      // windows
      "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
      "first_value", "last_value", "nth_value",
      // numbers
      "abs", "ceil", "ceiling", "floor", "round", "sqrt", "power", "pow", "exp", "ln", "log10",
      "sign", "greatest", "least", "mod",
      // text
      "length", "char_length", "upper", "lower", "trim", "ltrim", "rtrim", "concat_ws", "replace",
      "substr", "substring", "left", "right", "instr", "position", "lpad", "rpad", "reverse",
      "ascii", "chr", "repeat", "contains", "translate", "split_part", "levenshtein", "md5",
      "coalesce", "nullif", "ifnull",
      // dates
      "year", "quarter", "month", "day", "dayofyear", "weekofyear", "hour", "minute", "second",
      "make_date", "last_day", "extract",
      // given by compat_macros()
      "add_months", "datediff", "date_add", "date_sub", "regexp_like", "nvl", "locate"};
  return words;
}

/// Why a function people reach for is refused, and what to write.
std::string advice_for(const std::string& function) {
  static const std::map<std::string, std::string, std::less<>> advice = {
      {"any_value", "its answer depends on row order: use min or max"},
      {"approx_quantile", "use percentile_cont(q) within group (order by x)"},
      {"arg_max", "use row_number() in a subquery"},
      {"arg_min", "use row_number() in a subquery"},
      {"concat", "NULL is skipped by one engine only: use a || b with coalesce"},
      {"date_diff",
       "use datediff(end_date, start_date), or floor((yyyymmdd2 - yyyymmdd1) / 10000) for an age"},
      {"date_part", "use year(d), month(d), day(d)"},
      {"date_trunc", "use make_date(year(d), month(d), 1)"},
      {"dayofweek", "days are numbered differently: count days from a known Monday with datediff"},
      {"first", "its answer depends on row order: use min, max or first_value"},
      {"if", "use case when … then … else … end"},
      {"last", "its answer depends on row order: use min, max or last_value"},
      {"log", "base 10 in one engine, e in the other: use ln or log10"},
      {"mad", "use percentile_cont(0.5) within group (order by x), twice"},
      {"median", "use percentile_cont(0.5) within group (order by x)"},
      {"now", "use :as_of"},
      {"regexp_matches", "use regexp_like(text, pattern)"},
      {"regexp_replace",
       "one engine replaces the first match, the other all: use replace or translate"},
      {"starts_with", "use like 'x%'"},
      {"strftime", "use year(d) * 100 + month(d)"},
      {"string_agg", "lists of values are not portable: use min, max and count"},
      {"today", "use :as_of"},
      {"weekday", "days are numbered differently: count days from a known Monday with datediff"},
  };
  if (const auto found = advice.find(function); found != advice.end()) return found->second;
  if (function.starts_with("quantile")) return "use percentile_cont(q) within group (order by x)";
  return "both engines must have it with one meaning";
}

/// Words that may stand before '(' without calling anything.
bool opens_parenthesis(const std::string& word) {
  static const Words words = {
      "all",       "and",       "any",    "as",     "between", "by",    "case",    "cube",
      "else",      "except",    "exists", "filter", "from",    "group", "having",  "in",
      "intersect", "is",        "join",   "like",   "limit",   "not",   "on",      "or",
      "over",      "partition", "rollup", "select", "sets",    "some",  "then",    "union",
      "using",     "values",    "when",   "where",  "window",  "with",  "distinct"};
  return words.contains(word);
}

/// Words that never belong in a model, and why.
const std::map<std::string, std::string, std::less<>>& refused_words() {
  static const std::string row_limit = "models do not read samples";
  static const std::map<std::string, std::string, std::less<>> words = {
      {"anti", "use not exists (…)"},
      {"asof", "use a subquery with row_number()"},
      {"collate", "text is compared byte by byte in both engines"},
      {"current_date", "use :as_of"},
      {"current_time", "use :as_of"},
      {"current_timestamp", "use :as_of"},
      {"exclude", "list the columns"},
      {"glob", "use like"},
      {"groups", "use rows or range"},
      {"ilike", "use lower(x) like"},
      {"interval", "use add_months(d, n), date_add(d, n), or date_sub(d, n)"},
      {"isnull", "use is null"},
      {"lateral", "use a join"},
      {"materialized", "the engine decides"},
      {"notnull", "use is not null"},
      {"pivot", "use sum(case …)"},
      {"positional", "use a join with a condition"},
      {"qualify", "use a subquery with where rn = 1"},
      {"recursive", "older Spark has no recursive queries"},
      {"sample", row_limit},
      {"semi", "use exists (…)"},
      {"similar", "use regexp_like(text, pattern)"},
      {"symmetric", "order the bounds"},
      {"tablesample", row_limit},
      {"try", "use try_cast"},
      {"unpivot", "use union all"},
  };
  return words;
}

class PortableCheck {
 public:
  PortableCheck(const std::vector<SqlToken>& tokens, std::vector<SqlProblem>& problems)
      : tokens_(tokens), problems_(problems) {
    for (const auto& token : tokens_)
      words_.push_back(token.kind == SqlTokenKind::word ? lower(token.text) : "");
    match_parentheses();
  }

  void run() {
    if (tokens_.empty()) return problems_.push_back({1, 1, "empty: one SELECT is expected"});
    if (words_[0] != "select" && words_[0] != "with")
      problem(0, "a model is one SELECT (or WITH … SELECT)");
    for (std::size_t i = 0; i < tokens_.size(); ++i) check(i);
  }

 private:
  void problem(std::size_t i, std::string message) {
    problems_.push_back({tokens_[i].line, tokens_[i].column, std::move(message)});
  }

  bool symbol(std::size_t i, std::string_view text) const {
    return i < tokens_.size() && tokens_[i].kind == SqlTokenKind::symbol && tokens_[i].text == text;
  }
  bool word(std::size_t i, std::string_view text) const {
    return i < tokens_.size() && words_[i] == text;
  }
  bool kind(std::size_t i, SqlTokenKind wanted) const {
    return i < tokens_.size() && tokens_[i].kind == wanted;
  }

  void match_parentheses() {
    closing_.assign(tokens_.size(), tokens_.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (symbol(i, "(")) open.push_back(i);
      if (!symbol(i, ")")) continue;
      if (open.empty()) {
        problem(i, "')' without '('");
        continue;
      }
      closing_[open.back()] = i;
      open.pop_back();
    }
    for (const std::size_t i : open) problem(i, "'(' without ')'");
  }

  void check(std::size_t i) {
    if (kind(i, SqlTokenKind::text)) return check_text(i);
    if (symbol(i, ",") && (symbol(i + 1, ")") || word(i + 1, "from") || i + 1 == tokens_.size())) {
      return problem(i, "a comma with nothing after it");
    }
    if (symbol(i, "*") && word(i + 1, "replace"))
      return problem(i + 1, "'replace' after * is not portable: list the columns");
    if (symbol(i, "(") && word(i + 1, "from")) return problem(i + 1, "write select before from");
    if (!kind(i, SqlTokenKind::word)) return;
    if (i > 0 && symbol(i - 1, ".")) {
      if (symbol(i + 1, "(")) problem(i, "functions are called f(x), not x.f()");
      return;  // a column of a table
    }
    check_word(i);
  }

  void check_text(std::size_t i) {
    if (i == 0) return;
    if (word(i - 1, "from") || word(i - 1, "join"))
      return problem(i, "files are not read: name a table");
    if (kind(i - 1, SqlTokenKind::text)) return problem(i, "two texts side by side: use ||");
    const auto& before = tokens_[i - 1];
    if (kind(i - 1, SqlTokenKind::word) &&
        before.offset + before.text.size() == tokens_[i].offset) {
      return problem(i - 1, "text with a prefix is not portable");
    }
    if (word(i - 1, "timestamp")) problem(i - 1, "use cast('…' as timestamp)");
    if (word(i - 1, "as")) problem(i, "a column is named by a plain name");
  }

  void check_word(std::size_t i) {
    const std::string& name = words_[i];
    if (const auto refused = refused_words().find(name); refused != refused_words().end()) {
      // As a plain column's name it would be harmless, but no canonical column has such a name.
      return problem(i, fmt::format("'{}' is not portable: {}", name, refused->second));
    }
    if (name == "order" && word(i + 1, "by")) check_order(i);
    if (name == "by" && word(i + 1, "all")) problem(i + 1, "list the columns instead of 'all'");
    if (name == "distinct" && word(i + 1, "on"))
      problem(i + 1, "'distinct on' is not portable: use row_number()");
    if (name == "union" && (word(i + 1, "by") || (word(i + 1, "all") && word(i + 2, "by")))) {
      problem(i, "'union by name' is not portable: list the columns in one order");
    }
    if ((name == "from" || name == "join") && kind(i + 1, SqlTokenKind::word) &&
        symbol(i + 2, ".") && !inside_extract(i)) {
      problem(i + 1, "name the table without a schema");
    }
    if ((name == "cast" || name == "try_cast") && symbol(i + 1, "(")) return check_cast(i);
    if (symbol(i + 1, "(")) check_call(i);
  }

  bool inside_extract(std::size_t i) const {
    return i >= 3 && symbol(i - 2, "(") && word(i - 3, "extract");
  }

  /// Every key of ORDER BY says where its NULLs go; inside WITHIN GROUP there are none.
  void check_order(std::size_t i) {
    if (i >= 3 && symbol(i - 1, "(") && word(i - 2, "group") && word(i - 3, "within")) return;
    std::size_t key = i + 2;
    std::size_t at = key;
    const auto end_key = [&] {
      const bool said =
          at >= key + 2 && word(at - 2, "nulls") && (word(at - 1, "first") || word(at - 1, "last"));
      if (!said)
        problem(key < tokens_.size() ? key : i,
                "say nulls first or nulls last for each key of order by");
    };
    static const Words ends = {"rows",   "range", "groups", "limit",
                               "offset", "union", "except", "intersect"};
    for (; at < tokens_.size(); ++at) {
      if (symbol(at, "(")) {
        at = closing_[at];
        if (at == tokens_.size()) return;
        continue;
      }
      if (symbol(at, ")") || ends.contains(words_[at])) break;
      if (symbol(at, ",")) {
        end_key();
        key = at + 1;
      }
    }
    end_key();
  }

  /// cast(x as type): the type is one that both engines know by that name.
  void check_cast(std::size_t i) {
    const std::size_t end = closing_[i + 1];
    std::optional<std::size_t> type;
    for (std::size_t at = i + 2; at < end; ++at) {
      if (symbol(at, "(")) {
        at = closing_[at];
      } else if (word(at, "as")) {
        type = at + 1;
      }
    }
    if (!type || !kind(*type, SqlTokenKind::word)) return problem(i, "write cast(x as type)");
    static const Words types = {"int",    "integer", "bigint", "smallint", "tinyint",  "double",
                                "string", "boolean", "date",   "decimal",  "timestamp"};
    if (!types.contains(words_[*type])) {
      problem(
          *type,
          fmt::format(
              "type '{}' is not portable: use int, bigint, double, decimal(p, s), string, boolean, "
              "date or timestamp",
              words_[*type]));
    } else if (words_[*type] == "decimal" && !symbol(*type + 1, "(")) {
      problem(*type, "write decimal(p, s): the default differs");
    }
  }

  void check_call(std::size_t i) {
    const std::string& name = words_[i];
    if (opens_parenthesis(name)) return;
    if (i > 0 && (word(i - 1, "as") || symbol(i - 1, ")")))
      return;  // a type, or an alias with its columns
    const std::size_t end = closing_[i + 1];
    if (word(end + 1, "as") && symbol(end + 2, "(")) return;  // with name(columns) as (…)
    if (i > 0 && (word(i - 1, "from") || word(i - 1, "join")) && !inside_extract(i)) {
      return problem(
          i,
          fmt::format("'{}(…)' as a table is not portable: name a table or a derived view", name));
    }
    if (!allowed_functions().contains(name)) {
      return problem(
          i, fmt::format("function '{}' is not in the portable set: {}", name, advice_for(name)));
    }
    if (name == "count" && end == i + 2) problem(i, "write count(*)");
    if (name == "substr" || name == "substring") check_substr(i);
    if (name == "extract") check_extract(i);
  }

  void check_substr(std::size_t i) {
    for (std::size_t at = i + 2; at < closing_[i + 1]; ++at) {
      if (symbol(at, "(")) {
        at = closing_[at];
      } else if (symbol(at, ",")) {
        if (symbol(at + 1, "-") ||
            (kind(at + 1, SqlTokenKind::number) && tokens_[at + 1].text == "0")) {
          problem(at + 1, "substr counts from 1; 0 and negative starts differ between engines");
        }
        return;
      }
    }
  }

  void check_extract(std::size_t i) {
    static const Words parts = {"year", "quarter", "month", "day", "hour", "minute"};
    if (i + 2 < tokens_.size() && !parts.contains(words_[i + 2])) {
      problem(i + 2, "extract takes year, quarter, month, day, hour or minute");
    }
  }

  const std::vector<SqlToken>& tokens_;
  std::vector<SqlProblem>& problems_;
  std::vector<std::string> words_;    // lower-case text of words, "" for other tokens
  std::vector<std::size_t> closing_;  // of each '(', the index of its ')'
};

}  // namespace

std::vector<SqlToken> tokenize_sql(std::string_view sql, std::vector<SqlProblem>& problems) {
  return Tokenizer(sql, problems).run();
}

std::vector<SqlProblem> portable_sql_problems(std::string_view sql) {
  std::vector<SqlProblem> problems;
  const auto tokens = tokenize_sql(sql, problems);
  PortableCheck(tokens, problems).run();
  std::stable_sort(problems.begin(), problems.end(), [](const SqlProblem& a, const SqlProblem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return problems;
}

Status check_portable_sql(std::string_view sql, const std::string& origin) {
  const auto problems = portable_sql_problems(sql);
  if (problems.empty()) return {};
  constexpr std::size_t shown_max = 10;
  std::string detail;
  for (std::size_t i = 0; i < std::min(problems.size(), shown_max); ++i) {
    if (i > 0) detail += '\n';
    detail += fmt::format("{}:{}:{}: {}", origin, problems[i].line, problems[i].column,
                          problems[i].message);
  }
  if (problems.size() > shown_max)
    detail += fmt::format("\n… {} more", problems.size() - shown_max);
  return fail(ErrorKind::invalid_input, "model.not_portable", std::move(detail));
}

std::vector<std::string> sql_params(std::string_view sql) {
  std::vector<SqlProblem> problems;
  std::set<std::string> names;
  for (const auto& token : tokenize_sql(sql, problems)) {
    if (token.kind == SqlTokenKind::param) names.emplace(token.text.substr(1));
  }
  return {names.begin(), names.end()};
}

Result<std::string> bind_sql_params(std::string_view sql,
                                    const std::map<std::string, std::string>& literals,
                                    const std::string& origin) {
  std::vector<SqlProblem> problems;
  std::string out;
  std::size_t done = 0;
  for (const auto& token : tokenize_sql(sql, problems)) {
    if (token.kind != SqlTokenKind::param) continue;
    const auto literal = literals.find(std::string(token.text.substr(1)));
    if (literal == literals.end()) {
      return fail(ErrorKind::invalid_input, "model.param_unknown",
                  fmt::format("{}:{}:{}: {} is not a parameter of this model", origin, token.line,
                              token.column, token.text));
    }
    out += sql.substr(done, token.offset - done);
    out += literal->second;
    done = token.offset + token.text.size();
  }
  out += sql.substr(done);
  return out;
}

}  // namespace anlan::detect
