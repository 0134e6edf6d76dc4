"""Referrals and recoveries as the command line shows them, and the pack: checked by our own check and by tools that are not
ours (Python's zipfile and hashlib, openssl). What people do at the desk goes through the API; here its rows are put there."""

import hashlib
import io
import json
import re
import sqlite3
import subprocess
import unittest
import zipfile

import openpyxl

from anlan import DONE, FAILED, Scenario, anlan

EVIDENCE = "现场照片".encode() * 5000
SHOWN = "129900********1234"
DAY = 17897  # 2019-01-01


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Referral(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = cls.folder / "workspace"
        cls.ran("init", cls.workspace)
        kept = cls.workspace / "files" / sha256(EVIDENCE)[:2]
        kept.mkdir(parents=True)
        cls.kept = kept / sha256(EVIDENCE)
        cls.kept.write_bytes(EVIDENCE)
        cls.fill_desk()
        cls.pack = cls.folder / "pack.zip"
        cls.packed = json.loads(cls.ran("referral", cls.workspace, "pack", 1, "--out", cls.pack, "--json").out)

    @classmethod
    def fill_desk(cls):
        desk = sqlite3.connect(cls.workspace / "desk.db")
        at = 1546300800000  # 2019-01-01T08:00 in China

        def put(table, **fields):
            desk.execute(f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})",
                         list(fields.values()))

        for person, name in ((901, "甲某"), (902, "乙某")):
            put("person", person_id=person, organisation_id="bureau", name=name, staff_kind="own", version=1)
        put("case_file", case_id=1, number="2019-000001", subject_kind="person", subject_shown=SHOWN, subject_blind=b"s",
            organisation_id="d01-agency", state="disposing", opened_at=at, due_on=DAY + 20, due_weekends_only=0,
            reopened_times=0, version=1)
        put("case_document", case_id=1, kind="evidence", number="2019-000001-01", sha256=sha256(EVIDENCE), made_by="a",
            made_at=at)
        for number, (due, settled, due_on) in enumerate(((500000, 100000, DAY), (30000, 30000, DAY)), 1):
            put("recovery", recovery_id=number, case_id=1, debtor="person", debtor_shown=SHOWN, basis="社会保险法第八十八条",
                due_fen=due, due_on=due_on, interest="late_contribution" if number == 1 else "none", settled_fen=settled,
                interest_settled_fen=0, plan_no=0, plan_document="", plan_covers_fen=0, made_by="a", made_by_person=901,
                made_at=at, version=1)
            put("recovery_line", recovery_id=number, kind="received", part="principal", amount_fen=settled,
                happened_on=DAY, document=f"回单{number}", by_person=901, made_by="a", made_at=at)
        put("matter", matter_id=1, chain="referral", chain_version="x", organisation_id="bureau",
            about="case:1/referral:2019-0001", content_hash="c", round=1, step=2, seats_taken=0, reached_at=at,
            state="approved", version=1)
        put("referral", referral_id=1, number="2019-0001", case_id=1, organisation_id="bureau", offence="fraud",
            subject_kind="individual", persons=1, amount_fen=530000, aggravated=0, addressee="某市公安局",
            facts="隐瞒死亡事实，继续领取养老金。", items="[]", assessment="must_assess", first_officer=901,
            second_officer=902, content_hash="c", matter_id=1, state="approved", over=0, version=1)
        for event, hours in (("proposed", 0), ("reported", 10), ("approved", 20)):
            put("referral_event", referral_id=1, event=event, happened_at=at + hours * 3600000, document="", note="",
                person_id=901, made_by="a", told_at=at + hours * 3600000)
        for number, subject in enumerate(("case:1", "case:11")):
            put("journal_outbox", outbox_id=f"{number:032x}", told_at=at, act=json.dumps(
                {"act": "case.opened", "who": "account:1", "post": "JD", "subject": subject, "outcome": "done", "refs": {},
                 "counts": {}, "personal": {}}))
        desk.commit()
        desk.close()

    def listed(self, *words):
        return json.loads(self.ran(*words, "--json").out)

    def files(self):
        with zipfile.ZipFile(self.pack) as archive:
            self.assertIsNone(archive.testzip())
            return {name: archive.read(name) for name in archive.namelist()}

    def test_recoveries_with_their_sums(self):
        rows = self.listed("recovery", self.workspace, "list", "--as-of", "2019-01-11")
        self.assertEqual([(one["open_fen"], one["overdue"], one["settled"]) for one in rows],
                         [(400000, True, False), (0, False, True)])
        self.assertEqual(rows[0]["interest_fen"], 2000)  # 4,000 yuan at 万分之五 for ten days
        self.assertEqual(len(self.listed("recovery", self.workspace, "list", "--open")), 1)
        self.assertEqual(self.listed("recovery", self.workspace, "list", "--late", "--as-of", "2019-01-01"), [])
        self.assertEqual(anlan("recovery", self.workspace, "list", "--case", 99).code, FAILED)
        words = self.ran("recovery", self.workspace, "list", lang="zh").out
        self.assertIn("4,000.00", words)
        self.assertIn(SHOWN, words)

    def test_referrals_with_their_late_steps(self):
        rows = self.listed("referral", self.workspace, "list")
        self.assertEqual([(one["number"], one["state"], one["late"]) for one in rows],
                         [("2019-0001", "approved", ["hand_over"])])
        shown = self.listed("referral", self.workspace, "show", 1)
        timers = {one["clock"]: (one["due"], one["state"]) for one in shown["timers"]}
        self.assertEqual(timers["leader_decision"], ("2019-01-04T23:59:59+08:00", "in_time"))
        self.assertEqual(timers["hand_over"], ("2019-01-03T04:00:00+08:00", "overdue"))
        self.assertIsNone(shown["thresholds"][0]["local_fen"])
        self.assertEqual(shown["next"], ["handed_over"])
        words = self.ran("referral", self.workspace, "show", 1, lang="zh").out
        for word in ("未设定", "必须移送评估", "超期未办", "3,000.00 – 10,000.00"):
            self.assertIn(word, words)
        self.assertIn("not set", self.ran("referral", self.workspace, "show", 1).out)
        gone = anlan("referral", self.workspace, "show", 2)
        self.assertEqual(gone.code, FAILED)
        self.assertIn("referral.not_found", gone.err)

    def test_every_hash_of_the_manifest_is_right(self):
        files = self.files()
        manifest = json.loads(files.pop("manifest.json"))
        self.assertEqual({one["path"]: (one["sha256"], one["size"]) for one in manifest["files"]},
                         {name: (sha256(content), len(content)) for name, content in files.items()})
        self.assertEqual(self.packed["sha256"], sha256(self.pack.read_bytes()))
        self.assertIn(EVIDENCE, files.values())
        self.assertEqual(manifest["names"], "masked")
        book = openpyxl.load_workbook(io.BytesIO(files["04-资金与处置清单.xlsx"]))
        cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
        self.assertIn(5000, cells)
        letter = zipfile.ZipFile(io.BytesIO(files["01-涉嫌犯罪案件移送书.docx"])).read("word/document.xml").decode()
        for words in ("移〔2019〕1号", "5,300.00元", "伍仟叁佰元整", SHOWN, "甲某、乙某"):
            self.assertIn(words, letter)

    def test_the_same_again_but_for_the_journal_which_has_gone_on(self):
        again = self.folder / "again.zip"
        self.ran("referral", self.workspace, "pack", 1, "--out", again)
        with zipfile.ZipFile(again) as archive:
            others = {name: archive.read(name) for name in archive.namelist()}
        for name, content in self.files().items():
            if not name.startswith("journal/") and name != "manifest.json":
                self.assertEqual(content, others[name], name)

    def test_proofs_hold_for_strangers(self):
        files = self.files()
        entries = sorted(name for name in files if name.endswith("/entry.json"))
        self.assertEqual([json.loads(files[name])["subject"] for name in entries], ["case:1"])
        bundle = self.folder / "bundle"
        bundle.mkdir()
        for name, content in files.items():
            if name.startswith("journal/"):
                (bundle / name.split("/")[-1]).write_bytes(content)
        scripts = re.findall(r"```sh\n(.*?)```", (bundle / "README.md").read_text(), re.S)
        said = [subprocess.run(["sh", "-ec", script], cwd=bundle, capture_output=True, text=True) for script in scripts[:3]]
        self.assertEqual([one.returncode for one in said], [0, 0, 0])
        self.assertIn("Signature Verified Successfully", said[0].stdout)
        self.assertEqual(said[2].stdout.strip(), "OK")

    def test_one_changed_byte_is_found(self):
        self.assertIn("as the manifest says", self.ran("referral", self.pack, "check").out)
        changed = self.folder / "changed.zip"
        with zipfile.ZipFile(changed, "w") as archive:
            for name, content in self.files().items():
                if "证据/" in name and name.endswith("jpg") or content == EVIDENCE:
                    content = bytes([content[0] ^ 1]) + content[1:]
                archive.writestr(name, content)
        findings = anlan("referral", changed, "check", "--json")
        self.assertEqual(findings.code, FAILED)
        self.assertEqual([one["code"] for one in json.loads(findings.out)], ["pack.changed_file"])
        broken = anlan("referral", self.workspace / "desk.db", "check")
        self.assertEqual(broken.code, FAILED)
        self.assertIn("zip.damaged", broken.err)

    def test_evidence_changed_in_its_place_stops_a_pack(self):
        out = self.folder / "none.zip"
        self.kept.write_bytes(bytes([EVIDENCE[0] ^ 1]) + EVIDENCE[1:])
        try:
            done = anlan("referral", self.workspace, "pack", 1, "--out", out)
        finally:
            self.kept.write_bytes(EVIDENCE)
        self.assertEqual(done.code, FAILED)
        self.assertIn("referral.evidence_changed", done.err)
        self.assertFalse(out.exists())

    def test_a_pack_that_goes_out_is_told(self):
        self.ran("journal", "verify", self.workspace)
        told = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "-n", 100, "--json").out)]
        packed = [one for one in told if one["act"] == "referral.packed"]
        self.assertEqual(packed[0]["refs"]["sha256"], self.packed["sha256"])
        self.assertEqual(packed[0]["refs"]["names"], "masked")


if __name__ == "__main__":
    unittest.main()
