"""Every kind of damage is named by `anlan doctor`, and what is safe to mend is mended."""

import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from anlan import DONE, FAILED, SOME_REJECTED, Scenario, Workspace, anlan

EITHER = (DONE, SOME_REJECTED)


made = {}  # the sound workspace, made once for all classes


def setUpModule():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="安澜 体检-"))
    made["folder"] = folder
    Scenario.ran("sim", folder / "city", "--people", 2000, "--seed", 7, "--months", 6)
    Scenario.ran("init", folder / "sound")
    files = [path for name in ("person", "ext_death", "benefit_payment") for path in (folder / "city").glob(f"{name}*.csv")]
    Scenario.ran("import", folder / "sound", *files, code=EITHER)
    Scenario.ran("detect", folder / "sound", code=EITHER)


def tearDownModule():
    shutil.rmtree(made["folder"], ignore_errors=True)


class DoctorScenario(Scenario):
    def setUp(self):
        self.workspace = Workspace(self.folder / "examined")
        shutil.copytree(made["folder"] / "sound", self.workspace.folder)
        self.addCleanup(shutil.rmtree, self.workspace.folder)

    def diagnosis(self, *options, code=(DONE, FAILED)):
        return json.loads(self.ran("doctor", self.workspace, "--json", *options, code=code).out)

    def findings(self, *options):
        return [(one["code"], one["place"]) for one in self.diagnosis(*options)["findings"]]

    def codes(self, *options):
        return sorted({code for code, _ in self.findings(*options)})

    def assert_named(self, code, place, *options):
        """Exactly this is found, in both languages, with a way to mend it."""
        diagnosis = self.diagnosis(*options, code=FAILED)
        self.assertFalse(diagnosis["clean"])
        self.assertEqual([(one["code"], str(place) in one["place"]) for one in diagnosis["findings"]], [(code, True)],
                         diagnosis["findings"])
        for lang in ("zh", "en"):
            said = self.ran("doctor", self.workspace, *options, lang=lang, code=FAILED).out
            self.assertIn(f"[{code}]", said)
            self.assertIn("→", said)
            one = json.loads(self.ran("doctor", self.workspace, "--json", *options, lang=lang, code=FAILED).out)
            self.assertNotEqual(one["findings"][0]["words"], code)
            self.assertTrue(one["findings"][0]["repair"])

    def flip(self, file, where=0.5):
        content = bytearray(file.read_bytes())
        content[int(len(content) * where)] ^= 1
        file.write_bytes(content)

    def mended(self, code):
        diagnosis = self.diagnosis("--repair", code=DONE)
        self.assertIn(code, [one["code"] for one in diagnosis["repaired"]])
        self.assertEqual(self.findings(), [])
        acts = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "--json").out)]
        self.assertTrue([act for act in acts if act["act"] == "doctor.repair" and act["counts"].get(code)])
        self.ran("journal", "verify", self.workspace)

    def part(self):
        return max(self.workspace.folder.glob("lake/*/*/*.parquet"), key=lambda file: file.stat().st_size)

    def desk(self, sql, *values):
        with sqlite3.connect(self.workspace.folder / "desk.db") as desk:
            answer = desk.execute(sql, values).fetchall()
        desk.close()
        return answer


class Clean(DoctorScenario):
    def test_a_sound_workspace_has_no_findings_and_is_left_as_it_is(self):
        before = self.workspace.everything()
        diagnosis = self.diagnosis(code=DONE)
        self.assertEqual(diagnosis["findings"], [])
        examined = diagnosis["examined"]
        parts = sum(len(one) for one in self.workspace.parts().values())
        self.assertTrue(examined["desk"])
        self.assertEqual(examined["deliveries"], len(self.workspace.deliveries()))
        self.assertGreater(parts, 0)
        self.assertEqual(examined["bytes_hashed"],
                         sum(file.stat().st_size for file in self.workspace.folder.glob("lake/*/*/*.parquet")))
        self.assertEqual(examined["deliveries_without_hashes"], 0)
        self.assertGreater(examined["entries"], 2)
        self.assertEqual(examined["runs"], 1)
        self.assertGreater(examined["dossier_kinds"], 0)
        self.ran("doctor", self.workspace, "--quick")
        after = self.workspace.everything()
        self.assertEqual(before, after)


