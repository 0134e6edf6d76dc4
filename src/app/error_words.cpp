#include "app/error_words.hpp"

namespace anlan::app {
namespace {

struct Words {
  std::string_view code;
  std::string_view zh;
  std::string_view en;
};

// By code. A code without a line here is shown as it is, with its detail.
constexpr Words all_words[] = {
    {"catalog.codes", "代码表有误", "a code list is wrong"},
    {"catalog.file", "目录中文件不符", "a file does not belong in the catalog"},
    {"catalog.model", "模型有误", "a model is wrong"},
    {"catalog.spec", "模型用例有误", "a spec is wrong"},
    {"catalog.table", "标准表定义有误", "a canonical table is wrong"},
    {"catalog.view", "派生视图有误", "a derived view is wrong"},
    {"detection.unknown", "没有这个检测", "no such detection"},
    {"delivery.damaged", "接收数据已损坏", "a delivery is damaged"},
    {"delivery.manifest", "接收清单已损坏", "a delivery's manifest is damaged"},
    {"delivery.missing", "没有这次接收", "no such delivery"},
    {"engine.sql", "查询出错", "the query failed"},
    {"file.unreadable", "文件无法读取", "cannot read the file"},
    {"file.unwritable", "无法写入", "cannot write"},
    {"model.columns", "模型结果列不符合约定", "the model's result has wrong columns"},
    {"model.missing", "没有这个模型", "no such model"},
    {"model.not_portable", "SQL 超出可移植范围", "the SQL leaves the portable subset"},
    {"model.param_unknown", "没有这个参数", "no such parameter"},
    {"model.param_value", "参数值有误", "a parameter's value is wrong"},
    {"model.values", "模型结果值不符合约定", "the model's result has wrong values"},
    {"table.unknown", "没有这张表", "no such table"},
    {"leads.none", "尚未运行检测（先运行 anlan detect）",
     "nothing was detected yet (run anlan detect first)"},
    {"runs.current", "runs/current.json 已损坏", "runs/current.json is damaged"},
    {"runs.damaged", "运行结果已损坏", "the results of a run are damaged"},
    {"thresholds.malformed", "要求文件有误", "the thresholds are wrong"},
    {"truth.malformed", "真实答案文件有误", "the file of true answers is wrong"},
    {"workspace.busy", "另一个进程正在写入此工作区",
     "another process is writing to this workspace"},
    {"workspace.exists", "目录已存在且非空", "the folder exists and is not empty"},
    {"workspace.missing", "不是安澜工作区（缺少 anlan.yaml，可用 anlan init 建立）",
     "not an Anlan workspace (no anlan.yaml; make one with anlan init)"},
    {"workspace.settings", "anlan.yaml 有误", "anlan.yaml is wrong"},
};

}  // namespace

std::string error_words(std::string_view code, Lang lang) {
  for (const auto& words : all_words) {
    if (words.code == code) return std::string(say(lang, words.zh, words.en));
  }
  return std::string(code);
}

}  // namespace anlan::app
