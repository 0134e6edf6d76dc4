"""The whole life of one planted fraud: from files to the police and the money, by curl, as people of four organisations.

Every step is first tried by those who may not take it. With LIFE_TRANSCRIPT=FILE each request and what came of it is written there.
"""

import json
import os
import pathlib
import subprocess
import sys
import urllib.parse

from anlan import PROGRAM, ROOT, Scenario

sys.path.insert(0, str(ROOT / "sim"))
import demo_desk  # noqa: E402  (lies beside the synthetic city, whose people it plays)


class CurlPerson(demo_desk.Person):
    """The same person, with curl."""

    transcript = None

    def ask(self, method, target, body=None, version=None, headers=None, raw=None):
        words = ["curl", "-sS", "-i", "-X", method, f"http://127.0.0.1:{self.port}{target}"]
        sent = {"Accept-Language": "en", **(headers or {})}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent["X-CSRF-Token"] = self.csrf
        if version is not None:
            sent["If-Match"] = f'"v{version}"'
        if body is not None:
            raw, sent["Content-Type"] = json.dumps(body, ensure_ascii=False).encode(), "application/json"
        for name, value in sent.items():
            words += ["-H", f"{name}: {value}"]
        if raw is not None:
            words += ["--data-binary", "@-"]
        answer = subprocess.run(words, input=raw or b"", capture_output=True, check=True).stdout
        head, _, text = answer.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, text = text.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        status = int(lines[0].split()[1])
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        refused = demo_desk.Refused(status, text) if status >= 300 else None
        if self.transcript is not None and "password" not in target and "login" not in target:
            shown = json.dumps(body, ensure_ascii=False) if body is not None else ""
            self.transcript.append(f"{self.login:9} {method:5} {target} {shown} → {status} {refused.code if refused else ''}".rstrip())
        if refused:
            raise refused
        if "set-cookie" in fields:
            self.cookie = fields["set-cookie"].split(";")[0]
        return json.loads(text) if text and "json" in fields.get("content-type", "") else text


