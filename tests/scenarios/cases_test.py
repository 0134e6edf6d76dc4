"""Leads at the desk: taken in after a run, as often as one likes; what the command line shows of them."""

import json
import os
import shutil
import unittest

from anlan import DONE, FAILED, ROOT, SOME_REJECTED, Scenario, Workspace, anlan

EITHER = (DONE, SOME_REJECTED)


class Cases(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        city = cls.new_city("city", 2000, 5, "--months", 6)
        cls.workspace = Workspace(cls.folder / "workspace")
        cls.ran("init", cls.workspace)
        cls.ran("import", cls.workspace, city, code=EITHER)
        cls.detected = cls.ran("detect", cls.workspace, code=EITHER)
        cls.lines = [json.loads(line) for line in cls.workspace.leads().decode().splitlines()]

    def listed(self, *words):
        return json.loads(self.ran("cases", self.workspace, "list", "--leads", "--limit", 10000, "--json", *words).out)

    def test_a_run_tells_the_desk(self):
        self.assertIn(f"leads at the desk: {len(self.lines):,} new, 0 changed", self.detected.out)
        leads = self.listed()
        self.assertEqual(leads["total"], len(self.lines))
        self.assertEqual({one["lead_id"] for one in leads["leads"]}, {line["lead_id"] for line in self.lines})
        expected = [one["expected_fen"] for one in leads["leads"]]
        self.assertEqual(expected, sorted(expected, reverse=True))
        self.assertTrue(any(expected))
        self.assertEqual({(one["state"], one["version"]) for one in leads["leads"]}, {("new", 0)})

    def test_taking_in_again_changes_nothing(self):
        again = json.loads(self.ran("cases", self.workspace, "take-in", "--json").out)
        self.assertEqual(again, {"added": 0, "changed": 0, "gone": 0, "reopened": 0, "unchanged": len(self.lines)})

    def test_nobodys_whole_number_is_in_the_desk(self):
        desk = (self.workspace.folder / "desk.db").read_bytes()
        for line in self.lines:
            if line["subject_kind"] == "person":
                self.assertNotIn(line["subject_id"].encode(), desk)

    def test_one_lead_is_shown_with_its_history(self):
        lead_id = self.listed()["leads"][0]["lead_id"]
        shown = json.loads(self.ran("cases", self.workspace, "show", lead_id, "--json").out)
        self.assertEqual(shown["lead_id"], lead_id)
        self.assertEqual(shown["events"], [])
        self.assertIn("lead.not_found", anlan("cases", self.workspace, "show", "EP-01-nothing").err)
        self.assertIn("case.not_found", anlan("cases", self.workspace, "show", "12").err)

    def test_filters_and_numbers_add_up(self):
        codes = sorted({line["code"] for line in self.lines})
        self.assertEqual(sum(self.listed("--code", code)["total"] for code in codes), len(self.lines))
        self.assertEqual(self.listed("--state", "closed")["total"], 0)
        numbers = json.loads(self.ran("cases", self.workspace, "numbers", "--json").out)
        month = numbers["flow"][-1]
        self.assertEqual(month["found"]["leads"], len(self.lines))
        self.assertEqual(month["closing"]["amount_fen"], sum(line["amount_fen"] for line in self.lines))
        self.assertEqual(sum(numbers["ageing"][0]["leads"]), len(self.lines))

    def test_the_journal_knows(self):
        entries = json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)
        told = [line["entry"] for line in entries if line["entry"]["act"] == "leads.taken_in"]
        self.assertEqual(sum(entry["counts"]["added"] for entry in told), len(self.lines))
        self.ran("journal", "verify", self.workspace)

    def test_a_desk_that_fails_undoes_nothing_of_the_run(self):
        workspace = Workspace(self.folder / "keyless")
        self.ran("init", workspace)
        self.ran("import", workspace, self.folder / "city", code=EITHER)
        key = workspace.folder / "desk.key"
        kept = key.read_bytes()
        key.unlink()
        ended = self.ran("detect", workspace, code=EITHER)
        self.assertIn("the desk's leads are not up to date", ended.err)
        self.assertEqual(len(workspace.leads().splitlines()), len(self.lines))
        key.write_bytes(kept)
        key.chmod(0o600)
        taken = json.loads(self.ran("cases", workspace, "take-in", "--json").out)
        self.assertEqual(taken["added"], len(self.lines))

    def test_a_catalog_of_rules_alone_has_no_desk(self):
        catalog = self.folder / "catalog"
        shutil.copytree(ROOT / "catalog", catalog, ignore=shutil.ignore_patterns("procedures"))
        ended = anlan("cases", self.workspace, "list", env={**os.environ, "ANLAN_CATALOG": str(catalog)})
        self.assertEqual(ended.code, FAILED)
        self.assertIn("[catalog.no_desk]", ended.err)

    def test_wrong_use_is_said(self):
        self.assertEqual(anlan("cases", self.workspace, "numbers", "--from", "soon").code, FAILED)
        self.assertEqual(anlan("cases", self.workspace, "list", "--limit", "0").code, 2)


if __name__ == "__main__":
    unittest.main()
