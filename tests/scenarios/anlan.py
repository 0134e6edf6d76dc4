"""Runs the program under test, `ANLAN`, on folders of its own and reads what it leaves there."""

import csv
import hashlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ANLAN") or str(ROOT / "build" / "release" / "bin" / "anlan")

DONE, FAILED, WRONG_USE, SOME_REJECTED = 0, 1, 2, 3


def anlan(*words, lang="en", **how):
    """Runs the program to its end; `code`, `out` and `err` of what is returned are what it said."""
    how.setdefault("env", {**os.environ, "LC_ALL": "C.UTF-8"})
    ended = subprocess.run([PROGRAM, *map(str, words), "--lang", lang], stdin=subprocess.DEVNULL, capture_output=True,
                           check=False, **how)
    ended.code, ended.out, ended.err = ended.returncode, ended.stdout.decode(), ended.stderr.decode()
    return ended


def detection_codes():
    """Of all models and rules."""
    return [one["code"] for kind in ("models", "rules") for one in json.loads(anlan(kind, "list", "--json").out)]


def memory_peak_bytes(*words):
    """The largest resident size the program reaches, and how it ended, measured in a child of its own."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        ended = anlan(*words)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        os.write(write_end, json.dumps([peak, ended.code, ended.out[-3000:], ended.err[-3000:]]).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        peak, code, out, err = json.loads(answer.read())
    os.waitpid(child, 0)
    return peak, subprocess.CompletedProcess(words, code, out, err)


class Scenario(unittest.TestCase):
    """Each class of tests has a folder, whose name holds a space and Chinese, and removes it at the end."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="安澜 场景-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    @classmethod
    def ran(cls, *words, code=DONE, **how):
        """Runs the program and insists on its exit code."""
        ended = anlan(*words, **how)
        allowed = code if isinstance(code, tuple) else (code,)
        if ended.code not in allowed:
            raise AssertionError(f"anlan {' '.join(map(str, words))}\nended with {ended.code}, expected {allowed}\n"
                                 f"{ended.out[-3000:]}\n{ended.err[-3000:]}")
        return ended

    @classmethod
    def new_workspace(cls, name):
        folder = cls.folder / name
        cls.ran("init", folder)
        return Workspace(folder)

    @classmethod
    def new_city(cls, name, people, seed, *options):
        folder = cls.folder / name
        cls.ran("sim", folder, "--people", people, "--seed", seed, *options)
        return folder

    @classmethod
    def write(cls, name, content):
        file = cls.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file


class Workspace:
    """What lies in a workspace, read without the program."""

    def __init__(self, folder):
        self.folder = folder

    def __fspath__(self):
        return str(self.folder)

    def __str__(self):
        return str(self.folder)

    def deliveries(self):
        """Every manifest, with its `folder`, by table and id."""
        found = []
        for manifest in sorted(self.folder.glob("lake/[!.]*/*/manifest.json")):
            found.append({**json.loads(manifest.read_text()), "folder": manifest.parent})
        return found

    def parts(self):
        """By table: the hashes of the Parquet parts of its deliveries, in order."""
        hashes = {}
        for delivery in self.deliveries():
            for part in delivery["parts"]:
                digest = hashlib.sha256((delivery["folder"] / part).read_bytes()).hexdigest()
                hashes.setdefault(delivery["table"], []).append(digest)
        return hashes

    def rejects(self, delivery):
        """The rows of the file of rejects of one delivery."""
        found = list(self.folder.glob(f"rejects/**/*{delivery['id']}*"))
        rows = []
        for path in found:
            for file in [path] if path.is_file() else sorted(path.rglob("*.csv")):
                with open(file, encoding="utf-8-sig", newline="") as lines:
                    rows += list(csv.DictReader(lines))
        return rows

    def staged(self):
        """What an unfinished writer left."""
        return [path for folder in ("lake/.staging", "runs/.staging") for path in self.folder.glob(folder + "/*")]

    def everything(self):
        """Every file with its content's hash: equal before and after means untouched.

        The locks are left out, and the journal, which tells of refused acts too.
        """
        return {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(self.folder.rglob("*"))
                if path.is_file() and path.name not in (".lock", ".serving") and "journal" not in path.relative_to(self.folder).parts}

    def leads(self, *options):
        """The leads, as lines of JSON."""
        return Scenario.ran("leads", self, "--format", "jsonl", *options).stdout


def id_number(serial, birth="19560704"):
    """A number of the region 1299xx, which no county has ever had, with its right check digit."""
    digits = f"129900{birth}{serial % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights)) % 11]


def csv_text(rows, delimiter=",", end="\n"):
    """Rows as CSV, quoted where needed."""
    lines = []
    for row in rows:
        cells = []
        for cell in map(str, row):
            quoted = any(mark in cell for mark in (delimiter, '"', "\n"))
            cells.append('"' + cell.replace('"', '""') + '"' if quoted else cell)
        lines.append(delimiter.join(cells))
    return end.join(lines) + end
