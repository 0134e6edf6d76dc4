"""Killed at any moment, nothing is lost and nothing is half there.

ANLAN_KILLS says how many times in all; ANLAN_SEED replays the moments of an earlier run.
"""

import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from anlan import DONE, FAILED, PROGRAM, Scenario, Workspace, anlan

KILLS = int(os.environ.get("ANLAN_KILLS", "12"))
SEED = int(os.environ.get("ANLAN_SEED", random.SystemRandom().randrange(1 << 31)))
AS_OF = "2018-06-30"


def timed(*words):
    started = time.monotonic()
    Scenario.ran(*words)
    return time.monotonic() - started


class Kill(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        print(f"kill_test: ANLAN_SEED={SEED} ANLAN_KILLS={KILLS}", flush=True)
        cls.moments = random.Random(SEED)
        cls.city = cls.new_city("city", 2000, 3, "--start", "2018-01", "--months", 6)
        cls.undisturbed = cls.new_workspace("undisturbed")
        cls.import_seconds = timed("import", cls.undisturbed, cls.city)
        cls.imported = cls.copied("imported")
        cls.detect_seconds = timed("detect", cls.undisturbed, "--as-of", AS_OF)
        cls.leads = cls.undisturbed.leads()
        cls.parts = {delivery["id"]: delivery["parts"] for delivery in cls.undisturbed.deliveries()}
        cls.lake = cls.lake_of(cls.undisturbed)

    @classmethod
    def copied(cls, name):
        """A copy of the undisturbed workspace as it is now."""
        shutil.copytree(cls.undisturbed.folder, cls.folder / name)
        return Workspace(cls.folder / name)

    @staticmethod
    def lake_of(workspace):
        """Every file of the lake but the manifests, which tell the time; and the rejects."""
        return {name: content for name, content in workspace.everything().items()
                if name.startswith(("lake/", "rejects/")) and not name.endswith("manifest.json")}

    def stop(self, seconds, how, *words):
        """Starts the program and ends it after a while; its exit code."""
        program = subprocess.Popen([PROGRAM, *map(str, words), "--lang", "en"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        program.send_signal(how)
        return program.wait()

    def assert_whole(self, workspace):
        """The workspace opens, and what is visible in it is what an undisturbed run put there."""
        self.ran("deliveries", workspace, "list")
        visible = {name for name in self.lake_of(workspace) if "/." not in name}
        ids = {delivery["id"] for delivery in workspace.deliveries()}
        self.assertLessEqual(ids, self.parts.keys())
        whole = self.lake_of(workspace)
        for name in visible:
            self.assertEqual(whole[name], self.lake[name], name)
        for delivery in workspace.deliveries():
            self.assertEqual(delivery["parts"], self.parts[delivery["id"]])
            for part in delivery["parts"]:
                self.assertTrue((delivery["folder"] / part).is_file())
        folders = [folder for folder in workspace.folder.glob("lake/[!.]*/*")]
        self.assertEqual(len(folders), len(ids), "a folder without its manifest")

    def test_import(self):
        landed = 0
        for number in range((KILLS + 2) // 3):
            seconds = self.moments.uniform(0, self.import_seconds)
            with self.subTest(kill=number, seconds=seconds):
                workspace = self.new_workspace(f"import {number}")
                code = self.stop(seconds, signal.SIGKILL, "import", workspace, self.city)
                landed += code == -signal.SIGKILL
                self.assert_whole(workspace)
                before = {delivery["id"]: delivery["received_at"] for delivery in workspace.deliveries()}
                self.ran("import", workspace, self.city)
                self.assert_whole(workspace)
                self.assertEqual(self.lake_of(workspace), self.lake)
                self.assertEqual(workspace.staged(), [])
                after = {delivery["id"]: delivery["received_at"] for delivery in workspace.deliveries()}
                self.assertEqual({name: after[name] for name in before}, before, "a finished delivery was written again")
                self.ran("detect", workspace, "--as-of", AS_OF)
                self.assertEqual(workspace.leads(), self.leads)
                self.ran("journal", "verify", workspace)  # also: no delivery and no run without an entry
            shutil.rmtree(self.folder / f"import {number}")
        self.assertGreater(landed, 0, "no kill came before the end")

    def test_detect(self):
        landed = 0
        for number in range((KILLS + 1) // 3):
            seconds = self.moments.uniform(0, self.detect_seconds)
            with self.subTest(kill=number, seconds=seconds):
                shutil.copytree(self.imported.folder, self.folder / f"detect {number}")
                workspace = Workspace(self.folder / f"detect {number}")
                code = self.stop(seconds, signal.SIGKILL, "detect", workspace, "--as-of", AS_OF)
                landed += code == -signal.SIGKILL
                self.assert_whole(workspace)
                seen = anlan("leads", workspace, "--format", "jsonl")
                if seen.code == FAILED:
                    self.assertIn("[leads.none]", seen.err)
                else:
                    self.assertEqual(seen.stdout, self.leads)
                self.ran("detect", workspace, "--as-of", AS_OF)
                self.assertEqual(workspace.leads(), self.leads)
                self.assertEqual(workspace.staged(), [])
                self.ran("journal", "verify", workspace)
            shutil.rmtree(self.folder / f"detect {number}")
        self.assertGreater(landed, 0, "no kill came before the end")

    def test_detect_over_leads_that_are_there(self):
        workspace = self.copied("again")
        for number in range(KILLS // 3):
            seconds = self.moments.uniform(0, self.detect_seconds)
            with self.subTest(kill=number, seconds=seconds):
                self.stop(seconds, signal.SIGKILL, "detect", workspace, "--as-of", AS_OF, "--force")
                self.assertEqual(workspace.leads(), self.leads)
        self.ran("detect", workspace, "--as-of", AS_OF, "--force")
        self.assertEqual(workspace.leads(), self.leads)
        self.assertEqual(workspace.staged(), [])

    def test_a_polite_interrupt_leaves_no_trace_of_the_file_at_hand(self):
        workspace = self.new_workspace("interrupted")
        code = self.stop(self.import_seconds / 2, signal.SIGINT, "import", workspace, self.city)
        self.assertIn(code, (DONE, FAILED))
        self.assert_whole(workspace)
        self.assertEqual(workspace.staged(), [])
        self.ran("import", workspace, self.city)
        self.assertEqual(self.lake_of(workspace), self.lake)


if __name__ == "__main__":
    unittest.main()
