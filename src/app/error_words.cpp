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
    {"catalog.dossier", "档案卷描述有误", "a dossier description is wrong"},
    {"catalog.file", "目录中文件不符", "a file does not belong in the catalog"},
    {"catalog.model", "模型有误", "a model is wrong"},
    {"catalog.rule", "规则有误", "a rule is wrong"},
    {"catalog.spec", "模型用例有误", "a spec is wrong"},
    {"catalog.table", "标准表定义有误", "a canonical table is wrong"},
    {"catalog.view", "派生视图有误", "a derived view is wrong"},
    {"detection.unknown", "没有这个检测", "no such detection"},
    {"delivery.damaged", "接收数据已损坏", "a delivery is damaged"},
    {"delivery.manifest", "接收清单已损坏", "a delivery's manifest is damaged"},
    {"delivery.missing", "没有这次接收", "no such delivery"},
    {"detect.as_of", "无法确定截止日期，请用 --as-of 指定", "cannot tell the day; give --as-of"},
    {"detect.interrupted", "已中断，工作区未改动", "interrupted; the workspace is as before"},
    {"dossier.column", "档案卷的字段与数据不符", "a dossier's field does not fit its column"},
    {"dossier.damaged", "档案卷文件已损坏（anlan dossiers DIR build 可重新生成）",
     "dossier files are damaged (anlan dossiers DIR build makes them again)"},
    {"dossier.interrupted", "已中断，档案卷未改动", "interrupted; the dossiers are as before"},
    {"dossier.query", "档案卷查询出错", "a dossier's query failed"},
    {"dossier.unknown_kind", "没有这类档案卷", "no such kind of dossier"},
    {"dossier.unknown_subject", "没有此人的任何记录", "nothing is known of this subject"},
    {"dossier.value", "档案卷中有数值超出范围", "a value does not fit its type"},
    {"csv.quote_open", "引号没有结束", "a quote is never closed"},
    {"csv.record_too_long", "一行记录过长", "a record is too long"},
    {"csv.too_many_fields", "一行的字段过多", "a record has too many fields"},
    {"import.column_missing", "缺少必需的列", "a required column is missing"},
    {"import.column_twice", "两个表头对应同一列", "two headers name the same column"},
    {"import.empty", "文件是空的", "the file is empty"},
    {"import.file_changed", "文件在读取时被改动", "the file changed while it was read"},
    {"import.interrupted", "已中断，工作区未改动", "interrupted; the workspace is as it was"},
    {"import.map", "映射文件有误", "the mapping file is wrong"},
    {"import.map_column", "映射与文件或标准表不符",
     "the mapping does not fit the file or the table"},
    {"import.nothing", "没有可导入的文件（文件名应为表名，见 anlan tables list）",
     "no file to import (files are named after tables; anlan tables list shows them)"},
    {"import.option", "选项有误", "an option is wrong"},
    {"import.replaced_before", "已被替换", "replaced already"},
    {"import.table_unknown", "认不出是哪张标准表（可用 --table 指定，anlan tables list 列出）",
     "no table of that name (give --table; anlan tables list shows them)"},
    {"text.encoding", "文字编码不符", "the text is not in its encoding"},
    {"text.nul", "文字中有 NUL 字符", "a NUL character in the text"},
    {"engine.sql", "查询出错", "the query failed"},
    {"file.damaged", "文件损坏或不完整", "the file is damaged or cut off"},
    {"file.html_as_xls",
     "这是网页或 XML 表格，不是真正的 Excel 文件；请用 Excel 打开后另存为 xlsx 或 CSV",
     "a web page or XML sheet with the name of a workbook; open it in Excel and save it as xlsx or "
     "CSV"},
    {"file.is_archive", "这是压缩包，须先解开", "a packed file, to be unpacked first"},
    {"file.is_text", "这是文本文件", "a text file"},
    {"file.nested_archive", "压缩包内还有压缩包", "a packed file inside a packed file"},
    {"file.no_cells", "文件中没有任何数据", "the file holds no data"},
    {"file.sheet_missing", "没有这张工作表", "there is no such sheet"},
    {"file.table_missing", "XML 中没有这张表，或有多张表而未指定",
     "the XML has no such table, or several and none was chosen"},
    {"file.too_large", "超出允许的大小", "larger than allowed"},
    {"file.unreadable", "文件无法读取", "cannot read the file"},
    {"file.unsupported", "不支持此类文件", "this kind of file is not supported"},
    {"file.unwritable", "无法写入", "cannot write"},
    {"file.xls_password", "工作簿有密码；请去掉密码后再导入",
     "the workbook has a password; remove it and import again"},
    {"file.xls_reader", "xls 读取进程无法启动", "the process that reads xls cannot be started"},
    {"file.xlsx_password", "工作簿有密码；请去掉密码后再导入",
     "the workbook has a password; remove it and import again"},
    {"file.xml_doctype", "XML 含有 DOCTYPE，出于安全不予读取",
     "the XML has a DOCTYPE and is not read, for safety"},
    {"file.zip_bomb", "压缩比异常，疑似压缩炸弹",
     "it unpacks to far more than its size; refused as a zip bomb"},
    {"file.zip_password", "压缩包有密码；请去掉密码后再导入",
     "the zip has a password; remove it and import again"},
    {"model.columns", "模型结果列不符合约定", "the model's result has wrong columns"},
    {"model.missing", "没有这个模型", "no such model"},
    {"rule.missing", "没有这条规则", "no such rule"},
    {"rule.other_subject", "这条规则说的不是人，请用 --subject 给出对象编号",
     "the rule is not about a person; name its subject with --subject"},
    {"model.not_portable", "SQL 超出可移植范围", "the SQL leaves the portable subset"},
    {"model.param_unknown", "没有这个参数", "no such parameter"},
    {"model.param_value", "参数值有误", "a parameter's value is wrong"},
    {"model.values", "模型结果值不符合约定", "the model's result has wrong values"},
    {"table.unknown", "没有这张表", "no such table"},
    {"lead.not_found", "没有这条疑点", "no such lead"},
    {"leads.none", "尚未运行检测（先运行 anlan detect）",
     "nothing was detected yet (run anlan detect first)"},
    {"runs.current", "runs/current.json 已损坏", "runs/current.json is damaged"},
    {"runs.damaged", "运行结果已损坏", "the results of a run are damaged"},
    {"thresholds.malformed", "要求文件有误", "the thresholds are wrong"},
    {"truth.malformed", "真实答案文件有误", "the file of true answers is wrong"},
    {"sim.folder_not_empty", "输出文件夹不为空", "the output folder is not empty"},
    {"sim.months", "月数超出范围", "the number of months is out of range"},
    {"sim.people", "人数超出范围", "the number of people is out of range"},
    {"sim.start", "首月超出范围", "the first month is out of range"},
    {"workspace.busy", "另一个进程正在写入此工作区",
     "another process is writing to this workspace"},
    {"workspace.exists", "目录已存在且非空", "the folder exists and is not empty"},
    {"workspace.missing", "不是安澜工作区（缺少 anlan.yaml，可用 anlan init 建立）",
     "not an Anlan workspace (no anlan.yaml; make one with anlan init)"},
    {"workspace.settings", "anlan.yaml 有误", "anlan.yaml is wrong"},
    {"xml.elements", "catalog/xml 的元素表有误", "the list of elements in catalog/xml is wrong"},
};

}  // namespace

std::string error_words(std::string_view code, Lang lang) {
  for (const auto& words : all_words) {
    if (words.code == code) return std::string(say(lang, words.zh, words.en));
  }
  return std::string(code);
}

}  // namespace anlan::app
