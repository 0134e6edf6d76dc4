"""A rule says why it speaks about one subject and why it is silent; a person's page lists every rule that speaks."""

import csv
import json
import re
import shutil
import unittest

from anlan import DONE, FAILED, ROOT, WRONG_USE, Scenario, anlan

CHINESE = re.compile("[\u4e00-\u9fff]")


class City(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        city = cls.new_city("city", 3000, 5, "--months", 20)
        cls.workspace = cls.new_workspace("explained")
        cls.ran("import", cls.workspace, city)
        with open(city / "truth.csv", encoding="utf-8", newline="") as lines:
            cls.truth = list(csv.DictReader(lines))

    def subject(self, code, variant):
        return next(row["subject_id"] for row in self.truth if (row["detection"], row["variant"]) == (code, variant))

    def explained(self, code, variant, *options, **how):
        return self.ran("rules", "explain", self.workspace, code, "--subject", self.subject(code, variant), *options,
                        **how)


class Explain(City):
    def test_a_hit_shows_its_reason_its_rows_and_the_values_of_its_parts(self):
        subject = self.subject("EP-01", "hidden_death")
        said = json.loads(self.explained("EP-01", "hidden_death", "--json").out)
        self.assertTrue(said["speaks"])
        first = said["explained"][0]
        self.assertEqual(first["verdict"], "hit")
        self.assertTrue(CHINESE.search(first["reason"]["zh"]))
        self.assertIn("Died on", first["reason"]["en"])
        self.assertEqual({row["table"] for row in first["evidence"]}, {"benefit_payment", "ext_death"})
        self.assertEqual(first["when"]["value"], "true")
        parts = {part["expression"]: part["value"] for part in first["when"]["parts"]}
        self.assertEqual(parts, {"death.known": "true", "payment.month > month(death.date)": "true"})
        self.assertEqual([one["value"] for one in first["exclude"]], ["false", "false"])
        self.assertNotIn(subject, json.dumps(said))
        self.assertIn(subject, self.explained("EP-01", "hidden_death", "--reveal").out)

    def test_a_page_speaks_both_languages_and_counts_the_rows_it_leaves_out(self):
        for lang, hit, more in (("zh", "命中", "… 另有"), ("en", "hit", "… and")):
            page = self.explained("EP-01", "hidden_death", "--rows", 2, lang=lang).out
            self.assertIn(hit, page)
            self.assertIn(more, page)
            self.assertNotIn(self.subject("EP-01", "hidden_death"), page)
        every = json.loads(self.explained("EP-01", "hidden_death", "--json", "--rows", 0).out)
        self.assertEqual(len(every["explained"]), every["rows"])
        self.assertEqual(every["more"], [])

    def test_a_silence_names_the_part_that_failed(self):
        said = json.loads(self.explained("EP-01", "month_of_death", "--json").out)
        self.assertFalse(said["speaks"])
        self.assertEqual(said["explained"][0]["failed"], ["payment.month > month(death.date) = false"])
        self.assertEqual(len(said["explained"]) + sum(one["rows"] for one in said["more"]), said["rows"])
        page = self.explained("EP-01", "another_name").out
        self.assertIn("silent: none of", page)
        self.assertIn("failed: death.known = false", page)

    def test_a_silence_begins_with_what_came_nearest_and_fits_a_screen(self):
        page = self.explained("EP-01", "another_name").out
        self.assertLessEqual(len(page.splitlines()), 62)
        counted, _, shown = page.partition("Nearest to a hit first:\n")
        self.assertRegex(counted, r"(?m)^ +\d+ +(\(\d+\))?  death\.known = false$")
        self.assertIn("rows not shown: --rows N", shown)
        every = json.loads(self.explained("EP-01", "another_name", "--json", "--rows", 0).out)
        failed = [len(row["failed"]) for row in every["explained"]]
        self.assertEqual(min(failed), failed[0])
        self.assertIn("最接近命中的在前", self.explained("EP-01", "another_name", lang="zh").out)

    def test_validity_is_told_in_words_and_rows_outside_it_come_last(self):
        catalog = self.folder / "catalog"
        shutil.copytree(ROOT / "catalog", catalog)
        rule = catalog / "rules" / "pension_after_death" / "rule.yaml"
        rule.write_text(rule.read_text() + "valid_from: 2018-01-01\n")
        options = ("--catalog", catalog)
        for lang, words in (("zh", "不在规则有效期内（2018-01-01 起）"), ("en", "outside the rule's validity (from 2018-01-01)")):
            self.assertIn(words, self.explained("EP-01", "another_name", *options, lang=lang).out)
        every = json.loads(self.explained("EP-01", "another_name", "--json", "--rows", 0, *options).out)
        first_of_reason = []
        for row in every["explained"]:
            if row["failed"] not in [seen for seen, _ in first_of_reason]:
                first_of_reason.append((row["failed"], row["validity"]["value"]))
        values = [value for _, value in first_of_reason]
        self.assertEqual(values, sorted(values, reverse=True))  # "true" before "false"
        self.assertEqual(set(values), {"true", "false"})

    def test_an_exclusion_that_drops_a_hit_is_named(self):
        said = json.loads(self.explained("EP-01", "listed", "--json").out)
        self.assertEqual(said["explained"][0]["verdict"], "excluded")
        self.assertEqual(said["explained"][0]["excluded_by"], "exception_list")
        self.assertIn("E6 exception_list", self.explained("EP-01", "listed").out)
        self.assertIn("E5 alive_later", self.explained("EP-01", "seen_alive").out)

    def test_the_day_to_judge_on_can_be_given(self):
        said = json.loads(self.explained("EP-01", "listed", "--json", "--as-of", "2016-12-31").out)
        self.assertEqual(said["as_of"], "2016-12-31")
        self.assertTrue(said["speaks"])  # the entry of the exception list begins later

    def test_the_parameters_of_the_workspace_count(self):
        self.assertFalse(json.loads(self.explained("OB-09", "after_four_months", "--json").out)["speaks"])
        settings = self.workspace.folder / "anlan.yaml"
        text = settings.read_text()
        self.addCleanup(settings.write_text, text)
        settings.write_text(text.replace("params: {}", "params: {OB-09.days_max: 200}"))
        self.assertTrue(json.loads(self.explained("OB-09", "after_four_months", "--json").out)["speaks"])
        page = self.ran("person", self.workspace, self.subject("OB-09", "after_four_months")).out
        self.assertIn("OB-09", page)

    def test_wrong_words_are_answered(self):
        subject = self.subject("EP-01", "hidden_death")
        ended = anlan("rules", "explain", self.workspace, "pension_after_deth", "--person", subject)
        self.assertEqual(ended.code, FAILED)
        self.assertIn("did you mean pension_after_death?", ended.err)
        ended = anlan("rules", "explain", self.workspace, "EP-01")
        self.assertEqual(ended.code, WRONG_USE)
        ended = anlan("rules", "explain", self.workspace, "EP-01", "--person", "11010519491231002X")
        self.assertEqual(ended.code, FAILED)
        self.assertIn("dossier.unknown_subject", ended.err)
        self.assertNotIn("11010519491231002X", ended.err)


class Person(City):
    def rules_of(self, code, variant):
        shown = json.loads(self.ran("person", self.workspace, self.subject(code, variant), "--json").out)
        return {rule["code"]: rule for rule in shown["rules"]}

    def test_lists_the_rules_that_speak_with_their_sentences(self):
        rules = self.rules_of("EP-01", "hidden_death")
        self.assertGreater(rules["EP-01"]["hits"], 0)
        self.assertGreater(rules["EP-01"]["amount_fen"], 0)
        self.assertTrue(CHINESE.search(rules["EP-01"]["reason"]["zh"]))
        self.assertFalse(CHINESE.search(rules["EP-01"]["reason"]["en"]))
        excluded = self.rules_of("EP-01", "seen_alive")["EP-01"]
        self.assertEqual((excluded["hits"], list(excluded["excluded"])), (0, ["alive_later"]))
        self.assertNotIn("EP-01", self.rules_of("EP-01", "month_of_death"))

    def test_the_page_ends_with_them_and_no_rules_leaves_them_out(self):
        subject = self.subject("EP-01", "hidden_death")
        for lang, words in (("en", "1 of"), ("zh", "1 条命中")):
            page = self.ran("person", self.workspace, subject, lang=lang).out
            self.assertIn(words, page)
            self.assertIn("EP-01", page)
            self.assertNotIn(subject, page)
        alone = self.ran("person", self.workspace, subject, "--no-rules").out
        self.assertNotIn("EP-01", alone)
        self.assertTrue(self.ran("person", self.workspace, subject).out.startswith(alone))


if __name__ == "__main__":
    unittest.main()
