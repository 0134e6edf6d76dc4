"""Dossier files are an index: equal for every thread count, rebuilt when damaged or outdated, never wrong in silence."""

import hashlib
import json
import re
import shutil
import unittest

from anlan import DONE, FAILED, ROOT, Scenario


def files_of(workspace):
    folder = workspace.folder / "dossiers" / "person"
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.dossier"))}


class Dossiers(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.city = cls.new_city("city", 2000, 3, "--months", 6)
        cls.workspace = cls.new_workspace("dossiers")
        cls.ran("import", cls.workspace, cls.city)
        cls.ran("dossiers", cls.workspace, "build")
        cls.built = files_of(cls.workspace)
        with open(cls.city / "person.csv", "rb") as rows:
            # A digit run of 18 is an ID number in every encoding the city writes.
            text = rows.read().decode("ascii", "ignore")
        cls.id_no = next(word for line in text.splitlines()[1:] for word in line.split(",")
                         if len(word) == 18 and word[:17].isdigit())

    def test_a_person_is_found_and_masked(self):
        shown = self.ran("person", self.workspace, self.id_no).out
        self.assertNotIn(self.id_no, shown)
        self.assertIn(self.id_no[-2:], shown)
        self.assertIn(self.id_no, self.ran("person", self.workspace, self.id_no, "--reveal").out)
        self.assertTrue(json.loads(self.ran("person", self.workspace, self.id_no, "--json").out))

    def test_nobody_is_said_to_be_nobody(self):
        done = self.ran("person", self.workspace, "11010519491231002X", code=FAILED)
        self.assertIn("dossier.unknown_subject", done.err)
        self.assertNotIn("11010519491231002X", done.err)

    def test_a_second_workspace_has_the_same_bytes(self):
        other = self.new_workspace("other")
        self.ran("import", other, self.city)
        settings = other.folder / "anlan.yaml"
        settings.write_text(settings.read_text().replace("threads: 0", "threads: 1"))
        self.ran("dossiers", other, "build")
        self.assertEqual(files_of(other), self.built)

    def test_damage_is_named_and_mended(self):
        victim = next((self.workspace.folder / "dossiers" / "person").glob("*.dossier"))
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 0x40
        victim.write_bytes(content)
        done = self.ran("dossiers", self.workspace, "verify", code=FAILED)
        self.assertIn(victim.name, done.out + done.err)
        self.ran("dossiers", self.workspace, "build")
        self.ran("dossiers", self.workspace, "verify", code=DONE)
        self.assertEqual(files_of(self.workspace), self.built)

    def test_after_a_start_of_the_machine_one_dossier_is_checked_alone(self):
        folder = self.workspace.folder / "dossiers" / "person"
        shown = self.ran("person", self.workspace, self.id_no).out
        manifest = folder / "manifest.json"
        told = json.loads(manifest.read_text())
        told["boot"] = "another start"
        manifest.write_text(json.dumps(told))
        # Whole files are neither read nor said to be good for one dossier.
        self.assertEqual(self.ran("person", self.workspace, self.id_no).out, shown)
        self.assertEqual(json.loads(manifest.read_text())["boot"], "another start")
        # What it needs is damaged: the files are made again, and the answer is the same.
        victim = next(folder.glob("*.dossier"))
        content = bytearray(victim.read_bytes())
        content[content.index(self.id_no.encode())] ^= 0x01
        victim.write_bytes(content)
        self.assertEqual(self.ran("person", self.workspace, self.id_no).out, shown)
        self.assertEqual(files_of(self.workspace), self.built)
        self.assertNotEqual(json.loads(manifest.read_text())["boot"], "another start")

    def test_a_changed_rule_is_heard_at_once(self):
        catalog = self.folder / "catalog"
        shutil.copytree(ROOT / "catalog", catalog)
        ask = ("--catalog", catalog, "person", self.workspace, self.id_no)
        before = self.ran(*ask).out
        self.assertEqual(self.ran(*ask).out, before)
        of_all = int(re.search(r"of (\d+) speak", before).group(1))
        shutil.rmtree(catalog / "rules" / "pension_after_death")
        self.assertIn(f"of {of_all - 1} speak", self.ran(*ask).out)
        rule = catalog / "rules" / "pension_in_prison" / "rule.yaml"
        rule.write_text(rule.read_text().replace("when:", "whem:"))
        self.assertIn("pension_in_prison/rule.yaml", self.ran(*ask, code=FAILED).err)

    def test_deleted_files_come_back(self):
        shutil.rmtree(self.workspace.folder / "dossiers")
        self.ran("person", self.workspace, self.id_no)
        self.assertEqual(files_of(self.workspace), self.built)


if __name__ == "__main__":
    unittest.main()
