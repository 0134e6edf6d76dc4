"""A wrong rule is told like a good compiler tells it: file, line, column, caret, what was expected, a near name."""

import os
import re
import shutil
import unittest

from anlan import FAILED, ROOT, Scenario, anlan

RULE = """code: ZZ-01
title: {zh: 试验, en: Trial}
about: person
phases: [after]
severity: high
each: payment in dossier.payments
where: payment.scheme == "110"
let:
  death: dossier.death
when: death.known && payment.month > month(death.date + param("days_max"))
amount: payment.amount
params:
  days_max: {type: int, value: 30, zh: 天数上限, en: Most days, unit: 天, sure: assumed}
because:
  zh: "{date(death.date)} 死亡"
  en: "Died on {date(death.date)}"
exclude: [exception_list]
basis: ["社会保险法 88"]
false_alarms: {zh: 无, en: None}
"""

SPEC = """case a payment after the death
given person
  person_id  id_no               name
  P1         129901195001010010  张三
given ext_death
  source  id_no               name  death_date  death_rank
  1       129901195001010010  张三  2018-03-31  1
given benefit_payment
  pay_id  person_id  scheme  item    benefit_month  amount   pay_kind  result
  B1      P1         110     100010  201806         3000.00  0         1
expect
  subject_id          month   amount_fen
  129901195001010010  201806  300000
"""

# What is changed in the rule, into what, and what is said. The lines of docs/rules.md are made of these.
WRONG_RULE = [
    # unknown field
    ("payment.month > ", "payment.mnth > ", "10:30: payments has no field mnth; did you mean month?"),
    # unknown list
    ("in dossier.payments", "in dossier.paymets",
     "6:26: the dossier of this subject has no paymets; did you mean payments?"),
    # unknown name
    ("when: death.", "when: deth.", "10:7: unknown name deth; did you mean death?"),
    # unknown function
    ("> month(", "> mnth(", "10:38: unknown function mnth; did you mean month?"),
    # a month compared with a date
    ('month(death.date + param("days_max"))', 'death.date + param("days_max")',
     "10:22: > compares values of one type, found month and date; write month(death.date + param(\"days_max\"))"),
    # a date taken from a month
    ('payment.month > month(death.date + param("days_max"))', 'payment.month - death.date > param("days_max")',
     "10:22: - does not take month and date; write month(death.date)"),
    # a let over a fact that is not there, read further down
    ("death: dossier.death", "death: dossier.deth", "9:18: the dossier of a person has no deth; did you mean death?"),
    # a field that nothing is like
    ("payment.month > ", "payment.outcome > ",
     "10:30: payments has no field outcome; expected one of month, scheme, item, amount, periodic, acct_no, payee_id, "
     "payee_rel, settle_month, op_date, known"),
    # a text compared with a number
    ('== "110"', "== 110", '7:8: == compares values of one type, found string and int; write "110"'),
    # money divided
    ("amount: payment.amount", "amount: payment.amount / 2",
     "11:9: / does not take fen and int; write div(fen, int), which rounds half up"),
    # not a condition
    ("when: death.known && payment.month > month(", "when: payment.month - month(", "10:7: when is int, expected bool"),
    # a code that is not in its list
    ('"110"', '"11O"', '7:26: the code list scheme has no "11O"; did you mean 110?'),
    # the dossier read where only the row may be
    ('where: payment.scheme == "110"', "where: dossier.death.known",
     "7:8: where reads only the row and parameters; expected this in when"),
    # a call that is never closed
    ('param("days_max"))', 'param("days_max")', "10:74: expected , or ) in the call of month, found the end"),
    # a regular expression
    ('payment.scheme == "110"', 'payment.item.matches("[0-9")', "7:29: not a regular expression: missing ]: [0-9"),
    # a number too large
    ("amount: payment.amount", "amount: payment.amount * 9223372036854775808",
     "11:26: 9223372036854775808 is too large; the largest number is 9223372036854775807"),
    # too deep
    ('payment.scheme == "110"', "(" * 70 + "payment.periodic" + ")" * 70,
     "7:72: nested more than 64 deep; expected a flatter expression, split by `let`"),
    # a parameter that is not there
    ('param("days_max")', 'param("day_max")', "10:63: day_max is not under params; did you mean days_max?"),
    # a parameter that nothing reads
    (' + param("days_max")', "", "1: parameter days_max is not used"),
    # a parameter's value
    ("value: 30", "value: thirty", "13: value of days_max is thirty, expected a whole number"),
    # a sentence with an unknown value
    ("on {date(death.date)}", "on {date(death.dat)}", "16:16: death has no field dat; did you mean date?"),
    # an exclusion that does not exist
    ("[exception_list]", "[exeption_list]",
     "17:11: no exclusion exeption_list about person; did you mean exception_list?"),
    # no sentence
    (RULE[RULE.index("because:"):RULE.index("exclude:")], "", "1: the rule has no because"),
    # each in other words
    ("payment in dossier", "payment of dossier",
     "6: each is payment of dossier.payments, expected such as payment in dossier.payments"),
    # a code that another rule has
    ("ZZ-01", "EP-01", "1: code EP-01 is also the code of pension_after_death"),
    # a phase in which nothing is said to happen
    ("[after]", "[before, after]",
     "4: on_hit does not say what happens before, expected on_hit: {before: block}, hold or lead"),
]

WRONG_SPEC = [
    ("given person", "given persn", "2: unknown table persn; did you mean person?"),
    ("person_id  id_no               name\n  P1", "person_id  id_no               nmae\n  P1",
     "2: person has no column nmae; did you mean name?"),
    ("person_id  id_no               name\n  P1", "person_id | id_no | name\n  P1",
     "3: column person_id | id_no | name, expected a snake_case name (two spaces between columns, no |)"),
    ("  person_id  id_no               name\n  P1", "person_id  id_no               name\nP1",
     "3: a row of a table is not indented, expected spaces before it (also in line 4)"),
]

