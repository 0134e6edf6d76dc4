#include "catalog/measure.hpp"

#include <map>

namespace anlan::catalog {

const std::vector<std::string>& node_stages() {
  static const std::vector<std::string> words = {"collection", "management", "payment"};
  return words;
}

const std::vector<std::string>& node_phases() {
  static const std::vector<std::string> words = {"before", "during", "after"};
  return words;
}

const std::vector<std::string>& node_origins() {
  static const std::vector<std::string> words = {"internal", "external"};
  return words;
}

const std::vector<std::string>& node_domains() {
  static const std::vector<std::string> words = {"business", "finance", "information", "archive"};
  return words;
}

const std::vector<std::string>& node_subjects() {
  static const std::vector<std::string> words = {"administration", "agency", "institution",
                                                 "employer", "individual"};
  return words;
}

const Title& classification_title(const std::string& word) {
  static const std::map<std::string, Title> titles = {
      {"collection", {"征收", "collection"}},
      {"management", {"管理", "management"}},
      {"payment", {"支付", "payment"}},
      {"before", {"事前", "before"}},
      {"during", {"事中", "during"}},
      {"after", {"事后", "after"}},
      {"internal", {"内部", "internal"}},
      {"external", {"外部", "external"}},
      {"business", {"业务", "business"}},
      {"finance", {"财务", "finance"}},
      {"information", {"信息", "information"}},
      {"archive", {"档案", "archive"}},
      {"administration", {"行政", "administration"}},
      {"agency", {"经办", "agency"}},
      {"institution", {"服务机构", "institution"}},
      {"employer", {"参保单位", "employer"}},
      {"individual", {"参保个人", "individual"}},
      {"policy", {"政策", "policy"}},
      {"audit", {"稽核内控", "audit"}},
      {"supervision", {"基金监督", "supervision"}},
      {"process", {"流程控制", "process control"}},
      {"system", {"系统控制", "system control"}},
      {"gate", {"流程关口", "gate"}},
      {"query", {"查询核对", "query"}},
      {"indicator", {"指标", "indicator"}},
      {"finance_rule", {"财务规则", "finance rule"}},
      {"pairs", {"岗位制约", "incompatible posts"}},
      {"evidence", {"佐证材料", "evidence"}},
      {"seed", {"文件原文", "the founding document"}},
      {"found", {"公开来源", "a public source"}},
      {"known", {"一般认知", "general knowledge"}},
      {"assumed", {"本系统拟定，非官方", "designed here, not official"}},
  };
  static const Title none;
  const auto found = titles.find(word);
  return found == titles.end() ? none : found->second;
}

}  // namespace anlan::catalog
