"""Backups are whole or not there, restores lose nothing of the journal, and an older workspace is taken up by this program."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from anlan import DONE, FAILED, PROGRAM, ROOT, SOME_REJECTED, Scenario, Workspace, anlan, csv_text, id_number

EITHER = (DONE, SOME_REJECTED)
PERSON_HEADER = ["person_id", "id_no", "name", "sex", "born_on"]


def people(first, count):
    return csv_text([PERSON_HEADER] + [[f"P{n}", id_number(n), f"某{n}", "1", "1956-07-04"]
                                       for n in range(first, first + count)])


class BackupScenario(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = cls.new_workspace("workspace")
        cls.bring(cls.workspace, 0)
        cls.bring(cls.workspace, 10)
        cls.ran("detect", cls.workspace, "--as-of", "2018-12-31", code=EITHER)

    @classmethod
    def bring(cls, workspace, first, count=10, code=EITHER):
        return cls.ran("import", workspace, cls.write(f"person-{first}.csv", people(first, count)), "--table", "person",
                       code=code)

    @classmethod
    def acts(cls, workspace):
        lines = json.loads(cls.ran("journal", "tail", workspace, "-n", 1000, "--json").out)
        return [line["entry"] for line in lines]

    @classmethod
    def codes(cls, workspace, *options):
        ended = anlan("doctor", workspace, "--json", *options)
        return sorted({one["code"] for one in json.loads(ended.out)["findings"]})


class Backups(BackupScenario):
    def test_hold_every_file_with_its_hash_and_no_key(self):
        out = self.folder / "backup"
        said = json.loads(self.ran("backup", self.workspace, out, "--json").out)
        manifest = json.loads((out / "manifest.json").read_text())
        self.assertEqual(said["backup"], hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest())
        listed = {one["path"]: one["sha256"] for one in manifest["files"]}
        there = {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
                 for path in out.rglob("*") if path.is_file() and path.name != "manifest.json"}
        self.assertEqual(listed, there)
        self.assertIn("desk.db", listed)
        self.assertIn("anlan.yaml", listed)
        self.assertFalse([path for path in listed if "signing" in path or path.startswith("lake/")])
        self.assertEqual(len(manifest["lake"]["deliveries"]), 2)
        self.assertEqual(out.stat().st_mode & 0o777, 0o700)
        self.ran("journal", "verify", out / "journal")
        told = self.acts(self.workspace)[-1]
        self.assertEqual((told["act"], told["subject"]), ("backup", "backup:" + said["backup"]))
        self.ran("journal", "verify", self.workspace)

    def test_go_into_an_empty_folder_only(self):
        out = self.folder / "full"
        self.write("full/kept", "x")
        self.assertIn("[backup.exists]", self.ran("backup", self.workspace, out, code=FAILED).err)
        self.assertEqual([path.name for path in out.iterdir()], ["kept"])
        (self.folder / "empty").mkdir()
        self.ran("backup", self.workspace, self.folder / "empty")

    def test_killed_at_any_moment_leave_nothing_by_that_name(self):
        dice = random.Random(5)
        whole = 0
        for attempt in range(8):
            out = self.folder / f"killed-{attempt}"
            started = subprocess.Popen([PROGRAM, "backup", self.workspace, out, "--with-lake"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.08))
            started.kill()
            started.wait()
            if out.exists():
                whole += 1
                self.ran("restore", out, self.folder / f"restored-{attempt}")
        self.ran("backup", self.workspace, self.folder / "after")
        self.ran("journal", "verify", self.workspace)

    def test_are_made_while_others_write(self):
        workspace = self.new_workspace("busy")
        stop = threading.Event()
        failures = []

        def importing():
            first = 0
            while not stop.is_set():
                ended = self.bring(workspace, first, 3)
                if ended.code not in EITHER:
                    failures.append(ended.err)
                first += 3

        writer = threading.Thread(target=importing)
        writer.start()
        try:
            for number in range(5):
                self.ran("backup", workspace, self.folder / f"online-{number}", "--with-lake", "--with-key")
        finally:
            stop.set()
            writer.join()
        self.assertEqual(failures, [])
        for number in range(5):
            restored = self.folder / f"online-restored-{number}"
            self.ran("restore", self.folder / f"online-{number}", restored)
            self.bring(restored, 5000 + number, 2)  # takes up what was under way
            self.assertEqual(self.codes(restored), [])
            self.ran("journal", "verify", restored)


class Restores(BackupScenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls.folder / "plain"
        cls.ran("backup", cls.workspace, cls.plain)
        cls.full = cls.folder / "full"
        cls.ran("backup", cls.workspace, cls.full, "--with-lake", "--with-key")

    def test_give_back_the_same_workspace(self):
        target = self.folder / "same"
        self.ran("restore", self.full, target)
        restored = Workspace(target)
        self.assertEqual(restored.leads(), self.workspace.leads())
        self.assertEqual(restored.parts(), self.workspace.parts())
        self.assertEqual((target / "anlan.yaml").read_bytes(), (self.workspace.folder / "anlan.yaml").read_bytes())
        self.assertEqual([act["act"] for act in self.acts(target)][-1], "restore")
        self.assertEqual(self.codes(target), [])
        self.ran("journal", "verify", target)
        self.bring(target, 40)

    def test_without_lake_and_key_say_what_is_missing(self):
        target = self.folder / "bare"
        said = self.ran("restore", self.plain, target)
        self.assertIn("journal/key/signing.pem", said.out)
        self.assertIn("desk.key", said.out)
        self.assertEqual(self.codes(target), ["access.key_missing", "journal.key_missing", "lake.delivery_missing"])
        self.assertEqual(self.bring(target, 50, code=FAILED).code, FAILED)
        shutil.copytree(self.workspace.folder / "lake", target / "lake", dirs_exist_ok=True)
        shutil.copy2(self.workspace.folder / "journal" / "key" / "signing.pem", target / "journal" / "key")
        shutil.copy2(self.workspace.folder / "desk.key", target)
        self.assertEqual(self.codes(target), [])
        self.assertNotIn("restore", [act["act"] for act in self.acts(target)])
        self.ran("doctor", target, "--repair")
        self.ran("backup", target, self.folder / "bare-backup")
        self.assertIn("restore", [act["act"] for act in self.acts(target)])

    def test_refuse_a_backup_of_which_one_byte_is_another(self):
        for name, code in (("desk.db", "file_changed"), ("journal/public/history", "file_changed"),
                           ("anlan.yaml", "file_missing")):
            broken = self.folder / "broken"
            shutil.copytree(self.plain, broken)
            file = broken / name
            if code == "file_missing":
                file.unlink()
            else:
                content = bytearray(file.read_bytes())
                content[len(content) // 2] ^= 1
                file.write_bytes(content)
            ended = self.ran("restore", broken, self.folder / "never", code=FAILED)
            self.assertIn(f"[backup.{code}]", ended.err)
            self.assertIn(name, ended.err)
            self.assertFalse((self.folder / "never").exists())
            shutil.rmtree(broken)
        self.assertIn("[backup.missing]", self.ran("restore", self.workspace, self.folder / "never", code=FAILED).err)

    def test_over_a_workspace_keep_its_journal_and_what_was_there(self):
        target = self.folder / "over"
        shutil.copytree(self.workspace.folder, target)
        self.bring(target, 60)
        before = self.acts(target)
        self.assertIn("[restore.target_not_empty]", self.ran("restore", self.plain, target, code=FAILED).err)
        said = json.loads(self.ran("restore", self.plain, target, "--replace", "--json").out)
        self.assertEqual(said["journal"], "kept")
        after = self.acts(target)
        self.assertEqual(after[:len(before)], before)
        told = {act["act"]: act for act in after[len(before):]}
        # The desk of the backup does not know of the backups that were made of it.
        self.assertEqual(sorted(told), ["desk.older_found", "restore"])
        self.assertEqual(told["desk.older_found"]["counts"]["acts"], 2)
        self.assertTrue(list(pathlib.Path(said["saved"]).glob("desk.db*")))
        self.assertTrue((pathlib.Path(said["saved"]) / "anlan.yaml").exists())
        self.assertEqual(self.codes(target), [])
        self.ran("journal", "verify", target)

    def test_another_journal_is_replaced_only_if_asked(self):
        other = self.new_workspace("other")
        self.bring(other, 70)
        ended = self.ran("restore", self.plain, other, "--replace", code=FAILED)
        self.assertIn("[restore.journal_differs]", ended.err)
        self.ran("journal", "verify", other)
        origin = json.loads((other.folder / "journal" / "log.json").read_text())["origin"]
        said = json.loads(self.ran("restore", self.full, other, "--replace", "--journal-from-backup", "--json").out)
        self.assertEqual(said["journal"], "from_backup")
        kept = json.loads((pathlib.Path(said["saved"]) / "journal" / "log.json").read_text())
        self.assertEqual(kept["origin"], origin)
        # The delivery that only the other journal told of is now unaccounted for.
        self.assertEqual(self.codes(other), ["journal.act_without_entry"])

    def test_killed_at_any_moment_are_finished_by_the_same_command(self):
        target = self.folder / "killed"
        shutil.copytree(self.workspace.folder, target)
        dice = random.Random(11)
        unfinished = 0
        for _ in range(15):
            started = subprocess.Popen([PROGRAM, "restore", self.full, target, "--replace", "--journal-from-backup"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.15))
            started.send_signal(signal.SIGKILL)
            started.wait()
            if (target / ".restoring").exists():
                unfinished += 1
                self.assertEqual(self.codes(target), ["workspace.restoring"])
                self.assertIn("[workspace.restoring]", self.bring(target, 80, code=FAILED).err)
        self.ran("restore", self.full, target, "--replace", "--journal-from-backup")
        self.assertEqual(self.codes(target), [])
        self.ran("journal", "verify", target)
        self.bring(target, 80)

    def test_with_postgresql_need_a_database_to_go_to(self):
        server = os.environ.get("ANLAN_TEST_POSTGRES")
        if not server:
            self.skipTest("no PostgreSQL: ANLAN_TEST_POSTGRES is not set")
        names = [f"anlan_backup_{os.getpid()}_{part}" for part in ("from", "to")]
        places = [server.rsplit("/", 1)[0] + "/" + name for name in names]

        def on_server(sql):
            subprocess.run(["psql", "-X", "-q", "-d", server, "-c", sql], check=True, capture_output=True)

        for name in names:
            on_server(f"CREATE DATABASE {name}")
            self.addCleanup(on_server, f"DROP DATABASE {name} WITH (FORCE)")
        folder = self.folder / "on-postgres"
        self.ran("init", folder, "--desk", places[0])
        self.bring(folder, 90)
        out = self.folder / "postgres-backup"
        self.ran("backup", folder, out, "--with-lake", "--with-key")
        self.assertTrue((out / "desk.dump").exists())
        target = self.folder / "postgres-restored"
        self.assertIn("[restore.desk_needed]", self.ran("restore", out, target, code=FAILED).err)
        self.ran("restore", out, target, "--desk", places[1])
        self.assertEqual([act["act"] for act in self.acts(target)][-1], "restore")
        # The server of the tests runs without fsync, which is a finding of its own.
        self.assertEqual(self.codes(target), ["desk.server"])
        self.assertEqual(self.codes(folder), ["desk.server"])


class Upgrades(BackupScenario):
    """A workspace made by an older program is opened by this one."""

    def test_a_workspace_without_a_desk_gets_one_and_the_journal_tells(self):
        old = self.folder / "old"
        shutil.copytree(self.workspace.folder, old)
        (old / "desk.db").unlink()
        shutil.rmtree(old / "journal")
        self.assertEqual(self.codes(old), [])
        self.ran("backup", old, self.folder / "old-backup")
        acts = [act["act"] for act in self.acts(old)]
        self.assertEqual(acts[0], "init")
        self.assertEqual(acts[-2:], ["desk.made", "backup"])
        self.assertEqual(self.codes(old), [])
        self.ran("journal", "verify", old)

    def test_an_older_desk_is_copied_then_upgraded_and_the_journal_tells(self):
        old = self.folder / "older"
        shutil.copytree(self.workspace.folder, old)
        (old / "desk.db").unlink()
        fixture = (ROOT / "tests" / "scenarios" / "old_desk.sql").read_text()
        with sqlite3.connect(old / "desk.db") as desk:
            desk.executescript(fixture)
        desk.close()
        os.chmod(old / "desk.db", 0o600)
        before = (old / "desk.db").read_bytes()
        self.assertEqual(self.codes(old), ["desk.older_schema"])
        ended = self.ran("backup", old, self.folder / "older-backup")
        self.assertIn("journal 001_outbox", ended.err)
        copies = list((old / "backups").iterdir())
        self.assertEqual(len(copies), 1)
        self.assertIn(copies[0].name, ended.err)
        with sqlite3.connect(copies[0]) as copy:
            tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            self.assertEqual(copy.execute("SELECT changed_by FROM record_change").fetchall(), [("actor:1",)])
        copy.close()
        self.assertNotIn("journal_outbox", tables)
        with sqlite3.connect(old / "desk.db") as desk:
            self.assertEqual(desk.execute("SELECT changed_by FROM record_change").fetchall(), [("actor:1",)])
        desk.close()
        told = [act for act in self.acts(old) if act["act"] == "desk.upgraded"]
        self.assertEqual(len(told), 1)
        self.assertEqual(told[0]["refs"]["journal"], "001")
        self.assertEqual(told[0]["refs"]["backup"], copies[0].name)
        self.assertTrue(before)

    def test_a_desk_of_a_newer_program_is_refused_and_left_alone(self):
        newer = self.folder / "newer"
        shutil.copytree(self.workspace.folder, newer)
        with sqlite3.connect(newer / "desk.db") as desk:
            desk.execute("INSERT INTO schema_version (owner, number, name, sha256, applied_at_ms)"
                         " VALUES ('journal', 99, 'from_tomorrow', 'x', 0)")
        desk.close()
        was = hashlib.sha256((newer / "desk.db").read_bytes()).hexdigest()
        ended = self.ran("backup", newer, self.folder / "newer-backup", code=FAILED)
        self.assertIn("[store.newer_schema]", ended.err)
        self.assertIn("journal 099_from_tomorrow", ended.err)
        self.assertFalse((self.folder / "newer-backup").exists())
        self.assertEqual(hashlib.sha256((newer / "desk.db").read_bytes()).hexdigest(), was)
        self.assertEqual(self.codes(newer), ["store.newer_schema"])


if __name__ == "__main__":
    unittest.main()
