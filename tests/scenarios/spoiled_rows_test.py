"""Nothing is lost: in a city with one spoiled row in a hundred, rows read = rows loaded + rows rejected, file by file."""

import collections
import csv
import unittest

from anlan import DONE, SOME_REJECTED, Scenario

REASONS = {
    "missing_required": {"row.required_missing"},
    "too_many_fields": {"row.field_count"},
    "too_few_fields": {"row.field_count"},
    "duplicate_key": {"row.key_duplicate"},
    "bad_date": {"row.date_malformed"},
    "impossible_date": {"row.date_impossible"},
    "bad_month": {"row.month_malformed"},
    "bad_money": {"row.money_malformed"},
    "too_precise_money": {"row.money_too_precise"},
    "bad_check_digit": {"row.id_check_digit", "row.id_malformed"},  # of 18 digits, of 15 made 16
    "overlong_text": {"row.text_too_long"},
    "unknown_code": {"row.code_unknown"},
    "totals_row": {"row.totals"},
}


class SpoiledRows(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        options = ("--months", 12)
        cls.city = cls.new_city("spoiled city", 2000, 5, *options, "--spoil", "0.01")
        cls.workspace = cls.new_workspace("spoiled")
        settings = cls.workspace.folder / "anlan.yaml"
        settings.write_text(settings.read_text().replace("id_check: mark", "id_check: reject"))
        cls.imported = cls.ran("import", cls.workspace, cls.city, code=SOME_REJECTED)
        cls.deliveries = {delivery["source"]: delivery for delivery in cls.workspace.deliveries()}
        cls.spoiled = collections.defaultdict(dict)
        with open(cls.city / "spoil.csv", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                cls.spoiled[row["file"]][int(row["line"])] = row["kind"]
        cls.rejected = {}
        for name, delivery in cls.deliveries.items():
            cls.rejected[name] = {int(row["row_no"]): row for row in cls.workspace.rejects(delivery)
                                  if row["kind"] == "reject"}

    def lines_of(self, name):
        """The file's lines as text, from line 1."""
        encoding = {"UTF-8": "utf-8-sig", "GB18030": "gb18030"}[self.deliveries[name]["encoding"]]
        return [""] + (self.city / name).read_bytes().decode(encoding).split("\n")

    def test_every_kind_was_planted(self):
        kinds = collections.Counter(kind for lines in self.spoiled.values() for kind in lines.values())
        print("spoiled rows:", dict(kinds))
        self.assertEqual(set(kinds), set(REASONS))

    def test_every_file_is_a_delivery(self):
        files = {file.name for file in self.city.iterdir()} - {"spoil.csv", "truth.csv"}
        self.assertEqual(set(self.deliveries), files)

    def test_rows_read_are_rows_loaded_and_rows_rejected(self):
        for name, delivery in self.deliveries.items():
            with self.subTest(file=name):
                self.assertEqual(delivery["rows_read"], len([line for line in self.lines_of(name) if line.strip()]) - 1)
                self.assertEqual(delivery["rows_read"], delivery["rows_loaded"] + delivery["rows_rejected"])
                self.assertEqual(delivery["rows_rejected"], len(self.rejected[name]))

    def test_exactly_the_spoiled_rows_are_rejected(self):
        for name in self.deliveries:
            with self.subTest(file=name):
                self.assertEqual(sorted(self.rejected[name]), sorted(self.spoiled[name]))

    def test_each_with_the_reason_of_its_kind_and_its_text_as_received(self):
        for name, spoiled in self.spoiled.items():
            lines = self.lines_of(name)
            for line, kind in spoiled.items():
                with self.subTest(file=name, line=line, kind=kind):
                    row = self.rejected[name][line]
                    self.assertIn(row["code"], REASONS[kind])
                    self.assertEqual(row["row"].rstrip("\r"), lines[line].rstrip("\r"))
                    self.assertTrue(row["reason_zh"] and row["reason_en"])

    def test_the_screen_shows_every_reason(self):
        for codes in REASONS.values():
            for code in codes - {"row.id_malformed"}:
                self.assertIn(code, self.imported.out)

    def test_a_spoiled_city_loads_the_rows_of_a_clean_one(self):
        city = self.new_city("clean city", 2000, 5, "--months", 12)
        clean = self.new_workspace("clean")
        self.ran("import", clean, city, code=DONE)
        rows = {delivery["source"]: delivery["rows_loaded"] for delivery in clean.deliveries()}
        self.assertEqual(rows, {name: delivery["rows_loaded"] for name, delivery in self.deliveries.items()})


if __name__ == "__main__":
    unittest.main()
