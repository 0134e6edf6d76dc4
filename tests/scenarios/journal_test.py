"""The journal of a workspace, checked with tools that are not ours: Python's hashlib, openssl and, where there is Go with
golang.org/x/mod, the code that checks Go's own module database; where npm can fetch it, @sigstore/verify, the code that
checks the provenance of npm's packages."""

import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import unittest
import zlib

from anlan import DONE, FAILED, SOME_REJECTED, Scenario, anlan, csv_text, id_number

OUTSIDE = pathlib.Path(__file__).resolve().parent / "outside"
PERSON_HEADER = ["person_id", "id_no", "name", "sex", "born_on"]
EITHER = (DONE, SOME_REJECTED)
# What init tells, and the index of the first import behind it and the catalog's entry.
MADE = ["init", "desk.made", "organisations.imported", "person.added", "account.added", "post.granted", "post.granted",
        "password.issued"]
FIRST = len(MADE) + 1


def people(first, count):
    return csv_text([PERSON_HEADER] + [[f"P{n}", id_number(n), f"某{n}", "1", "1956-07-04"]
                                       for n in range(first, first + count)])


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root_of(leaves):
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def entries_of(public, size):
    """Reads the bundles of C2SP tlog-tiles."""
    entries = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        path = f"{number:03d}" + ("" if width == 256 else f".p/{width}")
        content = (public / "tile" / "entries" / path).read_bytes()
        while content:
            length = struct.unpack(">H", content[:2])[0]
            entries.append(content[2:2 + length])
            content = content[2 + length:]
    return entries