class Life(Scenario):
    def test_from_files_to_the_police_and_the_money(self):
        workspace = self.folder / "workspace"
        self.ran("init", workspace)
        city = self.new_city("city", 3000, 21, "--months", 24)
        self.ran("import", workspace, city, code=(0, 3))
        self.ran("detect", workspace, code=(0, 3))
        once = demo_desk.make_people(PROGRAM, workspace)
        server, url = demo_desk.start(PROGRAM, workspace, 0)
        transcript = []
        try:
            CurlPerson.transcript = transcript
            port = int(url.rsplit(":", 1)[1])
            original, demo_desk.Person = demo_desk.Person, CurlPerson
            try:
                people, _ = demo_desk.logged_in(port, once)
            finally:
                demo_desk.Person = original
            self.live(demo_desk.Office(port, people), city)
        finally:
            server.terminate()
            server.wait()
            if os.environ.get("LIFE_TRANSCRIPT"):
                pathlib.Path(os.environ["LIFE_TRANSCRIPT"]).write_text("\n".join(transcript) + "\n")
        self.ran("journal", "verify", workspace)
        told = self.ran("journal", "tail", workspace, "-n", "1000", "--json").out
        for act in ("lead.screen", "case.dispatch", "case.conclude", "case.close", "referral.proposed", "matter.refused"):
            self.assertIn(act, told)

    def refused(self, code, act, *words):
        """That somebody may not: the code, and nothing done."""
        with self.assertRaises(demo_desk.Refused) as caught:
            act(*words)
        self.assertEqual(caught.exception.code, code)

    def planted(self, office, city):
        """A lead about somebody whose pension went on after death, who is in the city's true answers."""
        truth = (city / "truth.csv").read_text()
        self.assertIn("EP-01,planted", truth)
        leads = office.jiandu1.get("/api/desk/leads?detection=EP-01&state=new")["leads"]
        self.assertTrue(leads)
        whole = office.jiandu1.post(f"/api/desk/leads/{leads[0]['lead_id']}/reveal", {"reason": "核对真实答案"})
        self.assertIn(whole["evidence"]["subject_id"], truth)
        return leads[0]

    def live(self, office, city):
        lead = self.planted(office, city)
        on, where = office.on, f"/api/desk/leads/{lead['lead_id']}"
        self.refused("access.no_right", office.jihe1.post, f"{where}/screen", None, lead["version"])
        self.refused("store.stale", office.jiandu1.post, f"{where}/screen", None, 77)
        case = office.case(lead)
        place = f"/api/cases/{case['case_id']}"

        # Dispatched by the head of supervision, to an agency of district 1.
        to = {"organisation": "d01-agency", "verifier": office.persons["jihe1"]}
        self.refused("access.no_right", on, office.jiandu1, case, "dispatch", to)
        case = on(office.chuzhang, case, "dispatch", to)
        self.refused("case.not_found", office.jihe3.get, place)
        self.refused("case.other_verifier", on, office.jihe2, case, "accept")
        case = on(office.jihe1, case, "accept")

        # Verified, concluded by one and reviewed by another.
        said = {"conclusions": [{"lead_id": lead["lead_id"], "result": "confirmed", "confirmed_fen": lead["amount_fen"],
                                 "grounds": "火化记录与发放记录相符"}]}
        self.refused("case.no_report", on, office.jihe1, case, "conclude", said)
        self.refused("file.not_kept", on, office.jihe1, case, "documents", {"kind": "verification_report", "sha256": "0" * 64})
        report = office.jihe1.give("核查情况说明.txt", "已走访，领取人于上年死亡。\n")
        case = on(office.jihe1, case, "documents", {"kind": "verification_report", "sha256": report})
        case = on(office.jihe1, case, "conclude", said)
        for person, post, code in ((office.jihe1, "JH", "duties.maker"), (office.jihe3, "JH", "duties.no_matter"),
                                   (office.kuaiji, "KJ", "duties.wrong_post")):
            self.refused(code, self.decide, person, case["matter_id"], "review", post)
        office.decided(office.bumen, case["matter_id"], "BM")
        case = office.read(case)
        self.assertEqual(case["state"], "concluded")
        self.refused("case.not_settled", on, office.jihe1, case, "close", {"summary": "了结"})

        # Put right: an order to return, and the money.
        self.refused("access.no_right", office.bumen.post, f"{place}/disposals", {"kind": "order_to_return", "document": "1号", "grounds": "多发"})
        office.jihe1.post(f"{place}/disposals", {"kind": "order_to_return", "document": "津社稽追〔2026〕1号", "grounds": "多发待遇",
                                                 "amount_fen": lead["amount_fen"]})
        due = {"debtor": "person", "basis": "社会保险法 88", "due_fen": lead["amount_fen"], "due_on": "2099-01-31", "interest": "none"}
        recovery = office.kuaiji.post(f"{place}/recoveries", due)
        lines = f"/api/recoveries/{recovery['recovery_id']}/lines"
        line = {"kind": "received", "part": "principal", "amount_fen": lead["amount_fen"] + 1, "on": "2026-01-05", "document": "银行回单"}
        self.refused("recovery.balance", office.kuaiji.post, lines, line, recovery["version"])
        recovery = office.kuaiji.post(lines, {**line, "amount_fen": lead["amount_fen"]}, recovery["version"])
        self.assertTrue(recovery["settled"])
        self.refused("case.not_settled", on, office.jihe1, office.read(case), "close", {"summary": "钱已追回"})  # R18

        # Referred: two officers, legal review, the head of the bureau.
        proposal = {"offence": "fraud", "subject": "individual", "persons": 1, "amount_fen": lead["amount_fen"], "addressee": "某市公安局",
                    "facts": "他人隐瞒死亡继续领取", "second_officer": office.persons["jiandu2"], "post": "JD"}
        self.refused("access.no_right", office.jihe1.post, f"{place}/referrals", {**proposal, "post": "JH"})
        self.refused("referral.two_officers", office.jiandu1.post, f"{place}/referrals",
                     {**proposal, "second_officer": office.persons["jiandu1"]})
        referral = office.jiandu1.post(f"{place}/referrals", proposal)
        matter = referral["matter_id"]
        self.refused("duties.maker", self.decide, office.jiandu1, matter, "second_officer", "JD")
        self.refused("duties.other_step", self.decide, office.juzhang, matter, "leader_decision", "DW")
        for person, post in ((office.jiandu2, "JD"), (office.fazhi, "FZ"), (office.juzhang, "DW")):
            office.decided(person, matter, post)
        event = f"/api/referrals/{referral['referral_id']}/events"
        version = office.jiandu1.get(event.removesuffix("/events"))["version"]
        self.refused("referral.state", office.jiandu1.post, event, {"event": "receipted", "document": "回执"}, version)
        pack = office.jiandu1.post(event.removesuffix("events") + "pack", {"reveal_reason": "随案移送"})
        kept = self.folder / "pack.zip"
        kept.write_bytes(pack)
        self.ran("referral", kept, "check")
        sha256 = office.jiandu1.ask("POST", "/api/files", raw=pack, headers={
            "X-File-Name": urllib.parse.quote("移送材料.zip"), "Content-Type": "application/octet-stream"})["sha256"]
        for name, file in (("handed_over", sha256), ("receipted", None), ("filed", None)):
            version = office.jiandu1.get(event.removesuffix("/events"))["version"]
            body = {"event": name, "document": "津社移〔2026〕1号", **({"file_sha256": file} if file else {})}
            office.jiandu1.post(event, body, version)

        # What must change so that it cannot happen again, done and checked by another.
        remedy = office.jihe1.post(f"{place}/remedies", {
            "kind": "mechanism", "means": "control", "organisation": "d01-agency", "owner": office.persons["danwei"],
            "what": "发放前死亡比对", "due_on": "2099-01-31"})
        proof = office.bumen.give("上线记录.txt", "已上线\n")
        remedy = office.bumen.post(f"/api/remedies/{remedy['remedy_id']}/report",
                                   {"report": "已上线", "evidence": [proof], "reference": "死亡比对", "post": "BM"}, remedy["version"])
        self.refused("duties.maker", self.decide, office.bumen, remedy["matter_id"], "check", "BM")
        self.assertEqual(office.jiandu1.get(f"{place}/files/{proof}").decode(), "已上线\n")  # before they check it
        self.refused("file.not_kept", office.jiandu1.get, f"{place}/files/{'0' * 64}")
        self.refused("file.not_kept", office.jiandu1.get, f"/api/files/{proof}")  # not theirs
        office.decided(office.jiandu1, remedy["matter_id"], "JD")

        # Reviewed by one who had no part in it, and closed by the head of supervision.
        case = on(office.jihe1, office.read(case), "close", {"summary": "款项追回，已移送，机制已完善"})
        self.refused("duties.maker", self.decide, office.jihe1, case["matter_id"], "review", "JD")
        office.decided(office.jiandu2, case["matter_id"], "JD")
        self.refused("duties.decided", self.decide, office.jiandu2, case["matter_id"], "closing", "JD")
        office.decided(office.chuzhang, case["matter_id"], "JZ")
        self.assertEqual(office.read(case)["state"], "closed")
        self.assertEqual(office.jiandu1.get(where)["state"], "closed")

    @staticmethod
    def decide(person, matter_id, step, post):
        version = person.get(f"/api/matters/{matter_id}")["version"]
        return person.post(f"/api/matters/{matter_id}/decide", {"step": step, "verdict": "approve", "post": post, "opinion": "同意"}, version)


if __name__ == "__main__":
    import unittest
    unittest.main()
