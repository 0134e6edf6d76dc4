"""The measures against risks: listed, shown, and held against risk nodes and detections."""

import json
import shutil
import unittest
from pathlib import Path

from anlan import FAILED, WRONG_USE, Scenario

TREE = Path(__file__).resolve().parents[2]


class Measures(Scenario):
    def test_forty_eight_measures_none_of_them_official(self):
        measures = json.loads(self.ran("measures", "list", "--json").out)
        self.assertEqual(len(measures), 48)
        self.assertEqual([one["code"] for one in measures[::8]], ["PO-01", "BU-01", "FI-01", "IT-01", "AI-01", "SU-01"])
        self.assertEqual({(one["official"], one["sure"]) for one in measures}, {(False, "assumed")})
        self.assertIn("不是部颁48项措施的原文", self.ran("measures", "list", lang="zh").out)
        self.assertIn("not the ministry's text", self.ran("measures", "list").out)

    def test_one_measure_names_what_checks_it(self):
        measure = json.loads(self.ran("measures", "show", "BU-06", "--json").out)
        self.assertIn("EP-01", measure["detections"])
        self.assertIn("DTH-01", measure["nodes"])
        self.assertIn("死亡后继续领取", self.ran("measures", "show", "BU-06", lang="zh").out)
        missing = self.ran("measures", "show", "BU-6", code=FAILED)
        self.assertIn("BU-06", missing.err)
        self.ran("measures", "show", code=WRONG_USE)

    def test_coverage_names_file_and_line_of_each_gap(self):
        self.assertEqual(json.loads(self.ran("measures", "coverage", "--json").out)["gaps"], 0)
        catalog = self.folder / "catalog"
        shutil.copytree(TREE / "catalog", catalog)
        path = catalog / "processes" / "refund.yaml"
        path.write_text(path.read_text().replace("        measures: [BU-02, FI-04]\n", ""))
        path = catalog / "measures" / "su.yaml"
        path.write_text("".join(line for line in path.read_text().splitlines(True) if "no_node" not in line))
        ended = self.ran("measures", "coverage", "--catalog", catalog, code=FAILED, lang="zh")
        self.assertRegex(ended.out, r"refund\.yaml:\d+: RFD-03 风险节点没有防控措施")
        self.assertRegex(ended.out, r"su\.yaml:\d+: SU-08 措施没有对应的风险节点")
        path.write_text(path.read_text().replace("SU-04", "SU-40"))
        self.assertRegex(self.ran("measures", "list", "--catalog", catalog, code=FAILED).err,
                         r"control\.yaml:\d+: unknown measure SU-04")


if __name__ == "__main__":
    unittest.main()
