"""On synthetic cities, each rule with an SQL statement in tests/agreement says just what that statement says."""

import json
import pathlib
import subprocess
import unittest

from anlan import DONE, PROGRAM, ROOT, SOME_REJECTED, Scenario
from odd_facts import heap_odd_facts

COMPARE = pathlib.Path(PROGRAM).parent / "anlan_agreement"
STATEMENTS = ROOT / "tests" / "agreement"
PEOPLE = 10_000  # few, and yet everything is planted several times
SEEDS = (1, 2, 3, 4)


def compare(workspace, *words):
    """How the comparison ended, and what it says of each rule."""
    ended = subprocess.run([COMPARE, workspace, "--json", *words], stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, check=False)
    return ended, json.loads(ended.stdout) if ended.stdout else []


class Agreement(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = {path.stem for path in STATEMENTS.glob("*.sql")} - {"shared"}

    def imported(self, seed):
        workspace = self.new_workspace(f"workspace {seed}")
        self.ran("import", workspace, self.new_city(f"city {seed}", PEOPLE, seed))
        return workspace

    def test_rules_and_sql_give_the_same_hits(self):
        hits = dict.fromkeys(self.rules, 0)
        for seed in SEEDS:
            ended, compared = compare(self.imported(seed))
            self.assertEqual({one["rule"] for one in compared}, self.rules, ended.stderr)
            for one in compared:
                hits[one["rule"]] += one["rule_hits"]
                with self.subTest(seed=seed, rule=one["rule"]):
                    self.assertTrue(one["agrees"], json.dumps(one, indent=2, ensure_ascii=False))
            print(f"seed {seed}: {len(compared)} rules, {sum(one['rule_hits'] for one in compared)} hits")
            self.assertEqual(ended.returncode, DONE, ended.stderr)
        # What no city shows, no city proves.
        self.assertEqual([rule for rule, found in hits.items() if found == 0], [])

    def test_rules_and_sql_agree_on_odd_facts(self):
        for seed in (1, 2, 3):
            city = self.new_city(f"odd city {seed}", 2000, seed, "--plain")
            heap_odd_facts(city, seed)
            workspace = self.new_workspace(f"odd workspace {seed}")
            self.ran("import", workspace, city, code=(DONE, SOME_REJECTED))
            _, compared = compare(workspace, "--as-of", "2018-12-31")
            self.assertEqual({one["rule"] for one in compared}, self.rules)
            print(f"seed {seed} with odd facts: {sum(one['rule_hits'] for one in compared)} hits")
            for one in compared:
                with self.subTest(seed=seed, rule=one["rule"]):
                    self.assertTrue(one["agrees"], json.dumps(one, indent=2, ensure_ascii=False))

    def test_a_difference_is_told(self):
        workspace = self.imported(5)
        wrong = (STATEMENTS / "pension_after_death.sql").read_text().replace("> mon(d.death_date)", ">= mon(d.death_date)")
        self.write("statements/pension_after_death.sql", wrong)
        self.write("statements/shared.sql", (STATEMENTS / "shared.sql").read_text())
        ended, (one,) = compare(workspace, "--statements", self.folder / "statements")
        self.assertEqual(ended.returncode, 1)
        self.assertFalse(one["agrees"])
        self.assertEqual(one["only_rule"], [])
        self.assertIn("***", one["only_sql"][0]["subject"])


if __name__ == "__main__":
    unittest.main()
