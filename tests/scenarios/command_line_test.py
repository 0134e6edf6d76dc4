"""The command line keeps its word: help in two languages, exit codes, tables, models and deliveries."""

import json
import re
import unittest

from anlan import DONE, FAILED, SOME_REJECTED, WRONG_USE, Scenario, anlan, csv_text, id_number

CHINESE = re.compile("[\u4e00-\u9fff]")
VERBS = {"init", "import", "deliveries", "detect", "leads", "models", "tables", "sim", "score"}


def subcommands(help_text):
    """Name and description of each verb in a help text."""
    _, found, listed = help_text.partition("Subcommands:\n")
    return re.findall(r"^  (\w+) +(\S.*)$", listed, re.M) if found else []


def all_verbs():
    """Every verb, and every verb below one."""
    for name, _ in subcommands(anlan("--help").out):
        yield (name,)
        help_text = anlan(name, "--help").out
        folder = ("a folder",) if re.search(r" DIR \[?SUBCOMMAND", help_text) else ()
        for below, _ in subcommands(help_text):
            yield (name, *folder, below)


class Help(Scenario):
    def test_lists_every_verb_of_the_contract(self):
        self.assertLessEqual(VERBS, {name for name, _ in subcommands(anlan("--help").out)})

    def test_speaks_each_of_two_languages_for_every_verb(self):
        verbs = list(all_verbs())
        self.assertGreater(len(verbs), len(VERBS))
        for verb in verbs:
            for lang in ("zh", "en"):
                with self.subTest(verb=" ".join(verb), lang=lang):
                    ended = anlan(*verb, "--help", lang=lang)
                    self.assertEqual(ended.code, DONE, ended.err)
                    about = ended.out.strip().splitlines()[0]
                    self.assertEqual(bool(CHINESE.search(about)), lang == "zh", about)
                    usage = "Usage" if lang == "en" else "用法"
                    self.assertIn(f"{usage}: anlan {verb[0]}", ended.out)
                    self.assertRegex(ended.out, rf"{usage}: .*\b{verb[-1]}\b")
                    if lang == "en":
                        self.assertFalse(CHINESE.search(ended.out), ended.out)

    def test_version_is_a_number(self):
        self.assertRegex(anlan("--version").out, r"^\d+\.\d+\.\d+")


class WrongUse(Scenario):
    def test_ends_with_two_and_says_why(self):
        wrong = [
            ((), "subcommand"),
            (("improt",), "improt"),
            (("init",), "DIR"),
            (("leads",), "DIR"),
            (("leads", "x", "--format", "pdf"), "pdf"),
            (("leads", "x", "--top", "0"), "--top"),
            (("leads", "x", "--colour"), "--colour"),
            (("tables",), "subcommand"),
            (("tables", "show"), "NAME"),
            (("models", "burn"), "burn"),
            (("score", "x"), "--truth"),
            (("detect",), "DIR"),
            (("detect", "x", "--threads", "many"), "--threads"),
            (("import",), "DIR"),
            (("deliveries",), "subcommand|DIR"),
            (("sim",), "OUT"),
            (("sim", self.folder / "city", "--people", "few"), "--people"),
            (("sim", self.folder / "city", "--format", "pdf"), "--format"),
        ]
        for words, said in wrong:
            with self.subTest(words=" ".join(map(str, words))):
                ended = anlan(*words)
                self.assertEqual(ended.code, WRONG_USE, ended.out + ended.err)
                self.assertRegex(ended.err, f"(?i){said}")
                self.assertEqual(ended.out, "")

    def test_an_unknown_language_is_wrong_use(self):
        self.assertEqual(anlan("tables", "list", lang="fr").code, WRONG_USE)

    def test_a_folder_that_is_no_workspace_is_named(self):
        nowhere = self.folder / "nowhere"
        for words in (("leads", nowhere), ("detect", nowhere), ("import", nowhere, self.folder),
                      ("deliveries", nowhere, "list"), ("score", nowhere, "--truth", "truth.csv")):
            with self.subTest(verb=words[0]):
                ended = anlan(*words)
                self.assertEqual(ended.code, FAILED, ended.out + ended.err)
                self.assertIn("workspace.missing", ended.err)
                self.assertIn(str(nowhere), ended.err)
                self.assertFalse(nowhere.exists())

    def test_init_leaves_a_folder_with_something_in_it_alone(self):
        kept = self.write("full/letter.txt", "dear reader")
        ended = anlan("init", kept.parent)
        self.assertEqual(ended.code, FAILED)
        self.assertIn("workspace.exists", ended.err)
        self.assertEqual([path.name for path in kept.parent.iterdir()], ["letter.txt"])

    def test_a_mistake_in_the_settings_is_named_with_its_line(self):
        workspace = self.new_workspace("misspelt")
        settings = workspace.folder / "anlan.yaml"
        text = settings.read_text().replace("threads: 0", "thredas: 0")
        settings.write_text(text)
        line = text.splitlines().index("thredas: 0") + 1
        ended = anlan("detect", workspace)
        self.assertEqual(ended.code, FAILED)
        self.assertIn(f"anlan.yaml:{line}:", ended.err)
        self.assertIn("thredas", ended.err)


