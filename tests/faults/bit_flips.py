"""One bit of one file of a journal is another: `verify` says so, and names the entry, or the file where there is none."""

import pathlib
import re
import struct
import subprocess

# Files that nothing signs. A flip in them is found when they are used, or harms nothing:
UNCOVERED = {
    ".lock": "empty",
    "intents/": "what verbs began; damage there stops the next verb, which names the file",
    "erasing": "which erasure to end; the erasing entry decides, and verify tells an erasure that did not end",
    "catalog": "which catalog was last told of; damage costs one entry more",
}
# In the private key's file a bit may leave the same key (its line ends, the version in its head).
SAME_KEY_AT_MOST = 0.1


class Flips:
    def __init__(self, build, folder):
        self.workload = build / "bin" / "anlan_workload"
        self.log, self.archive = folder / "log", folder / "archive"
        subprocess.run([self.workload, "prepare", self.log, self.archive], check=True)

    def run(self, seed, per_file):
        """[(file below its folder, offset, code, index or None, detail)], the files that had their turn, what is wrong."""
        done = subprocess.run([self.workload, "flips", self.log, self.archive, str(seed), str(per_file)],
                              check=True, capture_output=True, text=True)
        lines = done.stdout.splitlines()
        if lines[-1] != "end":
            raise AssertionError(done.stdout[-500:])
        problems, met, same_key = [], {}, 0
        for line in lines[:-1]:
            _, path, offset, bit, code, index, detail = line.split(" ", 6)
            path = pathlib.Path(path)
            name = str(path.relative_to(self.archive if self.archive in path.parents else self.log))
            met[name] = met.get(name, 0) + 1
            if name == "key/signing.pem" and code == "sound":
                same_key += 1
                continue
            wrong = self.judge(path, name, int(offset), code, None if index == "-" else int(index), detail)
            if wrong:
                problems.append(f"{name} byte {offset} bit {bit}: {wrong}, got {code} {index} {detail}")
        if same_key > SAME_KEY_AT_MOST * met["key/signing.pem"] + 2:
            problems.append(f"key/signing.pem: {same_key} of {met['key/signing.pem']} flips leave the same key")
        return met, problems

    def judge(self, path, name, offset, code, index, detail):
        """What verify should have said and did not; nothing if it did."""
        content = path.read_bytes()
        if found := re.search(r"tile/entries/(\d+)(\.p/\d+)?$", name):
            expected = int(found[1]) * 256 + record_at(content, offset)
            codes = ("journal.entry_changed", "journal.entry_missing", "journal.partial_wrong")
            return None if code in codes and index == expected else f"expected entry {expected}"
        if found := re.search(r"tile/(\d)/(\d+)(\.p/\d+)?$", name):
            expected = (int(found[2]) * 256 + offset // 32) * 256 ** int(found[1])
            codes = ("journal.entry_changed", "journal.tile_wrong", "journal.partial_wrong")
            return None if code in codes and index == expected else f"expected entry {expected}"
        if found := re.search(r"personal/(\d+)$", name):
            bundle = int(found[1])
            near = index is not None and index // 256 == bundle
            return None if code.startswith("journal.personal_") and near else f"expected an entry of bundle {bundle}"
        if name.startswith("wal/"):
            expected = int(path.name) + wal_record_at(content, offset)
            return None if (code, index) == ("journal.damaged", expected) else f"expected entry {expected}"
        if name == "public/history":
            line = content[:offset].count(b"\n") + 1
            return None if f"public/history:{line}:" in detail or "cut off" in detail else f"expected line {line}"
        return None if code != "sound" and name in detail else "expected its name"


def record_at(bundle, offset):
    """Which entry of a bundle holds that byte."""
    number, at = 0, 0
    while True:
        at += 2 + struct.unpack_from(">H", bundle, at)[0]
        if offset < at:
            return number
        number += 1


def wal_record_at(content, offset):
    number, at = 0, 0
    while True:
        at += 36 + sum(struct.unpack_from(">II", content, at + 20))
        if offset < at:
            return number
        number += 1
