"""Who handled a subject's business, is kin, or shares a phone, an address or an account with it, acts on none of its leads."""

import csv
import json
import sys

from anlan import DONE, PROGRAM, ROOT, Scenario

sys.path.insert(0, str(ROOT / "sim"))
import demo_desk  # noqa: E402  (lies beside the synthetic city, whose people it plays)

COLUMNS = ["operator_id", "id_no", "name", "kind", "kin_ids", "phone", "addr", "acct_no"]


class Ties(Scenario):
    """Operators of the core system who are also people at the desk, by their ID numbers."""

    def subjects(self, workspace, count):
        """Persons whom a lead is about, one lead each."""
        leads = {}
        for path in sorted((workspace / "runs").glob("*/leads/EP-*.jsonl")):
            for line in path.read_text().splitlines():
                lead = json.loads(line)
                if lead["subject_kind"] == "person":
                    leads.setdefault(lead["subject_id"], []).append(lead["lead_id"])
        alone = [(subject, ids[0]) for subject, ids in sorted(leads.items()) if len(ids) == 1 and len(subject) == 18]
        self.assertGreaterEqual(len(alone), count)
        return alone[:count]

    def write(self, name, columns, rows):
        path = self.folder / "ties" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows])

    def test_ties_found_in_the_data_keep_people_from_leads(self):
        workspace = self.folder / "workspace"
        self.ran("init", workspace)
        self.ran("import", workspace, self.new_city("city", 3000, 21, "--months", 24), code=(0, 3))
        self.ran("detect", workspace, code=(0, 3))
        once = demo_desk.make_people(PROGRAM, workspace)
        serial = {login: number for number, (login, *_) in enumerate(demo_desk.CAST, 102)}
        me, other = (demo_desk.id_number(serial[login]) for login in ("jiandu1", "jiandu2"))
        stranger = demo_desk.id_number(900)
        subjects = self.subjects(workspace, 7)
        (handled, kin, phone, address, account, by_kin, free) = (subject for subject, _ in subjects)
        leads = dict(zip(("handler", "kin", "shared_phone", "shared_address", "shared_account", "kin_of_handler", "free"),
                         (lead for _, lead in subjects)))
        # An operator at the desk, with two numbers; and one who is not, whom the other supervisor declared as kin.
        self.write("operator", COLUMNS, [
            ["TIE1", me, "甲", "1", "", "13900000001", "东路1号", "TIE-ACCT-1"],
            ["TIE2", me, "甲", "1", kin, "", "", ""],
            ["TIE3", stranger, "乙", "1", f"{other}；{demo_desk.id_number(901)}", "", "", ""]])
        # A person of theirs that the register does not know stands for the number itself.
        self.write("qualification_check", ["person_id", "checked_at", "result", "op_id"],
                   [[handled, "2018-05-04 10:00:00", "1", "TIE1"], [by_kin, "2018-05-04 11:00:00", "1", "TIE3"]])
        self.write("person_bank_account", ["person_id", "acct_no", "from_t"], [[account, "TIE-ACCT-1", "2018-01-02 09:00:00"]])
        self.write("person", ["person_id", "id_no", "name", "sex", "birth_date", "phone", "addr"],
                   [["ZZZ1", phone, "丙", "1", "1950-01-01", "13900000001", ""],
                    ["ZZZ2", address, "丁", "1", "1950-01-01", "", "东路1号"]])
        self.ran("import", workspace, self.folder / "ties", code=DONE)
        self.assertIn("ties.found", self.take_in(workspace))

        server, url = demo_desk.start(PROGRAM, workspace, 0)
        try:
            people, _ = demo_desk.logged_in(int(url.rsplit(":", 1)[1]), once)
            for ground, lead_id in leads.items():
                place = f"/api/desk/leads/{lead_id}"
                tied = {"kin_of_handler": "jiandu2", "free": None}.get(ground, "jiandu1")
                for login in ("jiandu1", "jiandu2"):
                    lead = people[login].get(place)
                    if login != tied:
                        continue
                    with self.assertRaises(demo_desk.Refused) as caught:
                        people[login].post(f"{place}/screen", None, lead["version"])
                    self.assertEqual(caught.exception.code, "case.tied", ground)
                    self.assertIn(ground.encode(), caught.exception.body)
                    with self.assertRaises(demo_desk.Refused) as caught:
                        people[login].post(f"{place}/dismiss", {"reason": "无需核查"}, lead["version"])
                    self.assertEqual(caught.exception.code, "case.tied", ground)
                free_person = people["jiandu1" if tied == "jiandu2" else "jiandu2"]
                free_person.post(f"{place}/screen", None, free_person.get(place)["version"])
            # In the case the tie stands among those who stand aside.
            merged = people["jiandu2"].post("/api/cases", {"leads": [{
                "lead_id": leads["handler"], "version": people["jiandu2"].get(f"/api/desk/leads/{leads['handler']}")["version"]}]})
            aside = people["jiandu2"].get(f"/api/cases/{merged['case_id']}")["recusals"]
            self.assertEqual([(one["ground"], one["found"]) for one in aside], [("handler", True)])
        finally:
            server.terminate()
            server.wait()
        self.assertNotIn("ties.found", self.take_in(workspace))  # the same again is nothing new
        del free

    def take_in(self, workspace):
        """The entries that a take-in told."""
        before = len(json.loads(self.ran("journal", "tail", workspace, "-n", "100000", "--json").out))
        self.ran("cases", workspace, "take-in")
        return json.dumps(json.loads(self.ran("journal", "tail", workspace, "-n", "100000", "--json").out)[before:])


if __name__ == "__main__":
    import unittest
    unittest.main()
