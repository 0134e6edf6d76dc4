"""On synthetic cities every planted irregularity is found, and hardly an innocent look-alike."""

import csv
import json
import shutil
import unittest

from anlan import DONE, FAILED, ROOT, Scenario, anlan, detection_codes

THRESHOLDS = ROOT / "tests" / "scenarios" / "thresholds.yaml"
PEOPLE = 10_000  # few, and yet everything but the below is planted, most of it several times
SEEDS = (1, 2, 3, 5, 8)
LARGE_CITY_ONLY = {"PX-07"}  # compares districts: planted from 100,000 people on


def detected_city(scenario, seed, people):
    """A city and the workspace in which its detections ran."""
    city = scenario.new_city(f"city {seed}", people, seed)
    workspace = scenario.new_workspace(f"workspace {seed}")
    scenario.ran("import", workspace, city)
    scenario.ran("detect", workspace)
    return city, workspace


class Score(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.codes = set(detection_codes())

    def test_every_detection_on_several_seeds(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                city, workspace = detected_city(self, seed, PEOPLE)
                scored = anlan("score", workspace, "--truth", city / "truth.csv", "--thresholds", THRESHOLDS)
                print(f"seed {seed}\n{scored.out}")
                self.assertEqual(scored.code, DONE, scored.out + scored.err)
                scores = json.loads(anlan("score", workspace, "--truth", city / "truth.csv", "--json").out)
                self.assertEqual({score["code"] for score in scores}, self.codes)
                self.assertEqual({score["code"] for score in scores if score["planted"] == 0}, LARGE_CITY_ONLY)
                for score in scores:
                    with self.subTest(seed=seed, detection=score["code"]):
                        rare = score["code"] in LARGE_CITY_ONLY
                        self.assertGreaterEqual(score["planted"], 0 if rare else 1)
                        self.assertGreaterEqual(score["lookalikes"], 0 if rare else 1)
                        self.assertEqual(score["recall"], 1)
                        self.assertGreaterEqual(score["precision"], 0.98)

    def test_a_large_city_for_the_models_that_compare_districts(self):
        for seed in SEEDS:
            city = self.new_city(f"large {seed}", 100_000, seed, "--start", "2017-01", "--months", 12)
            for code in LARGE_CITY_ONLY:
                with self.subTest(seed=seed, model=code):
                    model = json.loads(anlan("models", "show", code, "--json").out)
                    tables = (*model["needs"], "exception_list")
                    workspace = self.new_workspace(f"workspace {seed} {code}")
                    self.ran("import", workspace, *(file for table in tables for file in city.glob(f"{table}*.csv")))
                    self.ran("detect", workspace, "--only", code, "--as-of", "2017-12-31")
                    scored = anlan("score", workspace, "--truth", city / "truth.csv", "--json")
                    (score,) = json.loads(scored.out)
                    self.assertGreaterEqual(score["planted"], 1)
                    self.assertGreaterEqual(score["lookalikes"], 1)
                    self.assertEqual((score["recall"], score["precision"]), (1, 1))
            if seed == SEEDS[0]:
                self.whole_district_is_found_grant_by_grant(city)
            shutil.rmtree(city)

    def whole_district_is_found_grant_by_grant(self, city):
        """The district whose pensions are too high is, to EP-14, many persons whose pension is."""
        workspace = self.new_workspace("workspace whole")
        self.ran("import", workspace, city)
        self.ran("detect", workspace, "--only", "EP-14", "--as-of", "2017-12-31")
        scored = json.loads(anlan("score", workspace, "--truth", city / "truth.csv", "--json").out)
        (score,) = (score for score in scored if score["code"] == "EP-14")
        self.assertGreaterEqual(score["planted"], 20)
        self.assertEqual((score["recall"], score["precision"]), (1, 1))


class Thresholds(Scenario):
    """The check itself can fail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.city, cls.workspace = detected_city(cls, 21, 2000)

    def score(self, truth, thresholds=THRESHOLDS):
        return anlan("score", self.workspace, "--truth", truth, "--thresholds", thresholds)

    def truth(self):
        with open(self.city / "truth.csv", encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))

    def write_truth(self, name, rows):
        lines = [",".join(rows[0])] + [",".join(row.values()) for row in rows]
        return self.write(name, "\n".join(lines) + "\n")

    def test_passes_with_the_truth_as_it_is(self):
        self.assertEqual(self.score(self.city / "truth.csv").code, DONE)
        self.assertEqual(self.score(self.write_truth("same.csv", self.truth())).code, DONE)

    def test_fails_when_something_planted_is_not_found(self):
        rows = self.truth()
        planted = next(row for row in rows if row["kind"] == "planted")
        extra = {**planted, "subject_id": "N0B0DY"}
        ended = self.score(self.write_truth("extra.csv", [*rows, extra]))
        self.assertEqual(ended.code, FAILED)
        self.assertIn(planted["detection"], ended.err)

    def test_fails_when_innocents_are_hit(self):
        rows = self.truth()
        code = next(row["detection"] for row in rows if row["kind"] == "planted")
        turned = [{**row, "kind": "lookalike"} if row["detection"] == code else row for row in rows]
        ended = self.score(self.write_truth("turned.csv", turned))
        self.assertEqual(ended.code, FAILED)
        self.assertIn(code, ended.err)

    def test_fails_on_a_truth_or_thresholds_that_cannot_be_read(self):
        for truth, thresholds, said in (
                (self.write("no column.csv", "detection,kind\n"), THRESHOLDS, "no column.csv:1"),
                (self.write("kind.csv", "detection,kind,variant,subject_id\nEP-15,perhaps,v,1\n"), THRESHOLDS, "kind.csv:2"),
                (self.city / "truth.csv", self.write("two.yaml", "default: {recall: 2}\n"), "two.yaml:1"),
                (self.city / "truth.csv", self.write("word.yaml", "EP-15: {precison: 1}\n"), "precison"),
                (self.folder / "nowhere.csv", THRESHOLDS, "nowhere.csv")):
            with self.subTest(said=said):
                ended = self.score(truth, thresholds)
                self.assertEqual(ended.code, FAILED, ended.out + ended.err)
                self.assertIn(said, ended.err)


if __name__ == "__main__":
    unittest.main()
