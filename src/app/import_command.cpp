#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/import_files.hpp"
#include "app/session.hpp"

namespace anlan::app {

void add_import_command(CLI::App& app, Session& session) {
  auto request = std::make_shared<ImportRequest>();
  auto* verb =
      app.add_subcommand("import", session.say("导入数据文件", "bring files into the lake"));
  verb->add_option("DIR", request->workspace,
                   session.say("工作区文件夹", "folder of the workspace"))
      ->required();
  verb->add_option("PATH", request->paths, session.say("文件或文件夹", "files or folders"))
      ->required();
  verb->add_option("--table", request->options.table,
                   session.say("标准表（中英文名）", "canonical table"));
  verb->add_option("--map", request->options.map_file,
                   session.say("映射文件（YAML）", "mapping file (YAML)"));
  verb->add_option("--period", request->options.period,
                   session.say("所属期 YYYY-MM", "period, YYYY-MM"));
  verb->add_option(
      "--encoding", request->options.encoding,
      session.say("文本编码（缺省自动识别）", "text encoding (found out if not given)"));
  verb->add_option("--delimiter", request->delimiter,
                   session.say("分隔符，\\t 为制表符（缺省自动识别）",
                               "delimiter, \\t for tab (found out if not given)"));
  verb->add_option("--sheet", request->options.sheet,
                   session.say("工作表名称", "name of the sheet"));
  verb->add_option(
      "--replace", request->replace,
      session.say("替换：接收编号，或 period（同表同期的全部）",
                  "replace: a delivery id, or `period` for all of the same table and period"));
  verb->add_flag("--dry-run", request->options.dry_run,
                 session.say("只检查，不写入", "check everything, write nothing"));
  verb->add_option("--threads", request->options.threads,
                   session.say("线程数", "number of threads"));
  verb->add_flag(
      "--each", request->each,
      session.say("文件很多时也逐个列出结果", "tell of each file, also when they are many"));
  verb->callback([request, &session] { import_files(*request, session); });
}

}  // namespace anlan::app