class Tables(Scenario):
    def test_lists_and_shows_tables_by_either_name(self):
        tables = json.loads(anlan("tables", "list", "--json").out)
        self.assertIn("benefit_payment", {table["name"] for table in tables})
        self.assertEqual(len(tables), len({table["name"] for table in tables}))
        english, chinese = (anlan("tables", "show", name, "--json").out for name in ("benefit_payment", "待遇支付"))
        self.assertEqual(json.loads(english)["columns"][0]["name"], "pay_id")
        self.assertEqual(english, chinese)

    def test_a_near_name_is_suggested(self):
        ended = anlan("tables", "show", "benefit_paymnet")
        self.assertEqual(ended.code, FAILED)
        self.assertIn("benefit_payment", ended.err)

    def test_every_template_is_an_empty_delivery(self):
        workspace = self.new_workspace("templates")
        names = [table["name"] for table in json.loads(anlan("tables", "list", "--json").out)]
        for name in names:
            template = anlan("tables", "template", name, lang="zh").stdout
            self.assertTrue(template.startswith(b"\xef\xbb\xbf"), name)
            self.assertEqual(len(template.decode("utf-8-sig").splitlines()), 1, name)
            self.write(f"templates to fill in/{name}.csv", template)
        self.ran("import", workspace, self.folder / "templates to fill in")
        deliveries = workspace.deliveries()
        self.assertEqual(sorted(delivery["table"] for delivery in deliveries), sorted(names))
        for delivery in deliveries:
            self.assertEqual((delivery["rows_read"], delivery["rows_loaded"], delivery["rows_rejected"]), (0, 0, 0))


class Models(Scenario):
    def test_lists_each_model_with_its_names(self):
        models = json.loads(anlan("models", "list", "--json").out)
        self.assertGreaterEqual(len(models), 19)
        for model in models:
            with self.subTest(model=model["code"]):
                self.assertRegex(model["code"], r"^[A-Z]{2}-\d{2}$")
                self.assertRegex(model["name"], r"^[a-z0-9_]+$")
                self.assertTrue(CHINESE.search(model["title"]["zh"]))
                self.assertFalse(CHINESE.search(model["title"]["en"]))
        self.assertEqual(len(models), len({model["code"] for model in models}))

    def test_every_model_passes_its_spec(self):
        ended = anlan("models", "test", "--json")
        self.assertEqual(ended.code, DONE, ended.out[-3000:])
        results = json.loads(ended.out)
        self.assertGreaterEqual(len(results), 19)
        for result in results:
            with self.subTest(model=result["code"]):
                self.assertTrue(result["passed"])
                self.assertGreaterEqual(len(result["cases"]), 2)

    def test_shows_a_model_by_code_and_by_name(self):
        model = json.loads(anlan("models", "list", "--json").out)[0]
        by_code, by_name = (anlan("models", "show", model[key]).out for key in ("code", "name"))
        self.assertIn(model["title"]["en"], by_code)
        self.assertEqual(by_code, by_name)
        ended = anlan("models", "show", model["name"] + "x")
        self.assertEqual(ended.code, FAILED)
        self.assertIn(model["name"], ended.err)


def people(*names):
    rows = [("person_id", "id_no", "name")]
    rows += [(f"P{i}", id_number(i), name) for i, name in enumerate(names)]
    return csv_text(rows)


class Deliveries(Scenario):
    def setUp(self):
        self.workspace = self.new_workspace(self.id().rsplit(".", 1)[-1])
        self.first = self.write("first/person.csv", people("合成甲", "合成乙"))
        self.ran("import", self.workspace, self.first)

    def listed(self):
        return json.loads(self.ran("deliveries", self.workspace, "list", "--json").out)

    def test_are_listed_and_shown(self):
        (delivery,) = self.workspace.deliveries()
        (listed,) = self.listed()
        self.assertEqual(listed["id"], delivery["id"])
        self.assertTrue(listed["active"])
        shown = self.ran("deliveries", self.workspace, "show", delivery["id"]).out
        for fact in (delivery["id"], "person.csv", delivery["source_sha256"]):
            self.assertIn(fact, shown)
        ended = anlan("deliveries", self.workspace, "show", "0123456789abcdef")
        self.assertEqual(ended.code, FAILED)
        self.assertIn("delivery.missing", ended.err)

    def test_the_same_file_twice_changes_nothing(self):
        before = self.workspace.everything()
        ended = anlan("import", self.workspace, self.first)
        self.assertEqual(ended.code, DONE)
        self.assertEqual(self.workspace.everything(), before)

    def test_a_corrected_one_replaces_the_old_which_stays_on_record(self):
        (old,) = self.workspace.deliveries()
        corrected = self.write("second/person.csv", people("合成甲", "合成乙", "合成丙"))
        self.ran("deliveries", self.workspace, "replace", old["id"], corrected)
        states = {delivery["id"]: delivery["active"] for delivery in self.listed()}
        self.assertEqual(len(states), 2)
        self.assertFalse(states[old["id"]])
        (new,) = [delivery for delivery in self.workspace.deliveries() if delivery["id"] != old["id"]]
        self.assertTrue(states[new["id"]])
        self.assertEqual(new["replaces"], [old["id"]])
        self.assertEqual(new["rows_loaded"], 3)
        again = anlan("deliveries", self.workspace, "replace", old["id"], self.write("third/person.csv", people("合成丁")))
        self.assertEqual(again.code, FAILED)
        self.assertIn(old["id"], again.err)

    def test_a_dry_run_says_what_would_be_and_writes_nothing(self):
        before = self.workspace.everything()
        rows = people("合成甲") + "P9,,合成空\n"
        ended = anlan("import", self.workspace, self.write("dry/person.csv", rows), "--dry-run")
        self.assertEqual(ended.code, SOME_REJECTED, ended.err)
        self.assertIn("required", ended.out + ended.err)
        self.assertEqual(self.workspace.everything(), before)


if __name__ == "__main__":
    unittest.main()
