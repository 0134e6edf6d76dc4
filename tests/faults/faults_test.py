"""The journal on a disk that fails, and the failing disk itself.

ANLAN_SEED replays the rounds of an earlier run.
"""

import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import api_rounds  # noqa: E402
import bit_flips  # noqa: E402
import disk  # noqa: E402
import rounds  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["ANLAN"]).resolve().parents[1] if "ANLAN" in os.environ else ROOT / "build" / "release"
SEED = int(os.environ.get("ANLAN_SEED", random.SystemRandom().randrange(1 << 31)))
ROUNDS = 60
API_ROUNDS = 5


class FailingDisk(unittest.TestCase):
    """The shim under a small Python program, and what a power cut leaves of its folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="anlan-shim-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root, self.before, self.trace = self.folder / "root", self.folder / "before", self.folder / "trace"
        self.before.mkdir()
        (self.before / "old").write_bytes(b"o" * 3000)

    def program(self, text, faults=""):
        """Runs it in a new folder; its code and what it printed."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.before, self.root)
        done = subprocess.run(["/usr/bin/python3", "-c", "import os, time\n" + text], cwd=self.root, capture_output=True, text=True,
                              env={**os.environ, "LD_PRELOAD": str(BUILD / "bin" / "anlan_faults.so"),
                                   "ANLAN_FAULTS_ROOT": str(self.root), "ANLAN_FAULTS_TRACE": str(self.trace),
                                   "ANLAN_FAULTS": faults})
        return done.returncode, done.stdout + done.stderr

    def after_cuts(self, name, count=60):
        """What that file holds (None: it is not there) after the power was cut, over many chances."""
        found = set()
        for number in range(count):
            cut = disk.Disk(self.root, self.before)
            cut.follow(self.trace.read_bytes())
            to = self.folder / f"cut-{number}"
            cut.cut(random.Random(number), to)
            found.add((to / name).read_bytes() if (to / name).exists() else None)
        return found

    MADE = "file = os.open('new', os.O_CREAT | os.O_WRONLY)\nos.write(file, b'n' * 3000)\n"
    SYNCED = MADE + "os.fsync(file)\n"
    SYNC_NAMES = "os.fsync(os.open('.', os.O_RDONLY))\n"

    def test_what_was_not_synced_may_be_lost_and_what_was_is_not(self):
        self.assertEqual(self.program(self.MADE), (0, ""))
        found = self.after_cuts("new")
        self.assertIn(None, found)
        self.assertIn(b"n" * 3000, found)
        self.assertTrue(any(one and 0 < one.count(b"n") < 3000 for one in found), "never torn")
        self.program(self.SYNCED)
        self.assertEqual(self.after_cuts("new"), {None, b"n" * 3000})
        whole = "import ctypes\nctypes.CDLL(None).syncfs(os.open('.', os.O_RDONLY))\n"
        for sync in (self.SYNCED + self.SYNC_NAMES, self.MADE + whole):
            self.assertEqual(self.program(sync), (0, ""))
            self.assertEqual(self.after_cuts("new"), {b"n" * 3000})

    def test_a_file_that_was_renamed_is_the_old_or_the_new_one(self):
        self.program(self.SYNCED + "os.rename('new', 'old')")
        self.assertEqual(self.after_cuts("old"), {b"o" * 3000, b"n" * 3000})
        self.program(self.MADE + "os.rename('new', 'old')\n" + self.SYNC_NAMES)
        self.assertIn(b"", self.after_cuts("old"))  # the name is sure, the content is not

    def test_a_sync_that_failed_or_lied_makes_nothing_sure(self):
        code, said = self.program(self.SYNCED + self.SYNC_NAMES, "3:eio")
        self.assertIn("Errno 5", said)
        self.assertNotEqual(code, 0)
        self.assertIn(None, self.after_cuts("new"))
        self.assertEqual(self.program(self.SYNCED + self.SYNC_NAMES, "3:lie"), (0, ""))
        self.assertTrue(any(one is not None and one != b"n" * 3000 for one in self.after_cuts("new")))
        # Asking once more after a failure says yes, and the bytes may be lost all the same.
        self.program(self.MADE + "try: os.fsync(file)\nexcept OSError: os.fsync(file)\n" + self.SYNC_NAMES, "3:eio")
        self.assertTrue(any(one != b"n" * 3000 for one in self.after_cuts("new")))

    def test_each_fault_is_met(self):
        write = self.MADE + "print(os.fstat(file).st_size)"
        self.assertEqual(self.program(write), (0, "3000\n"))
        for faults, code, words in (("2:eio", 1, "Errno 5"), ("1:full:1", 1, "Errno 28"), ("2:full:1", 0, "1500\n"),
                                    ("2:short:100", 0, "300\n"), ("2:tear:500", -9, ""), ("2:kill", -9, ""),
                                    ("2:killafter", -9, ""), ("9:eio", 0, "3000\n")):
            got, said = self.program(write, faults)
            self.assertEqual(got, code, faults)
            self.assertIn(words, said, faults)
            left = {"2:tear:500": 1500, "2:kill": 0, "2:killafter": 3000}.get(faults)
            if left is not None:
                self.assertEqual((self.root / "new").stat().st_size, left, faults)
        _, said = self.program("was = time.time()\nos.mkdir('folder')\nprint(round(was - time.time()))", "1:clock:-3600000")
        self.assertEqual(said, "3600\n")


class BitFlips(unittest.TestCase):
    def test_every_flipped_bit_is_named(self):
        with tempfile.TemporaryDirectory(prefix="anlan-flips-", dir=rounds.memory()) as folder:
            flips = bit_flips.Flips(BUILD, pathlib.Path(folder))
            met, problems = flips.run(SEED, 40)
            self.assertEqual(problems, [])
            # Every kind of file was there, and every other is on the list of those that nothing signs.
            kinds = {re.sub(r"\d+", "N", name) for name in met}
            self.assertEqual(kinds, {
                "archived", "key/signing.pem", "log.json", "personal/N", "public/checkpoint", "public/history",
                "public/log.pem", "public/log.vkey", "public/tile/N/N", "public/tile/N/N.p/N", "public/tile/entries/N",
                "public/tile/entries/N.p/N", "public/witnessed", "tile/entries/N", "wal/N", "witnesses"})
            there = {str(path.relative_to(flips.log)) for path in flips.log.rglob("*") if path.is_file()}
            self.assertEqual({name for name in there - met.keys() if not name.startswith(tuple(bit_flips.UNCOVERED))},
                             set())


class Api(unittest.TestCase):
    def test_a_server_that_is_killed_under_load_loses_nothing_it_acknowledged(self):
        self.assertGreater(api_rounds.run(API_ROUNDS, SEED), 10 * API_ROUNDS)


class Journal(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(self):
        print(f"faults_test: ANLAN_SEED={SEED}", flush=True)
        tally = rounds.run(BUILD, SEED, range(ROUNDS))
        print(tally)
        self.assertGreater(tally.acknowledged, 20 * ROUNDS)
        self.assertGreater(tally.kills, ROUNDS / 4)
        self.assertGreater(tally.cuts, ROUNDS / 4)
        self.assertEqual([kind for kind, count in tally.faults.items() if count == 0], [])


if __name__ == "__main__":
    unittest.main()
