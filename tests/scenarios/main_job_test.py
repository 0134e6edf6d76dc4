"""The main job, end to end: a folder of extracts in, ranked leads out."""

import csv
import io
import json
import re
import unittest

import openpyxl

from anlan import DONE, FAILED, Scenario, anlan, detection_codes

AS_OF = "2018-12-31"
MONTHS = 24
FIELDS = {"lead_id": str, "detection": str, "code": str, "severity": str, "score": float, "subject_kind": str,
          "subject_id": str, "amount_fen": int, "hits": list, "snapshot": str, "detection_version": str, "params": dict}
ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9X](?![0-9A-Za-z])")


def leads_of(lines):
    return {lead["lead_id"]: lead for lead in map(json.loads, lines.decode().splitlines())}


def detect(workspace, *options):
    return Scenario.ran("detect", workspace, "--as-of", AS_OF, *options)


def total_fen(leads, kind):
    """What the leads come to when each person's money of a scheme, item and month counts once."""
    once, rest = {}, 0
    for lead in leads:
        for hit in lead["hits"] if lead["amount_kind"] == kind else ():
            amount = hit["amount_fen"] or 0
            if hit["person"] == "":
                rest += amount
                continue
            money = (hit["person"], hit["scheme"], hit["item"], *hit["months"])
            once[money] = max(once.get(money, amount), amount)
    return sum(once.values()) + rest


