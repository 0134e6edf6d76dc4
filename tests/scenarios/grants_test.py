"""Posts are asked for and decided by different people, by command line and API; the console gives them only before the first matter."""

import json
import os
import subprocess
import unittest

from anlan import DONE, FAILED, PROGRAM
from desk_server import NEW_PASSWORD, DeskServer


class Grants(DeskServer):
    city = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login, organisation, posts in (
                ("manager", "d01-agency", [("BM", "d01-agency")]), ("auditor", "d01-agency", [("JH", "d01-agency")]),
                ("director", "d01-agency", [("DW", "d01-agency")]), ("granter", "bureau", [("QX", "bureau")]),
                ("clerk", "d01-agency", []), ("clerk2", "d01-agency", []), ("stranger", "d02-agency", [("BM", "d02-agency")])):
            cls.add(login, organisation, *posts)
            setattr(cls, login, cls.person(login))

    def matters(self, login, *words, code=DONE):
        """`anlan matters` in person; what it printed."""
        ended = subprocess.run([PROGRAM, "matters", str(self.workspace), "--as", login, *map(str, words), "--json", "--lang", "en"],
                               input=(NEW_PASSWORD + "\n").encode(), capture_output=True, check=False,
                               env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(ended.returncode, code, ended.stderr.decode())
        return json.loads(ended.stdout) if code == DONE else ended.stderr.decode()

    def posts_of(self, login):
        shown = json.loads(self.ran("actor", "show", self.workspace, login, "--json").out)
        return [(one["post"], one["approved_by"]) for one in shown["posts"]]

    def test_from_asking_to_holding(self):
        ask = ("ask-post", "clerk", "SL", "--post", "BM")
        self.assertIn("[duties.not_in_person]", self.ran("matters", self.workspace, *ask, code=FAILED).err)
        self.assertIn("[access.no_account]", self.matters("stranger", *ask, code=FAILED))
        self.assertIn("[duties.post_not_held]", self.matters("auditor", *ask, code=FAILED))
        matter = self.matters("manager", *ask)["matter_id"]
        # From the first matter on, the console gives nothing.
        for verb in (("grant", "clerk", "SL"), ("cover", "clerk", "SL", "--instead-of", "manager", "--until", "2030-01-01")):
            refused = self.ran("actor", verb[0], self.workspace, *verb[1:], "--approved-by", "approver", code=FAILED)
            self.assertIn("[duties.desk_in_use]", refused.err)
        steps = (("auditor", "JH"), ("director", "DW"), ("granter", "QX"))
        for login, post in steps:
            self.assertEqual(self.posts_of("clerk"), [])
            for other in ("manager", "clerk"):
                self.assertIn("duties.", self.matters(other, "decide", matter, "approve", "--post", post, code=FAILED))
            self.matters(login, "decide", matter, "approve", "--post", post)
        self.assertEqual(self.posts_of("clerk"), [("SL", f"matter:{matter}")])
        self.assertEqual(self.matters("manager", "show", matter)["state"], "approved")
        acts = [one["entry"] for one in json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)]
        self.assertEqual(sum(one["act"] == "matter.approve" for one in acts), 3)
        self.assertGreaterEqual(sum(one["act"] == "matter.refused" for one in acts), 6)
        granted = [one for one in acts if one["act"] == "post.granted" and one["refs"]["approved_by"] == f"matter:{matter}"]
        self.assertEqual(len(granted), 1)
        self.ran("duties", "check", self.workspace)

    def test_asked_for_through_the_api(self):
        person = json.loads(self.ran("actor", "show", self.workspace, "clerk2", "--json").out)
        body = {"kind": "post", "person_id": person["person_id"], "account": person["account_id"],
                "organisation": "d01-agency", "post": "CS", "under_post": "BM"}
        for client, status in ((self.auditor, 403), (self.clerk, 403), (self.stranger, 404)):
            self.assertEqual(client.post("/api/grants", body).status, status)
        for change, code in (({"post": "XX"}, "access.post_unknown"), ({"kind": "cover"}, "access.period"),
                             ({"organisation": "nowhere"}, "access.no_organisation"), ({"person_id": 999}, "access.no_person")):
            answer = self.manager.post("/api/grants", {**body, **change})
            self.assertEqual(answer.code, code, answer)
        key = {"Idempotency-Key": "ask-clerk2-cs"}
        made = self.manager.post("/api/grants", body, headers=key)
        self.assertEqual((made.status, made.json["state"], made.json["chain"]), (201, "open", "post_grant"), made)
        self.assertEqual(self.manager.post("/api/grants", body, headers=key).json, made.json)
        number = made.json["grant_id"]
        self.assertEqual(self.stranger.get(f"/api/grants/{number}").status, 404)
        stale = self.manager.ask("PUT", f"/api/grants/{number}", body, headers={"If-Match": '"v9"'})
        self.assertEqual(stale.code, "duties.stale", stale)  # another version than it has, whichever
        changed = self.manager.ask("PUT", f"/api/grants/{number}", {**body, "post": "FH"},
                                   headers={"If-Match": made.headers["etag"]})
        self.assertEqual((changed.status, changed.json["post"]), (200, "FH"), changed)
        self.assertIn(number, [one["grant_id"] for one in self.auditor.get("/api/grants?state=open").json["grants"]])
        self.matters("auditor", "decide", made.json["matter_id"], "reject", "--post", "JH", "--opinion", "编制已满")
        self.assertEqual(self.manager.get(f"/api/grants/{number}").json["state"], "rejected")
        self.assertEqual(self.posts_of("clerk2"), [])


if __name__ == "__main__":
    unittest.main()