class Lake(DoctorScenario):
    def test_one_flipped_bit_in_a_parquet_file(self):
        file = self.part()
        self.flip(file)
        self.assert_named("lake.part_changed", file)
        self.assertEqual(self.codes("--quick"), [])

    def test_a_missing_part(self):
        file = self.part()
        file.unlink()
        self.assert_named("lake.part_missing", file)

    def test_a_missing_manifest(self):
        file = self.part().parent / "manifest.json"
        file.unlink()
        self.assertIn(("lake.manifest_missing", str(file)), self.findings())

    def test_a_manifest_that_tells_another_story(self):
        file = self.part().parent / "manifest.json"
        manifest = json.loads(file.read_text())
        manifest["rows_rejected"] += 1
        file.write_text(json.dumps(manifest, indent=2) + "\n")
        self.assert_named("lake.manifest_changed", file)

    def test_a_part_changed_together_with_its_hash_in_the_manifest(self):
        file = self.part()
        manifest_file = file.parent / "manifest.json"
        manifest = json.loads(manifest_file.read_text())
        shutil.copy2(next(other for other in self.workspace.folder.glob("lake/*/*/*.parquet") if other != file), file)
        index = manifest["parts"].index(file.name)
        manifest["parts_sha256"][index] = hashlib.sha256(file.read_bytes()).hexdigest()
        manifest_file.write_text(json.dumps(manifest, indent=2) + "\n")
        self.assert_named("lake.manifest_changed", manifest_file)

    def test_a_delivery_that_is_gone(self):
        folder = self.part().parent
        shutil.rmtree(folder)
        codes = self.codes()
        self.assertIn("lake.delivery_missing", codes)
        self.assertIn("runs.delivery_missing", codes)
        self.assertIn(("lake.delivery_missing", f"{folder.parent.name}/{folder.name}"), self.findings())

    def test_a_delivery_put_there_past_the_program(self):
        other = self.new_workspace(f"past-{self.id()}")
        self.ran("import", other, self.write("person.csv", "person_id,id_no,name,sex,born_on\n"
                                             "P1,129900195607040017,某,1,1956-07-04\n"), "--table", "person", code=EITHER)
        source = other.deliveries()[0]["folder"]
        shutil.copytree(source, self.workspace.folder / source.relative_to(other.folder))
        self.assert_named("journal.act_without_entry", "delivery:")

    def test_leftovers_of_a_crash(self):
        left = self.workspace.folder / "lake" / ".staging" / "0123456789abcdef"
        left.mkdir(parents=True)
        (left / "part-00000.parquet").write_bytes(b"x")
        self.assert_named("lake.staging_left", left)
        self.mended("lake.staging_left")
        self.assertFalse(left.exists())

    def test_deliveries_without_hashes_are_read_whole(self):
        for manifest_file in self.workspace.folder.glob("lake/*/*/manifest.json"):
            manifest = json.loads(manifest_file.read_text())
            del manifest["parts_sha256"]
            manifest_file.write_text(json.dumps(manifest, indent=2) + "\n")
        # As a workspace of an older program: its entries hold no hash of a manifest either.
        shutil.rmtree(self.workspace.folder / "journal")
        (self.workspace.folder / "desk.db").unlink()
        diagnosis = self.diagnosis(code=DONE)
        self.assertEqual(diagnosis["examined"]["deliveries_without_hashes"], len(self.workspace.deliveries()))
        file = self.part()
        file.write_bytes(file.read_bytes()[:-200])
        self.assert_named("delivery.damaged", file)


class Runs(DoctorScenario):
    def test_a_missing_file_of_the_current_run(self):
        file = sorted(self.workspace.folder.glob("runs/*/hits/*.parquet"))[0]
        file.unlink()
        self.assert_named("runs.file_missing", file)

    def test_a_current_run_that_is_gone(self):
        folder = next(self.workspace.folder.glob("runs/*/run.json")).parent
        shutil.rmtree(folder)
        codes = self.codes()
        self.assertIn("runs.missing", codes)

    def test_a_list_of_current_runs_that_is_damaged(self):
        file = self.workspace.folder / "runs" / "current.json"
        file.write_text("{")
        self.assert_named("runs.current", "current.json")


class Desk(DoctorScenario):
    def test_rights_that_are_too_wide(self):
        for path, rights, code in ((self.workspace.folder, 0o755, "workspace.rights"),
                                   (self.workspace.folder / "desk.db", 0o644, "desk.rights"),
                                   (self.workspace.folder / "journal" / "personal", 0o755, "journal.rights"),
                                   (self.workspace.folder / "journal" / "key" / "signing.pem", 0o640,
                                    "journal.key_rights")):
            os.chmod(path, rights)
            self.assert_named(code, path if code != "journal.key_rights" else "")
            self.mended(code)

    def test_damaged_pages(self):
        file = self.workspace.folder / "desk.db"
        content = bytearray(file.read_bytes())
        content[4096:4096 + 8] = b"\xff" * 8  # the head of the second page
        file.write_bytes(content)
        codes = self.codes()
        self.assertTrue(set(codes) & {"desk.damaged", "store.corrupted"}, codes)

    def test_a_file_that_is_no_database(self):
        (self.workspace.folder / "desk.db").write_text("not a database, " * 1000)
        self.assert_named("store.not_a_database", "desk.db")

    def test_a_reference_to_nothing_and_a_version_past_the_program(self):
        self.desk("INSERT INTO record_change VALUES ('nothing', '1', 1, 'actor:1', 0, 'a')")
        self.assert_named("desk.records", "nothing")

    def test_an_act_that_has_waited_for_long(self):
        act = {"act": "test.waited", "who": "actor:7", "post": "", "subject": "thing:1", "outcome": "done", "refs": {},
               "counts": {}, "personal": {"name": "某人"}}
        self.desk("INSERT INTO journal_outbox (outbox_id, told_at, act) VALUES (?, ?, ?)", "ab" * 16, 1_000_000,
                  json.dumps(act))
        self.assert_named("journal.outbox_old", "outbox:" + "ab" * 16)
        self.assertEqual([one["code"] for one in json.loads(self.ran("journal", "verify", self.workspace, "--json",
                                                                     code=FAILED).out)["findings"]],
                         ["journal.outbox_old"])
        self.mended("journal.outbox_old")
        entries = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "--json").out)]
        moved = [entry for entry in entries if entry["act"] == "test.waited"]
        self.assertEqual(len(moved), 1)
        self.assertEqual(moved[0]["refs"]["told_at"], "1970-01-01T00:16:40.000Z")
        self.assertEqual(self.desk("SELECT count(*) FROM journal_outbox"), [(0,)])
        self.assertNotIn("某人".encode(), (self.workspace.folder / "desk.db").read_bytes())