class JournalScenario(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = cls.new_workspace("workspace")
        cls.journal = cls.workspace.folder / "journal"
        for part in range(3):
            cls.bring(cls.workspace, f"person-{part}.csv", part * 10, 10)
        cls.bring(cls.workspace, "person-0.csv", 0, 10)
        cls.ran("import", cls.workspace, cls.write("nothing.csv", ""), "--table", "person", code=FAILED)

    @classmethod
    def bring(cls, workspace, name, first, count, *options):
        cls.ran("import", workspace, cls.write(name, people(first, count)), "--table", "person", *options, code=EITHER)

    def entries(self, workspace=None):
        return json.loads(self.ran("journal", "tail", workspace or self.workspace, "-n", 1000, "--json").out)

    def findings(self, workspace, *options):
        found = json.loads(self.ran("journal", "verify", workspace, "--json", *options, code=FAILED).out)["findings"]
        return [(one["code"], one.get("entry")) for one in found]

    def checkpoint(self):
        return (self.journal / "public" / "checkpoint").read_text()


class Tells(JournalScenario):
    def test_what_was_done_by_whom_with_what_outcome(self):
        entries = self.entries()
        told = [(one["entry"]["act"], one["entry"]["outcome"]) for one in entries]
        self.assertEqual(told, [(act, "done") for act in MADE] + [
            ("catalog.changed", "done"), ("import", "done"), ("import", "done"), ("import", "done"), ("import", "unchanged"),
            ("import", "failed:import.empty")])
        first = entries[FIRST]["entry"]
        self.assertEqual(first["who"], f"uid:{os.getuid()}")
        self.assertEqual(first["counts"]["rows_read"], 10)
        self.assertIn(first["subject"], {"delivery:" + one["id"] for one in self.workspace.deliveries()})
        self.assertEqual(entries[FIRST]["personal"]["source"], str(self.folder / "person-0.csv"))
        self.assertRegex(first["refs"]["catalog"], "^[0-9a-f]{64}$")
        self.ran("journal", "verify", self.workspace)

    def test_no_personal_data_is_committed(self):
        for path in (self.journal / "public").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertNotIn("某".encode(), content, path)
                self.assertNotIn(b"person-0.csv", content, path)
                self.assertIsNone(re.search(rb"(?<![0-9a-f])1299\d{13}[\dX](?![0-9a-f])", content), path)

    def test_private_files_are_their_owners_only(self):
        for name in ("key", "personal", "wal", "intents"):
            self.assertEqual((self.journal / name).stat().st_mode & 0o777, 0o700, name)
        self.assertEqual((self.journal / "key" / "signing.pem").stat().st_mode & 0o777, 0o600)

    def test_a_dry_run_and_reading_leave_no_entry(self):
        before = len(self.entries())
        self.bring(self.workspace, "other.csv", 50, 2, "--dry-run")
        self.ran("deliveries", self.workspace, "list")
        self.ran("journal", "verify", self.workspace)
        self.assertEqual(len(self.entries()), before)


class CheckedOutside(JournalScenario):
    def test_every_root_is_that_of_the_entries(self):
        lines = self.checkpoint().split("\n")
        size, root = int(lines[1]), base64.b64decode(lines[2])
        entries = entries_of(self.journal / "public", size)
        leaves = [leaf_hash(entry) for entry in entries]
        self.assertEqual(len(leaves), size)
        self.assertEqual(root_of(leaves), root)
        for line in (self.journal / "public" / "history").read_text().splitlines():
            old_size, old_root, _ = line.split(" ")
            if int(old_size) > 0:
                self.assertEqual(root_of(leaves[:int(old_size)]), base64.b64decode(old_root))
        for entry in entries:
            canonical = json.dumps(json.loads(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            self.assertEqual(canonical.encode(), entry)

    def test_a_bundles_page_tells_how_to_check_it_and_the_commands_say_yes(self):
        for index, personal in ((FIRST, ["--personal"]), (FIRST + 2, [])):
            out = self.folder / f"bundle-{index}"
            self.ran("journal", "export", self.workspace, index, out, *personal)
            scripts = re.findall(r"```sh\n(.*?)```", (out / "README.md").read_text(), re.S)
            said = [subprocess.run(["sh", "-ec", script], cwd=out, capture_output=True, text=True) for script in scripts]
            for script, done in zip(scripts, said):
                self.assertEqual(done.returncode, 0, script + done.stderr)
            self.assertIn("Signature Verified Successfully", said[0].stdout)
            self.assertEqual(said[2].stdout.strip(), "OK")
            if personal:
                salted, committed = said[3].stdout.split("\n")[:2]
                self.assertEqual(committed, f'"personal":"{salted}"')
            # One changed byte in each file that the check reads: the page's commands say no.
            for name, script in (("entry.json", 2), ("checkpoint.body", 0), ("checkpoint.sig", 0), ("checkpoint", 1)):
                was = (out / name).read_bytes()
                (out / name).write_bytes(bytes([was[0] ^ 1]) + was[1:])
                done = subprocess.run(["sh", "-ec", scripts[script]], cwd=out, capture_output=True, text=True)
                says_yes = script == 1 or "OK" in done.stdout or "Successfully" in done.stdout
                self.assertFalse(done.returncode == 0 and says_yes, name)
                (out / name).write_bytes(was)

    def test_the_code_that_checks_gos_modules_checks_it_too(self):
        if shutil.which("go") is None:
            self.skipTest("no Go here: the check with golang.org/x/mod was not made")
        built = self.folder / "outside"
        shutil.copytree(OUTSIDE, built)
        done = subprocess.run(["go", "build", "-o", "check", "."], cwd=built, capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest("golang.org/x/mod cannot be had here: the check with it was not made")
        public = self.journal / "public"
        size = int(self.checkpoint().split("\n")[1])
        trees = len((public / "history").read_text().splitlines())
        done = subprocess.run([built / "check", public / "log.vkey", public], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{size} entries, every one proven; {trees} earlier trees consistent", done.stdout)
        copy = self.folder / "changed"
        shutil.copytree(public, copy)
        for file in (copy / "tile" / "entries").rglob("*"):
            if file.is_file():
                file.write_bytes(file.read_bytes().replace(b'"init"', b'"Init"'))
        done = subprocess.run([built / "check", public / "log.vkey", copy], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("entry 0", done.stderr)


    def test_the_code_that_checks_npms_provenance_checks_a_bundle_and_refuses_one_changed_byte(self):
        if shutil.which("npm") is None:
            self.skipTest("no npm here: the check with @sigstore/verify was not made")
        checker = self.folder / "sigstore"
        shutil.copytree(OUTSIDE / "sigstore", checker)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=checker,
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest("@sigstore/verify cannot be had here: the check with it was not made")

        def check(bundle):
            return subprocess.run(["node", checker / "check.mjs", bundle], capture_output=True, text=True)

        size = int(self.checkpoint().split("\n")[1])
        for index in (0, size // 2, size - 1):
            bundle = self.folder / f"for-npm-{index}"
            self.ran("journal", "export", self.workspace, index, bundle)
            done = check(bundle)
            self.assertEqual((done.returncode, done.stdout), (0, f"index {index} of {size} proven\n"), done.stderr)
        proof = (bundle / "entry.tlog-proof").read_bytes()
        entry = (bundle / "entry.json").read_bytes()
        places = [("entry.json", 0), ("entry.json", len(entry) // 2), ("entry.json", len(entry) - 1)]
        for part in (b"index ", b"\n\n", b"\n" + str(size).encode() + b"\n"):
            places.append(("entry.tlog-proof", proof.index(part) + len(part) + 1))
        # A hash of the path; the key's id; the signature.
        signature = proof.rindex(b" ") + 1
        places += [("entry.tlog-proof", at) for at in (proof.index(b"\n", 30) + 5, signature + 3, signature + 30)]
        for name, at in places:
            was = (bundle / name).read_bytes()
            (bundle / name).write_bytes(was[:at] + bytes([was[at] ^ 1]) + was[at + 1:])
            self.assertNotEqual(check(bundle).returncode, 0, f"{name} byte {at}")
            (bundle / name).write_bytes(was)
        self.assertEqual(check(bundle).returncode, 0)


class Witnessed(JournalScenario):
    def test_a_witness_signs_growth_and_refuses_anything_else(self):
        vkey = (self.journal / "public" / "log.vkey").read_text().strip()
        key, seen = self.folder / "witness.pem", self.folder / "seen"
        witness = self.ran("journal", "witness-key", key, "--name", "audit.example/w1").out.strip()
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)

        def cosign(public):
            return anlan("journal", "cosign", public, "--log", vkey, "--key", key, "--name", "audit.example/w1",
                         "--seen", seen)

        copy = self.folder / "copy"
        shutil.copytree(self.journal / "public", copy)
        cosigned = cosign(copy)
        self.assertEqual(cosigned.code, DONE, cosigned.err)
        file = self.write("cosigned", cosigned.stdout)
        # Not counted yet.
        self.assertIn("[journal.no_witness]", self.ran("journal", "take", self.workspace, file, code=FAILED).err)
        self.ran("journal", "witness", self.workspace, witness)
        self.ran("journal", "take", self.workspace, file)
        self.assertIn("— audit.example/w1 ", self.ran("journal", "proof", self.workspace, 1).out)
        # A cosignature is refused if one byte of it is another.
        text = file.read_text()
        signature = text.split("audit.example/w1 ")[1].strip()
        raw = bytearray(base64.b64decode(signature))
        raw[20] ^= 1
        forged = self.write("forged", text.replace(signature, base64.b64encode(raw).decode()))
        self.assertIn("[journal.checkpoint]", self.ran("journal", "take", self.workspace, forged, code=FAILED).err)

        self.bring(self.workspace, "more.csv", 80, 3)
        newer = self.folder / "newer"
        shutil.copytree(self.journal / "public", newer)
        self.assertEqual(cosign(newer).code, DONE)
        self.assertIn("[journal.checkpoint]", cosign(copy).err)  # smaller than what was seen
        self.ran("journal", "proof", self.workspace, "--from", file)

    def test_two_histories_that_part_are_not_both_signed(self):
        left = self.folder / "left"
        shutil.copytree(self.workspace.folder, left)
        vkey = (self.journal / "public" / "log.vkey").read_text().strip()
        key, seen = self.folder / "w2.pem", self.folder / "seen2"
        self.ran("journal", "witness-key", key, "--name", "audit.example/w2")
        for workspace, number in ((self.workspace, 90), (left, 95)):
            self.bring(workspace, f"part-{number}.csv", number, 2)
        words = ("--log", vkey, "--key", key, "--name", "audit.example/w2", "--seen", seen)
        self.ran("journal", "cosign", self.journal / "public", *words)
        kept = self.write("kept", seen.read_bytes())
        self.assertIn("[journal.checkpoint]", self.ran("journal", "cosign", left / "journal" / "public", *words,
                                                       code=FAILED).err)
        # The other side's verifier finds it too, given what the witness keeps, though both are signed with the key.
        self.ran("journal", "verify", self.workspace, "--against", kept)
        self.ran("journal", "verify", left)
        self.assertEqual(self.findings(left, "--against", kept)[0][0], "journal.entry_changed")


class Kept(JournalScenario):
    def test_an_erased_personal_part_is_gone_and_every_proof_stands(self):
        before = self.write("before", self.checkpoint())
        secret = str(self.folder / "person-1.csv")
        personal = self.journal / "personal" / "000"
        self.assertIn(secret, personal.read_text())
        self.ran("journal", "erase", self.workspace, FIRST + 1, "--basis", "PIPL 47")
        for path in self.journal.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        self.ran("journal", "verify", self.workspace, "--against", before)
        self.assertEqual(json.loads(self.ran("journal", "show", self.workspace, FIRST + 1).out)["personal"], "erased")
        last = self.entries()[-1]
        self.assertEqual((last["entry"]["act"], last["entry"]["subject"]), ("journal.erase", f"entry:{FIRST + 1}"))
        # Erased by hand, without an entry, is another thing.
        was = personal.read_text()
        personal.write_text(re.sub(rf"(?m)^{FIRST} .*\n", "", was))
        self.assertEqual(self.findings(self.workspace), [("journal.personal_missing", FIRST)])
        personal.write_text(was)

    def test_an_old_workspace_gets_a_journal_that_knows_its_deliveries(self):
        old = self.folder / "old"
        shutil.copytree(self.workspace.folder, old)
        shutil.rmtree(old / "journal")
        (old / "desk.db").unlink()
        self.bring(old, "new.csv", 70, 2)
        outcomes = [(one["entry"]["act"], one["entry"]["outcome"]) for one in self.entries(old)]
        self.assertEqual(outcomes, [("init", "done")] + [("import", "recovered")] * 3 +
                         [("catalog.changed", "done"), ("import", "done")])
        self.ran("journal", "verify", old)

    def test_a_delivery_put_there_past_the_program_is_found(self):
        other = self.new_workspace("other")
        self.bring(other, "past.csv", 60, 2)
        past = self.folder / "past"
        shutil.copytree(self.workspace.folder, past)
        source = other.deliveries()[0]["folder"]
        shutil.copytree(source, past / source.relative_to(other.folder))
        self.assertEqual(self.findings(past), [("journal.act_without_entry", None)])

    def test_a_damaged_wal_stops_the_log_until_it_is_repaired(self):
        hurt = self.folder / "hurt"
        shutil.copytree(self.workspace.folder, hurt)
        self.assertIn("[journal.nothing_to_repair]", self.ran("journal", "repair", hurt, code=FAILED).err)
        # Two entries that a kill left in the wal, with one bit of the second another.
        size = int((hurt / "journal" / "public" / "checkpoint").read_text().split("\n")[1])
        records = b""
        for index in (size, size + 1):
            entry = f'{{"act":"test","at":"2090-01-01T00:00:00.000Z","outcome":"done","subject":"n:{index}","v":1,"who":"u"}}'
            head = struct.pack(">4sQQIII", b"AJR2", index, index, len(entry), 0, zlib.crc32(entry.encode()))
            records += head + struct.pack(">I", zlib.crc32(head)) + entry.encode()
        wal = hurt / "journal" / "wal" / f"{size:020}"
        wal.write_bytes(records[:-3] + bytes([records[-3] ^ 16]) + records[-2:])
        self.assertEqual(self.findings(hurt), [("journal.damaged", size + 1)])
        refused = self.ran("import", hurt, self.write("late.csv", people(85, 2)), "--table", "person", code=FAILED)
        self.assertIn("[journal.damaged]", refused.err)
        done = self.ran("journal", "repair", hurt)
        kept = next((hurt / "journal" / "damaged").iterdir())
        self.assertIn(f"entry {size + 1}\n", done.out)
        self.assertIn(str(kept), done.out)
        self.ran("journal", "verify", hurt)
        last = self.entries(hurt)[-2:]
        self.assertEqual(last[0]["entry"]["subject"], f"n:{size}")
        self.assertEqual((last[1]["entry"]["act"], last[1]["entry"]["subject"], last[1]["entry"]["who"]),
                         ("journal.repair", f"entry:{size + 1}", f"uid:{os.getuid()}"))
        self.assertEqual(last[1]["entry"]["refs"]["kept"], hashlib.sha256(kept.read_bytes()).hexdigest())
        self.bring(hurt, "late.csv", 85, 2)
        self.ran("journal", "verify", hurt)

    def test_a_workspace_may_choose_chinese_cryptography(self):
        folder = self.folder / "sm"
        self.ran("init", folder, "--journal", "sm3-sm2", "--origin", "example.gov.cn/anlan")
        self.ran("journal", "verify", folder)
        out = self.folder / "sm-bundle"
        self.ran("journal", "export", folder, 0, out, "--personal")
        said = ""
        for script in re.findall(r"```sh\n(.*?)```", (out / "README.md").read_text(), re.S):
            done = subprocess.run(["sh", "-ec", script], cwd=out, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, script + done.stderr)
            said += done.stdout
        self.assertIn("Verified OK", said)
        self.assertIn("\nOK", said)


if __name__ == "__main__":
    unittest.main()