class MainJob(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.city = cls.new_city("city", 3000, 7, "--start", "2017-01", "--months", MONTHS)
        cls.workspace = cls.new_workspace("workspace")
        cls.imported = cls.ran("import", cls.workspace, cls.city)
        cls.detected = detect(cls.workspace)
        cls.lines = cls.workspace.leads()
        cls.leads = leads_of(cls.lines)

    def table_text(self, lang):
        return self.ran("leads", self.workspace, "--all", lang=lang).out

    def test_every_detection_ran_and_found_something(self):
        codes = set(detection_codes())
        for code in codes:
            self.assertRegex(self.detected.out, rf"(?m)^{code} ")
        compares_districts = {"PX-07"}  # and finds nothing in a small city
        self.assertEqual({lead["code"] for lead in self.leads.values()}, codes - compares_districts)

    def test_leads_have_the_fields_of_the_contract(self):
        for lead in self.leads.values():
            for name, kind in FIELDS.items():
                self.assertIsInstance(lead[name], kind, f"{lead['lead_id']} {name}")
            self.assertIn("month_from", lead)
            self.assertIn("month_to", lead)
            self.assertIn(lead["severity"], ("high", "medium", "low"))
            self.assertTrue(0 <= lead["score"] <= 100)
            self.assertEqual(lead["as_of"], AS_OF)
            self.assertTrue(lead["hits"])
            for hit in lead["hits"]:
                self.assertTrue(hit["evidence"], lead["lead_id"])
                for row in hit["evidence"]:
                    self.assertTrue(row["table"] and row["key"])
                for lang in ("zh", "en"):
                    self.assertTrue(hit["reason"][lang])
                    self.assertNotRegex(hit["reason"][lang], r"[{}]")

    def test_leads_are_sorted_and_each_is_there_once(self):
        ids = [json.loads(line)["lead_id"] for line in self.lines.decode().splitlines()]
        self.assertEqual(ids, sorted(set(ids)))

    def test_threads_workspace_and_order_of_import_change_no_byte(self):
        for threads in (1, 2):
            with self.subTest(threads=threads):
                workspace = self.new_workspace(f"{threads} threads")
                files = sorted((file for file in self.city.glob("*.csv") if file.name not in ("truth.csv", "spoil.csv")),
                               reverse=threads == 1)
                self.ran("import", workspace, *files, "--threads", threads)
                detect(workspace, "--threads", threads)
                self.assertEqual(workspace.leads(), self.lines)
                self.assertEqual({table: sorted(parts) for table, parts in workspace.parts().items()},
                                 {table: sorted(parts) for table, parts in self.workspace.parts().items()})

    def test_a_second_run_duplicates_nothing(self):
        detect(self.workspace)
        self.assertEqual(self.workspace.leads(), self.lines)
        detect(self.workspace, "--force")
        self.assertEqual(self.workspace.leads(), self.lines)

    def test_any_lead_can_be_made_again(self):
        one_of_each = {lead["code"]: lead["lead_id"] for lead in self.leads.values()}
        lines = dict(zip(self.leads, self.lines.decode().splitlines()))
        for code, lead_id in one_of_each.items():
            with self.subTest(code=code):
                self.assertEqual(self.ran("leads", self.workspace, "--replay", lead_id).out.rstrip("\n"), lines[lead_id])
        self.assertEqual(anlan("leads", self.workspace, "--replay", "EP-15-000000000000").code, FAILED)

    def test_only_lists_one_detection(self):
        code = next(iter(self.leads.values()))["code"]
        chosen = leads_of(self.workspace.leads("--only", code))
        self.assertEqual(set(chosen), {lead_id for lead_id, lead in self.leads.items() if lead["code"] == code})
        ended = anlan("leads", self.workspace, "--only", code[:-1] + "x")
        self.assertEqual(ended.code, FAILED)

    def test_csv_has_a_mark_for_spreadsheets_and_every_lead_heaviest_first(self):
        for lang, subject, amount in (("zh", "对象标识", "金额(元)"), ("en", "Subject", "Amount (yuan)")):
            content = self.ran("leads", self.workspace, "--format", "csv", lang=lang).stdout
            self.assertTrue(content.startswith(b"\xef\xbb\xbf"))
            rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
            self.assertEqual(len(rows), len(self.leads))
            for row in rows:
                lead = self.leads[row["疑点编号" if lang == "zh" else "Lead"]]
                self.assertEqual(row[subject], lead["subject_id"])
                self.assertEqual(int(row[amount].replace(".", "")), lead["amount_fen"])
                self.assertEqual(row["说明" if lang == "zh" else "Reason"], lead["reason"][lang])
            scores = [float(row["得分" if lang == "zh" else "Score"]) for row in rows]
            self.assertEqual(scores, sorted(scores, reverse=True))

    def test_a_workbook_keeps_ids_as_text(self):
        out = self.folder / "疑点 清单.xlsx"
        self.ran("leads", self.workspace, "--format", "xlsx", "--out", out, lang="zh")
        book = openpyxl.load_workbook(out)
        leads, evidence = book.worksheets
        head = [cell.value for cell in leads[1]]
        rows = list(leads.iter_rows(min_row=2))
        self.assertEqual(len(rows), len(self.leads))
        for row in rows:
            cell = dict(zip(head, row))
            lead = self.leads[cell["疑点编号"].value]
            self.assertEqual(cell["对象标识"].data_type, "s")
            self.assertEqual(cell["对象标识"].value, lead["subject_id"])
            self.assertEqual(round(cell["金额(元)"].value * 100), lead["amount_fen"])
        rows = sum(len(hit["evidence"]) for lead in self.leads.values() for hit in lead["hits"])
        self.assertEqual(evidence.max_row - 1, rows)
        self.assertEqual({cell.data_type for row in evidence.iter_rows(min_row=2) for cell in (row[0], row[3], row[4])},
                         {"s"})

    def test_money_counts_once(self):
        totals = {kind: total_fen(self.leads.values(), kind) for kind in ("recoverable", "difference", "exposure")}
        told = json.loads(detect(self.workspace, "--json").out)["totals"]
        self.assertEqual(told, {"leads": len(self.leads), **{f"{kind}_fen": fen for kind, fen in totals.items()}})
        for text in (self.detected.out, self.ran("leads", self.workspace).out):
            for fen in totals.values():
                self.assertIn(f"{fen // 100:,}.{fen % 100:02d}", text)
        for code in {lead["code"] for lead in self.leads.values()}:
            leads = [lead for lead in self.leads.values() if lead["code"] == code]
            fen = total_fen(leads, leads[0]["amount_kind"])
            line = re.search(rf"(?m)^{code} .*$", self.detected.out)[0]
            self.assertIn(f"{fen // 100:,}.{fen % 100:02d}", line)

    def test_the_screen_never_shows_a_whole_id_number(self):
        people = {hit["person"] for lead in self.leads.values() for hit in lead["hits"] if hit["person"]}
        self.assertTrue(any(ID_NUMBER.fullmatch(person) for person in people))
        screens = [self.table_text("zh"), self.table_text("en")]
        for ended in (self.imported, self.detected,
                      anlan("score", self.workspace, "--truth", self.city / "truth.csv")):
            screens += [ended.out, ended.err]
        for screen in screens:
            self.assertEqual(ID_NUMBER.findall(screen), [])
        self.assertEqual(len(re.findall(r"(?m)^ *\d+ +[\d.]+ .* [A-Z]{2}-\d{2}-[0-9a-f]{12} ", screens[0])), len(self.leads))

    def test_the_ten_heaviest_come_with_a_sentence_in_either_language(self):
        for lang in ("zh", "en"):
            text = self.ran("leads", self.workspace, "--top", 10, lang=lang).out
            shown = re.findall(r"[A-Z]{2}-\d{2}-[0-9a-f]{12}", text)
            self.assertEqual(len(shown), 10)
            for lead_id in shown:
                reason = self.leads[lead_id]["reason"][lang]
                self.assertIn(ID_NUMBER.sub("", reason).split()[0][:4], text)


class Changes(Scenario):
    """A new delivery makes leads appear and grow; taking it back makes them shrink and go."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.city = cls.new_city("city", 3000, 8, "--start", "2017-01", "--months", MONTHS)
        cls.workspace = cls.new_workspace("workspace")
        late = sorted(cls.city.glob("benefit_payment*-2018-1[0-2].csv"))
        if not late:
            raise AssertionError("the city has no payments of late 2018")
        early = [file for file in cls.city.glob("*.csv") if file not in late and file.name not in ("truth.csv", "spoil.csv")]
        cls.ran("import", cls.workspace, *early)
        cls.steps = [cls.step()]
        cls.ran("import", cls.workspace, *late)
        cls.steps.append(cls.step())
        for delivery in [one for one in cls.workspace.deliveries() if one["source"] in {file.name for file in late}]:
            file = cls.city / delivery["source"]
            nothing = cls.write(f"taken back/{file.name}", file.read_bytes().partition(b"\n")[0] + b"\n")
            cls.ran("deliveries", cls.workspace, "replace", delivery["id"], nothing)
        cls.steps.append(cls.step())

    @classmethod
    def step(cls):
        """Leads now, and how each is said to have changed."""
        detect(cls.workspace)
        content = cls.ran("leads", cls.workspace, "--format", "csv", "--gone").stdout.decode("utf-8-sig")
        changes = {row["Lead"]: row["Change"] for row in csv.DictReader(io.StringIO(content, newline=""))}
        return leads_of(cls.workspace.leads()), changes

    def assert_changes(self, before, after, changes):
        def size(lead):
            return lead["amount_fen"], lead["n_hits"]

        for lead_id in before.keys() | after.keys():
            if lead_id not in after:
                expected = "gone"
            elif lead_id not in before:
                expected = "new"
            elif size(after[lead_id]) == size(before[lead_id]):
                expected = "same"
            else:
                expected = "grown" if size(after[lead_id]) > size(before[lead_id]) else "shrunk"
            self.assertEqual(changes[lead_id], expected, lead_id)

    def test_the_first_run_says_so(self):
        self.assertEqual(set(self.steps[0][1].values()), {"first run"})

    def test_a_new_delivery_brings_and_grows_leads(self):
        (before, _), (after, changes) = self.steps[0], self.steps[1]
        self.assert_changes(before, after, changes)
        self.assertLessEqual({"new", "grown", "same"}, set(changes.values()))

    def test_a_delivery_taken_back_shrinks_and_removes_them(self):
        (before, _), (after, changes) = self.steps[1], self.steps[2]
        self.assert_changes(before, after, changes)
        self.assertLessEqual({"gone", "shrunk", "same"}, set(changes.values()))

    def test_the_screen_leaves_out_what_is_gone_unless_asked(self):
        shown = self.ran("leads", self.workspace, "--all").out
        self.assertNotIn("gone", re.findall(r"(?m)^ *\d+ +[\d.]+ +\w+ +(\w+)", shown))
        asked = self.ran("leads", self.workspace, "--all", "--gone").out
        self.assertIn("gone", re.findall(r"(?m)^ *\d+ +[\d.]+ +\w+ +(\w+)", asked))


if __name__ == "__main__":
    unittest.main()