class Journal(DoctorScenario):
    def test_a_changed_entry(self):
        for file in (self.workspace.folder / "journal" / "public" / "tile" / "entries").rglob("*"):
            if file.is_file():
                file.write_bytes(file.read_bytes().replace(b'"act":"detect"', b'"act":"detecT"'))
        code, place = self.findings()[0]
        self.assertEqual(code, "journal.entry_changed")
        self.assertRegex(place, "entry [0-9]+")

    def test_a_key_that_is_gone(self):
        file = self.workspace.folder / "journal" / "key" / "signing.pem"
        file.unlink()
        self.assert_named("journal.key_missing", file)

    def test_the_key_of_identities(self):
        file = self.workspace.folder / "desk.key"
        text = file.read_bytes()
        file.chmod(0o644)
        self.assert_named("access.key_rights", file)
        self.ran("doctor", self.workspace, "--repair")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        file.write_bytes(text.rstrip()[:-2] + b"\n")
        self.assert_named("access.key_damaged", file)
        last = text.rstrip()[-1:]
        file.write_bytes(text.rstrip()[:-1] + (b"1" if last == b"0" else b"0") + b"\n")
        self.assert_named("access.key_of_another_desk", file)
        file.unlink()
        self.assert_named("access.key_missing", file)

    def test_a_journal_without_its_settings(self):
        (self.workspace.folder / "journal" / "log.json").unlink()
        self.assertIn("journal.missing", self.codes())

    def test_an_act_that_was_cut_short(self):
        intent = self.workspace.folder / "journal" / "intents" / "0011223344556677.json"
        intent.write_text(json.dumps({"act": "import", "who": "uid:0", "personal": {}, "next": 0, "present": []}))
        self.assert_named("journal.intent_unfinished", intent)
        self.mended("journal.intent_unfinished")
        entries = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "--json").out)]
        self.assertIn(("import", "unfinished"), [(entry["act"], entry["outcome"]) for entry in entries])

    def test_a_journal_older_than_the_desk(self):
        older = self.folder / "older-journal"
        shutil.copytree(self.workspace.folder / "journal", older)
        self.addCleanup(shutil.rmtree, older)
        for number in range(2):
            self.ran("backup", self.workspace, self.folder / f"{self.id()}-{number}")
        shutil.rmtree(self.workspace.folder / "journal")
        shutil.copytree(older, self.workspace.folder / "journal")
        self.assert_named("journal.older_than_desk", "entries")
        # Nothing is added to it in silence.
        self.assertIn("[journal.older_than_desk]", self.ran("backup", self.workspace, self.folder / "no-backup",
                                                            code=FAILED).err)
        self.diagnosis("--accept-journal", code=DONE)
        entries = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "--json").out)]
        accepted = next(entry for entry in entries if entry["act"] == "journal.accepted")
        self.assertGreater(accepted["counts"]["entries_known"], accepted["counts"]["entries_there"])

    def test_a_desk_older_than_the_journal(self):
        older = self.folder / "older-desk.db"
        shutil.copy2(self.workspace.folder / "desk.db", older)
        self.ran("backup", self.workspace, self.folder / self.id())
        shutil.copy2(older, self.workspace.folder / "desk.db")
        self.assert_named("desk.older_than_journal", "1 acts")
        self.mended("desk.older_than_journal")
        entries = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "--json").out)]
        self.assertIn("desk.older_found", [entry["act"] for entry in entries])


class Rest(DoctorScenario):
    def test_a_damaged_dossier_file(self):
        file = max(self.workspace.folder.glob("dossiers/*/bucket-*"), key=lambda file: file.stat().st_size)
        self.flip(file, 0.7)
        self.assert_named("dossier.damaged", file.name)
        self.mended("dossier.damaged")

    def test_settings_that_cannot_be_read(self):
        file = self.workspace.folder / "anlan.yaml"
        file.write_text(file.read_text() + "nonsense: 1\n")
        self.assert_named("workspace.settings", "anlan.yaml")

    def test_a_folder_that_is_no_workspace(self):
        ended = anlan("doctor", self.folder / "nowhere", "--json")
        self.assertEqual(ended.code, FAILED)
        self.assertEqual(json.loads(ended.out)["findings"][0]["code"], "workspace.missing")


if __name__ == "__main__":
    unittest.main()
