"""A newcomer gets from nothing to leads of a rule of their own with what the documentation and the program say."""

import json
import os
import re
import shutil
import unittest

from anlan import DONE, FAILED, ROOT, Scenario, anlan


class NewRule(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.catalog = cls.folder / "catalog"
        shutil.copytree(ROOT / "catalog", cls.catalog)

    def said(self, *words, code=DONE, **how):
        ended = anlan(*words, "--catalog", self.catalog, **how)
        self.assertEqual(ended.code, code, ended.out + ended.err)
        return ended

    def test_a_new_rule_passes_as_it_stands_and_is_never_overwritten(self):
        self.addCleanup(shutil.rmtree, self.catalog / "rules" / "my_rule")
        made = self.said("rules", "new", "my_rule")
        self.assertIn("anlan rules test my_rule", made.out)
        self.assertIn("2 cases, 0 rules failed", self.said("rules", "test", "my_rule").out)
        shown = json.loads(self.said("rules", "show", "my_rule", "--json").out)
        self.assertEqual(shown["code"], "XA-01")
        files = {path: path.read_text() for path in (self.catalog / "rules" / "my_rule").iterdir()}
        self.assertEqual(sorted(path.name for path in files), ["rule.spec", "rule.yaml"])
        for words in (("my_rule",), ("my_rule", "--code", "XB-01"), ("pension_after_death",),
                      ("duplicate_payment",)):
            self.assertIn("rule.exists", self.said("rules", "new", *words, code=FAILED).err)
        self.assertEqual({path: path.read_text() for path in files}, files)
        self.assertEqual([path for path in (self.catalog / "rules").iterdir() if path.name.startswith(".")], [])

    def test_codes_are_given_out_and_checked(self):
        for name in ("first_rule", "second_rule", "third_rule"):
            self.addCleanup(shutil.rmtree, self.catalog / "rules" / name, True)
        self.said("rules", "new", "first_rule")
        self.assertEqual(json.loads(self.said("rules", "new", "second_rule", "--json").out)["code"], "XA-02")
        self.said("rules", "new", "third_rule", "--code", "XQ-07")
        self.assertIn("3 rules, 6 cases, 0 rules failed",
                      self.said("rules", "test", "first_rule", "XA-02", "XQ-07").out)
        for words, code in ((("other", "--code", "XA-01"), "rule.code_taken"), (("other", "--code", "EP-01"), "rule.code_taken"),
                            (("other", "--code", "X-1"), "rule.bad_code"), (("Other",), "rule.bad_name"),
                            (("../other",), "rule.bad_name"), (("",), "rule.bad_name")):
            self.assertIn(code, self.said("rules", "new", *words, code=FAILED).err)
        self.assertFalse((self.catalog / "rules" / "other").exists())

    def test_everything_a_rule_may_name_is_printed(self):
        overview = self.said("rules", "fields").out
        kinds = json.loads(self.said("rules", "fields", "--json").out)
        for one in kinds:
            self.assertIn("dossier." + one["name"], overview)
        payments = next(one for one in kinds if one["name"] == "payments")
        self.assertEqual((payments["about"], payments["row"], payments["order"]), ("person", "payment", ["month", "scheme", "item"]))
        amount = next(field for field in payments["fields"] if field["name"] == "amount")
        self.assertEqual((amount["type"], amount["unit"]["zh"], amount["of"]), ("fen", "分", ["benefit_payment.amount"]))
        for lang, words in (("zh", "银行退回"), ("en", "returned by the bank")):
            page = self.said("rules", "fields", "payments", lang=lang).out
            for piece in (words, "payment.periodic", "benefit_payment.pay_kind", "待遇年月", "Benefit month"):
                self.assertIn(piece, page)
        checks = self.said("rules", "fields", "checks").out
        self.assertIn("check_result: 1 ", checks)
        self.assertIn('"110"', self.said("rules", "fields", "scheme").out)
        self.assertIn("dossier.bills", self.said("rules", "fields", "employer.bills").out)
        self.assertIn("dossier.steps", self.said("rules", "fields", "case").out)
        self.assertIn("did you mean payments?", self.said("rules", "fields", "paymets", code=FAILED).err)


class Walkthrough(Scenario):
    def test_its_commands_do_what_it_says(self):
        """docs/new-rule.md: files are written, commands run in their order, each ends well."""
        page = (ROOT / "docs" / "new-rule.md").read_text()
        shutil.copytree(ROOT / "catalog", self.folder / "catalog")
        env = {**os.environ, "LC_ALL": "C.UTF-8", "ANLAN_CATALOG": str(self.folder / "catalog")}
        blocks = re.findall(r"```(\S*) ?(\S*)\n(.*?)```", page, re.S)
        commands = 0
        for _, file, text in blocks:
            if file:
                (self.folder / file).write_text(text)
                continue
            for line in re.findall(r"^\$ anlan (.*) --lang en$", text, re.M):
                words = [self.somebody(env) if word == "ID_NO" else word for word in line.split()]
                ended = anlan(*words, cwd=self.folder, env=env)
                self.assertEqual(ended.code, DONE, f"{line}\n{ended.out}\n{ended.err}")
                commands += 1
        self.assertEqual(commands, 10)
        self.assertEqual({lead["code"] for lead in self.leads(env)}, {"XA-01"})

    def leads(self, env):
        said = anlan("leads", "fund", "--format", "jsonl", cwd=self.folder, env=env)
        return [json.loads(line) for line in said.out.splitlines()]

    def somebody(self, env):
        return self.leads(env)[0]["subject_id"]


if __name__ == "__main__":
    unittest.main()
