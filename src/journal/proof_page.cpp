#include "journal/proof_page.hpp"

#include <fmt/format.h>

#include "journal/encoding.hpp"

namespace anlan::journal {
namespace {

/// The walk from the leaf to the root: which side each hash stands on, and what comes out. As
/// shell, it is the check itself.
struct Step {
  bool sibling_left = false;
  Hash sibling;
  Hash result;
};

std::vector<Step> steps_to_root(Suite suite, std::uint64_t index, std::uint64_t size,
                                const Hash& leaf, const std::vector<Hash>& proof) {
  std::vector<Step> steps;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const auto& sibling : proof) {
    const bool left = (node & 1) == 1 || node == last;
    hash = left ? node_hash(suite, sibling, hash) : node_hash(suite, hash, sibling);
    steps.push_back({left, sibling, hash});
    if (left) {
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    }
    node >>= 1;
    last >>= 1;
  }
  return steps;
}

}  // namespace

std::string proof_page(const LogSettings& settings, const FoundEntry& entry,
                       const InclusionProof& proof, bool with_personal) {
  const bool sm = settings.suite == Suite::sm3_sm2;
  const std::string sum = sm ? "openssl dgst -sm3 -r" : "sha256sum";
  const std::string hash_name = sm ? "SM3" : "SHA-256";
  const auto body = *Checkpoint::parse(proof.checkpoint.text);
  const Hash leaf = leaf_hash(settings.suite, entry.entry);
  const auto steps = steps_to_root(settings.suite, entry.index, body.size, leaf, proof.hashes);

  std::string page = fmt::format(
      "# 第 {0} 条日志的证明 Proof of journal entry {0}\n\n"
      "这份证明说明：`entry.json` 正是日志 `{1}` 在签名时的第 {0} 条（从 0 数起），当时共 {2} 条。"
      "核对它不需要安澜，也不需要相信任何人，只需要这个文件夹、公钥和公开工具。\n"
      "公钥（`log.vkey`，`log.pem`）请另从您信任的渠道取得一份，与这里的比对。\n\n"
      "This folder shows that `entry.json` was entry {0} (counted from 0) of the log `{1}` when "
      "the "
      "log had {2} entries. Checking it needs neither Anlan nor trust in anybody: only this "
      "folder, "
      "the public key and public tools.\n"
      "Get the public key (`log.vkey`, `log.pem`) a second time from a source you trust, and "
      "compare.\n\n",
      entry.index, settings.origin, body.size);

  page +=
      "## 1 签名 The signature\n\n"
      "检查点的正文由日志的私钥签名。 The text of the checkpoint is signed with the log's key.\n\n"
      "```sh\n";
  page += sm ? "openssl dgst -sm3 -verify log.pem -sigopt distid:1234567812345678 -signature "
               "checkpoint.sig checkpoint.body\n"
             : "openssl pkeyutl -verify -pubin -inkey log.pem -rawin -in checkpoint.body -sigfile "
               "checkpoint.sig\n";
  page += fmt::format(
      "```\n\n"
      "应答 Expected: `{}`\n\n"
      "`checkpoint` 开头的三行就是 `checkpoint.body`；签名行去掉 base64 解码后的前 4 字节就是 "
      "`checkpoint.sig`。\n"
      "The first three lines of `checkpoint` are `checkpoint.body`; the signature line, decoded "
      "from "
      "base64 and without its first 4 bytes, is `checkpoint.sig`.\n\n"
      "```sh\n"
      "head -n 3 checkpoint | cmp - checkpoint.body\n"
      "grep -m1 '^\u2014 {} ' checkpoint | cut -d' ' -f3 | base64 -d | tail -c +5 | cmp - "
      "checkpoint.sig\n"
      "```\n\n",
      sm ? "Verified OK" : "Signature Verified Successfully", settings.origin);

  page += fmt::format(
      "## 2 从条目到树根 From the entry to the root\n\n"
      "RFC 6962：叶 = {0}(00 ‖ 条目)，结点 = {0}(01 ‖ 左 ‖ 右)。 RFC 6962: leaf = {0}(00 ‖ entry), "
      "node = {0}(01 ‖ left ‖ right).\n\n"
      "```sh\n"
      "node() {{ printf '01%s%s' \"$1\" \"$2\" | tr a-f A-F | basenc --base16 -d | {1} | cut "
      "-c1-64; }}\n"
      "h=$( (printf '\\000'; cat entry.json) | {1} | cut -c1-64)\n"
      "# {2}\n",
      hash_name, sum, hex(leaf.view()));
  for (const auto& step : steps) {
    const std::string sibling = hex(step.sibling.view());
    page += step.sibling_left ? fmt::format("h=$(node {} \"$h\")\n", sibling)
                              : fmt::format("h=$(node \"$h\" {})\n", sibling);
    page += "# " + hex(step.result.view()) + "\n";
  }
  page += fmt::format(
      "[ \"$h\" = \"$(sed -n 3p checkpoint.body | base64 -d | od -An -v -tx1 | tr -d ' \\n')\" ] "
      "&& echo OK\n"
      "```\n\n"
      "应答 Expected: `OK`。每行 `#` 之后是应得的值。 Behind each `#` stands the value that comes "
      "out.\n\n"
      "旁边的哈希都来自 `entry.tlog-proof`。 The hashes beside the path are those of "
      "`entry.tlog-proof`.\n\n");

  if (with_personal) {
    page += fmt::format(
        "## 3 个人信息部分 The personal part\n\n"
        "条目只写入加盐哈希；内容另存，可依法删除，不影响任何证明。 The entry holds a salted hash "
        "only; the content lies beside it and can be erased by law without breaking any proof.\n\n"
        "```sh\n"
        "cat personal.salt personal.json | {} | cut -c1-64\n"
        "# {}\n"
        "grep -o '\"personal\":\"[0-9a-f]*\"' entry.json\n"
        "```\n\n",
        sum, personal_hash_of_entry(entry.entry));
  } else if (!personal_hash_of_entry(entry.entry).empty()) {
    page += entry.erased
                ? "## 3 个人信息部分 The personal part\n\n已依法删除。 Erased by law.\n\n"
                : "## 3 个人信息部分 The personal part\n\n未随附。 Not part of this bundle.\n\n";
  }

  page += fmt::format("## {} 用公开程序 With public programs\n\n", with_personal ? 4 : 3);
  if (sm) {
    page +=
        "本日志按单位的选择使用商用密码（SM3、SM2），公开的透明日志工具不支持；以上 openssl "
        "命令就是独立的核对办法。\n"
        "This log uses Chinese commercial cryptography (SM3, SM2) by its authority's choice; "
        "public "
        "tools for transparency logs do not read it. The openssl commands above are the "
        "independent "
        "check.\n";
  } else {
    page +=
        "格式是公开的：C2SP tlog-proof、tlog-checkpoint、signed-note、tlog-tiles，RFC 6962。例如 "
        "Go "
        "语言的 `golang.org/x/mod`（Go 官方校验数据库所用）：\n"
        "The formats are public: C2SP tlog-proof, tlog-checkpoint, signed-note, tlog-tiles; RFC "
        "6962. For example with Go's `golang.org/x/mod`, which checks Go's own module database:\n\n"
        "```go\n"
        "verifier, _ := note.NewVerifier(vkey)                       // log.vkey\n"
        "signed, err := note.Open(checkpoint, note.VerifierList(verifier))\n"
        "err = tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(entry))\n"
        "```\n";
  }
  return page;
}

}  // namespace anlan::journal
