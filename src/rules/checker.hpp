#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/rule.hpp"
#include "catalog/table.hpp"
#include "rules/ast.hpp"
#include "rules/builder.hpp"
#include "rules/checked.hpp"

namespace anlan::rules {

/// What names mean in one part of a rule.
struct Scope {
  std::string row;            ///< what the row of `each` is called, "" if there is none
  bool row_only = false;      ///< `where`: neither the dossier nor lets
  std::size_t lets_seen = 0;  ///< how many of the lets it may read
  std::vector<std::string> later_lets;
  std::vector<std::string> broken;  ///< names that mean something wrong, which has been told
};

/// Turns parsed expressions into checked nodes of one rule. Borrows all it is given.
class Checker {
 public:
  Checker(CheckedRule& rule, const std::map<std::string, catalog::CodeList>& lists,
          const std::map<std::string, std::string>& params)
      : rule_(rule), lists_(lists), params_(params), build_(rule) {}

  /// The expression's node; or nothing and at least one more in `complaints`, unless all that is
  /// wrong is a name or parameter that has been told as wrong already.
  std::optional<NodeId> check(const std::string& part, const std::string& text, const Scope& scope,
                              std::vector<Complaint>& complaints);

  /// Parameters that some expression has read.
  const std::set<std::string>& params_used() const { return params_used_; }
  Builder& builder() { return build_; }

  /// Name of the code list whose codes the node gives, or "".
  std::string code_list_of(NodeId node) const;

 private:
  using Checked = std::optional<NodeId>;

  struct Binding {
    std::string name;
    std::uint32_t slot;
  };

  Checked node(std::uint32_t at);
  Checked name(const AstNode& ast);
  Checked unknown_name(const AstNode& ast);
  Checked member(const AstNode& ast);
  Checked dossier_member(const AstNode& ast);
  Checked index(const AstNode& ast);
  Checked list(const AstNode& ast);
  Checked logic(const AstNode& ast);
  Checked negation(const AstNode& ast);
  Checked conditional(const AstNode& ast);
  Checked binary(const AstNode& ast);
  Checked membership(const AstNode& ast, NodeId value, NodeId in);
  Checked comparison(const AstNode& ast, NodeId a, NodeId b);
  Checked arithmetic(const AstNode& ast, NodeId a, NodeId b);
  Checked call(const AstNode& ast);
  Checked method(const AstNode& ast);
  Checked macro(const AstNode& ast);
  Checked text_method(const AstNode& ast, NodeId target);
  Checked literal(const AstNode& ast);
  Checked param(const AstNode& ast);
  Checked policy(const AstNode& ast, const catalog::RuleParam& param);
  Checked list_function(const AstNode& ast, const std::vector<NodeId>& arguments);
  Checked coalesce(const AstNode& ast, const std::vector<NodeId>& arguments);
  Checked field_function(const AstNode& ast, const std::vector<NodeId>& arguments);

  std::optional<std::vector<NodeId>> arguments(const AstNode& ast, std::size_t first);
  bool check_codes(NodeId coded, NodeId constant);
  bool may_bind(const AstNode& name);

  Checked made(Op op, Type type, std::initializer_list<NodeId> children, Span span,
               std::uint32_t slot = 0, std::uint32_t field = 0);
  Checked made(Op op, Type type, std::span<const NodeId> children, Span span,
               std::uint32_t slot = 0, std::uint32_t field = 0);
  std::nullopt_t wrong(Span where, std::string text);

  const Type& type(NodeId node) const { return rule_.nodes[node].type; }
  std::string type_text(NodeId node) const;
  Span span(NodeId node) const { return rule_.nodes[node].span; }
  bool is_dossier(std::uint32_t at) const;

  CheckedRule& rule_;
  const std::map<std::string, catalog::CodeList>& lists_;
  const std::map<std::string, std::string>& params_;
  Builder build_;
  std::set<std::string> params_used_;

  const Ast* ast_ = nullptr;
  const Scope* scope_ = nullptr;
  std::vector<Complaint>* complaints_ = nullptr;
  std::vector<Binding> bound_;
};

}  // namespace anlan::rules