MARKED = re.compile(r"^ *(\d+) \| (.*)\n +\| ( *)(\^~*)$", re.M)


class WrongRules(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.catalog = cls.folder / "catalog"
        shutil.copytree(ROOT / "catalog", cls.catalog)
        cls.rule = cls.catalog / "rules" / "trial"
        cls.rule.mkdir()

    def said(self, rule=RULE, spec=SPEC):
        """What `rules test` says of a rule; its file's name is cut down to rule.yaml."""
        (self.rule / "rule.yaml").write_text(rule)
        (self.rule / "rule.spec").write_text(spec)
        ended = anlan("rules", "test", "trial", env={**os.environ, "ANLAN_CATALOG": str(self.catalog)})
        return ended, (ended.out + ended.err).replace(str(self.rule) + "/", "")

    def test_the_rule_that_all_of_them_come_from_is_right(self):
        ended, said = self.said()
        self.assertEqual(ended.code, 0, said)
        self.assertIn("1 rules, 1 cases, 0 rules failed", said)

    def test_each_mistake_is_named_where_it_stands(self):
        self.assertGreaterEqual(len(WRONG_RULE), 12)
        for right, wrong, message in WRONG_RULE:
            with self.subTest(message=message):
                self.assertEqual(RULE.replace(right, wrong, 1) == RULE, False)
                ended, said = self.said(RULE.replace(right, wrong, 1))
                self.assertEqual(ended.code, FAILED, said)
                self.assertIn("rule.yaml:" + message, said)
                self.assertIn("[catalog.rule]", said)
                place = re.match(r"(\d+):(\d+): ", message)
                if not place:
                    continue
                # The caret stands under the column, below the very line of the file.
                line, text, before, mark = MARKED.search(said).groups()
                self.assertEqual((line, len(before) + 1), (place[1], int(place[2])))
                self.assertEqual(text, RULE.replace(right, wrong, 1).splitlines()[int(line) - 1])
                self.assertLessEqual(len(before) + len(mark), len(text) + 1)

    def test_mistakes_of_one_rule_are_told_at_once(self):
        twice = RULE.replace("payment.month > ", "payment.mnth > ").replace("[exception_list]", "[exeption_list]")
        _, said = self.said(twice)
        self.assertIn("rule.yaml:10:30: ", said)
        self.assertIn("rule.yaml:17:11: ", said)

    def problems(self, said):
        """The places named, one a problem."""
        return re.findall(r"rule\.(?:yaml|spec):\d+(?::\d+)?: ", said)

    def test_layout_spec_and_expressions_are_told_in_one_run(self):
        rule = RULE.replace("[after]", "[during, after]").replace("payment.mon", "payment.mnth + payment.mon")
        ended, said = self.said(rule, SPEC.replace("given ext_death", "given ext_deth"))
        self.assertEqual(ended.code, FAILED)
        for message in ("rule.yaml:4: on_hit does not say what happens during", "rule.spec:5: unknown table ext_deth",
                        "rule.yaml:10:30: payments has no field mnth"):
            self.assertIn(message, said)
        self.assertEqual(len(self.problems(said)), 3, said)

    def test_what_follows_from_another_mistake_is_not_told(self):
        for right, wrong in (
                ("death: dossier.death", "death: dossier.deth"),
                ("death: dossier.death", "death: dossier.death.date - payment.month"),
                ("value: 30", "value: thirty"),
                ("type: int", "type: itn"),
                ("payment in dossier", "payment of dossier"),
                ("in dossier.payments", "in dossier.paymets"),
                ("about: person", "about: persn"),
                (RULE[RULE.index("when:"):RULE.index("amount:")], ""),
        ):
            with self.subTest(wrong=wrong):
                _, said = self.said(RULE.replace(right, wrong, 1))
                self.assertEqual(len(self.problems(said)), 1, said)

    def test_the_same_mistake_in_many_tables_of_a_spec_is_told_once(self):
        piped = SPEC.replace("person_id  id_no               name\n", "person_id | id_no | name\n")
        piped = piped.replace("source  id_no               name", "source | id_no | name")
        again = piped + piped.replace("case a payment", "case another payment")
        _, said = self.said(spec=again)
        self.assertEqual(len(self.problems(said)), 1, said)
        self.assertIn("(also in line 6, 16, 19)", said)

    def test_a_wrong_spec_is_named_where_it_stands(self):
        for right, wrong, message in WRONG_SPEC:
            with self.subTest(message=message):
                ended, said = self.said(spec=SPEC.replace(right, wrong, 1))
                self.assertEqual(ended.code, FAILED, said)
                self.assertIn("rule.spec:" + message, said)
                self.assertIn("[catalog.spec]", said)
        ended, said = self.said(spec=SPEC.replace("300000", "300001"))
        self.assertEqual(ended.code, FAILED, said)
        self.assertIn("trial/rule.spec:1: a payment after the death", said)
        self.assertIn("300001", said)

    def test_the_documentation_shows_these_messages(self):
        text = (ROOT / "docs" / "rules.md").read_text()
        shown = re.search(r"```messages\n(.*?)```", text, re.S).group(1).splitlines()
        known = [f"rule.yaml:{message}" for *_, message in WRONG_RULE]
        known += [f"rule.spec:{message}" for *_, message in WRONG_SPEC]
        self.assertEqual([line.strip() for line in shown], known)


if __name__ == "__main__":
    unittest.main()
