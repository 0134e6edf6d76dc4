"""Duties kept apart: what is printed of them, and what `duties check` finds in a desk that somebody edited past the program."""

import json
import sqlite3
import unittest

from anlan import FAILED, SOME_REJECTED, Scenario, id_number


class Duties(Scenario):
    def test_posts_pairs_and_chains_are_printed(self):
        ended = self.ran("duties", "list")
        self.assertIn("S5", ended.out)
        self.assertIn("HD-ZD HD-ZQ", ended.out)
        both = json.loads(self.ran("duties", "list", "--json").out)
        self.assertEqual([pair["code"] for pair in both["pairs"]], [f"S{n}" for n in range(1, 29)] + ["FF"])
        self.assertEqual(json.loads(self.ran("duties", "show", "S5", "--json").out)["posts"], [["HD", "ZD"], ["HD", "ZQ"]])
        self.assertIn("S24", self.ran("duties", "show", "ZQ").out)
        chains = json.loads(self.ran("duties", "chains", "--json").out)
        exception = next(chain for chain in chains if chain["name"] == "exception_entry")
        self.assertEqual(exception["steps"][0]["quorum"], 2)
        self.assertIn("Approval by two people", self.ran("duties", "chains", "exception_entry").out)
        for words in (("show", "S99"), ("chains", "exception_entri")):
            self.assertIn("[duties.unknown]", self.ran("duties", *words, code=FAILED).err)

    def test_a_desk_edited_past_the_program_is_found_out(self):
        workspace = self.folder / "workspace"
        self.ran("init", workspace)
        self.ran("actor", "add", workspace, "both", "--name", "某", "--id-no", id_number(5), "--organisation", "d01-agency")
        self.assertIn("duties: 0 findings", self.ran("duties", "check", workspace).out)
        with sqlite3.connect(workspace / "desk.db") as desk:
            for post in ("HD", "ZQ"):
                desk.execute("INSERT INTO post_holding (person_id, account_id, organisation_id, post, held_from_at, granted_by,"
                             " approved_by, version) SELECT person_id, account_id, organisation_id, ?, 0, 'x', 'y', 1"
                             " FROM account WHERE login = 'both'", [post])
        desk.close()
        found = json.loads(self.ran("duties", "check", workspace, "--json", code=SOME_REJECTED).out)
        # The first administrator holds a soft pair under its control: shown, and no finding.
        self.assertEqual([one["code"] for one in found if one["controlled"]], ["S14"])
        self.assertEqual([(one["code"], one["level"], one["detail"]) for one in found if not one["controlled"]],
                         [("S5", "H", "HD d01-agency – ZQ d01-agency"), ("FF", "H", "HD d01-agency – ZQ d01-agency")])
        self.assertIn("S5", self.ran("duties", "check", workspace, code=SOME_REJECTED).out)


if __name__ == "__main__":
    unittest.main()
