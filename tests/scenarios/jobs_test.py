"""Jobs: asked for, run one at a time in a child, cancelled, lost with the server and run again, caught up by calendar."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from anlan import DONE, FAILED, PROGRAM, SOME_REJECTED, Scenario, Workspace
from desk_server import Client, DeskServer

SEED = int(os.environ.get("ANLAN_SEED", random.SystemRandom().randrange(1 << 31)))
OVER = ("done", "failed", "cancelled", "lost")
DAY_MS = 86_400_000


class ByCommandLine(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.city = cls.new_city("city", 2000, 5, "--months", 6)

    def jobs(self, workspace, *words, code=DONE):
        return json.loads(self.ran("jobs", workspace, *words, "--json", code=code).out)

    def test_import_and_detect_as_jobs_make_what_the_verbs_make(self):
        by_hand, by_job = self.new_workspace("by_hand"), self.new_workspace("by_job")
        for verb in (("import", by_hand, self.city), ("detect", by_hand)):
            expected = self.ran(*verb, code=(DONE, SOME_REJECTED)).code
            job = self.jobs(by_job, "run", verb[0], *([self.city] if verb[0] == "import" else []), "--wait",
                            code=expected)
            self.assertEqual((job["state"], job["complete"], job["exit_code"]), ("done", expected == DONE, expected), job)
        self.assertEqual(by_job.parts(), by_hand.parts())
        self.assertEqual(by_job.leads(), by_hand.leads())
        self.assertEqual(job["result"]["leads"], len(by_hand.leads().splitlines()))
        self.assertEqual((job["progress"]["done"], job["progress"]["total"]), (job["progress"]["total"],) * 2)
        told = [(one["entry"]["act"], one["entry"].get("subject")) for one in
                json.loads(self.ran("journal", "tail", by_job, "-n", 100, "--json").out)]
        for act in ("job.asked", "job.started", "job.ended"):
            self.assertIn((act, "job:2"), told)
        listed = self.jobs(by_job, "list")
        self.assertEqual([one["job_id"] for one in listed], [2, 1])
        self.assertEqual(self.jobs(by_job, "list", "--kind", "import")[0]["job_id"], 1)
        self.assertEqual(json.loads((by_job.folder / "jobs" / "2" / "output").read_text())["id"], job["result"]["run"])

    def test_a_job_that_fails_says_why_and_can_be_run_again(self):
        workspace = self.new_workspace("failing")
        wrong = self.write("unknown.csv", "a,b\n1,2\n")
        job = self.jobs(workspace, "run", "import", wrong, "--wait", code=FAILED)
        self.assertEqual((job["state"], job["exit_code"]), ("failed", 1), job)
        self.assertTrue(job["error"].startswith("import."), job)
        again = self.jobs(workspace, "run", "again", job["job_id"], "--wait", code=FAILED)
        self.assertEqual((again["again_of"], again["error"]), (job["job_id"], job["error"]))
        for words, code in ((("run", "again", 99), "job.not_found"), (("show", 99), "job.not_found"),
                            (("cancel", job["job_id"]), "job.over"), (("run", "detect", "--only", "XX-99"), "job.work"),
                            (("run", "import", self.folder / "none.csv"), "job.file_missing")):
            refused = self.ran("jobs", workspace, *words, code=FAILED)
            self.assertIn(f"[{code}]", refused.err, words)

    def test_what_waits_is_cancelled_at_once_and_an_empty_inbox_is_no_failure(self):
        workspace = self.new_workspace("waiting")
        asked = self.jobs(workspace, "run", "detect")
        self.ran("jobs", workspace, "cancel", asked["job_id"])
        self.assertEqual(self.jobs(workspace, "show", asked["job_id"])["state"], "cancelled")
        job = self.jobs(workspace, "run", "import", "--wait")
        self.assertEqual((job["state"], job["result"]), ("done", {"files": 0}))

    def test_the_standard_schedule_is_set_changed_and_removed(self):
        workspace = self.new_workspace("scheduled")
        schedule = json.loads(self.ran("schedule", workspace, "set", "--standard", "--json").out)
        self.assertEqual([(one["name"], one["rule"], one["late"]) for one in schedule],
                         [("import_inbox", "working_days 01:00", "run"), ("monthly_detection", "monthly 5 02:00", "run")])
        self.ran("schedule", workspace, "set", "monthly_detection", "weekly mon 03:00", "--skip-missed")
        self.ran("schedule", workspace, "remove", "import_inbox")
        schedule = json.loads(self.ran("schedule", workspace, "list", "--json").out)
        self.assertEqual([(one["name"], one["rule"], one["late"]) for one in schedule],
                         [("monthly_detection", "weekly mon 03:00", "skip")])
        for words, code in ((("set", "x", "hourly"), "schedule.rule"), (("set", "Bad Name", "daily 01:00"), "schedule.name"),
                            (("remove", "import_inbox"), "schedule.not_found")):
            self.assertIn(f"[{code}]", self.ran("schedule", workspace, *words, code=FAILED).err, words)

    def test_sources_are_held_against_what_was_agreed(self):
        workspace = self.new_workspace("sources")
        self.ran("import", workspace, self.city, code=(DONE, SOME_REJECTED))
        tables = {one["table"] for one in workspace.deliveries()}
        listed = lambda *words: {one["table"]: one for one in
                                 json.loads(self.ran("sources", workspace, *words, "--json").out)}
        now = listed()
        self.assertEqual(len(now), 13)
        for table, one in now.items():
            self.assertEqual(one["state"], "fresh" if table in tables else "none", one)
            self.assertEqual(one["sure"], "assumed")
        in_two_years = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 730 * 86400))
        self.assertEqual(set(listed("--as-of", in_two_years, "--late")), tables & set(now))
        self.ran("sources", workspace, "set", "ext_death", "--frequency", "daily", "--grace-days", 1, "--document", "市合〔2018〕1号")
        death = listed()["ext_death"]
        self.assertEqual((death["frequency"], death["sure"], death["document"]), ("daily", "agreed", "市合〔2018〕1号"))
        self.ran("sources", workspace, "reset", "ext_death")
        self.assertEqual(listed()["ext_death"]["sure"], "assumed")
        self.assertIn("[source.not_found]", self.ran("sources", workspace, "set", "person", "--frequency", "daily", "--document",
                                                     "x", code=FAILED).err)


class ByServer(DeskServer):
    """The server runs what it is asked for through the API."""

    city = False

    @classmethod
    def setUpClass(cls):
        print(f"jobs_test: ANLAN_SEED={SEED}", flush=True)
        super().setUpClass()
        cls.files = cls.new_city("city", 3000, 7, "--months", 6)
        cls.undisturbed = cls.new_workspace("undisturbed")
        cls.ran("import", cls.undisturbed, cls.files, code=(DONE, SOME_REJECTED))
        cls.add("officer", "bureau", ("JD", "bureau"))
        cls.add("district", "d01-agency", ("JD", "d01"))
        cls.add("clerk", "d01-agency", ("SL", "d01-agency"))
        cls.officer = cls.person("officer")
        cls.moments = random.Random(SEED)

    def setUp(self):
        """An inbox with the city's files, and nothing received yet."""
        for part in ("lake", "rejects", "inbox"):
            shutil.rmtree(self.workspace / part, ignore_errors=True)
            (self.workspace / part).mkdir()
        shutil.copytree(self.files, self.workspace / "inbox", dirs_exist_ok=True)

    def asked(self, kind="import", body=None):
        answer = self.officer.post(f"/api/jobs/{kind}", body or {})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.headers["location"], f"/api/jobs/{answer.json['job_id']}")
        return answer.json["job_id"]

    def job(self, number):
        return self.officer.get(f"/api/jobs/{number}").json

    def wait_for(self, number, holds):
        while not holds(job := self.job(number)):
            self.assertNotIn(job["state"], OVER, job)
            time.sleep(0.01)
        return job

    def reads(self, number):
        """Waits until the child is at work on a file."""
        return self.wait_for(number, lambda job: job["state"] == "running" and job["progress"])

    def finished(self, number):
        while self.job(number)["state"] not in OVER:
            time.sleep(0.02)
        return self.job(number)

    def restarted(self):
        self.stop()
        self.start()
        type(self).officer = self.person("officer")

    def assert_whole(self):
        """Every delivery is as an undisturbed import makes it, and nothing is half there."""
        hashes = lambda one: [hashlib.sha256((one["folder"] / part).read_bytes()).hexdigest() for part in one["parts"]]
        whole = {one["id"]: hashes(one) for one in self.undisturbed.deliveries()}
        workspace = Workspace(self.workspace)
        for one in workspace.deliveries():
            self.assertEqual(hashes(one), whole[one["id"]])
        folders = list(workspace.folder.glob("lake/[!.]*/*"))
        self.assertEqual(len(folders), len(workspace.deliveries()), "a folder without its manifest")
        return workspace

    def children(self):
        return [int(one) for one in pathlib.Path(f"/proc/{self.server.pid}/task").glob("*")
                for one in (one / "children").read_text().split()]

    def test_an_import_through_the_api(self):
        inbox = self.officer.get("/api/inbox").json
        self.assertEqual(inbox["total"], len(list(self.files.iterdir())))
        job = self.finished(self.asked())
        self.assertEqual(job["state"], "done", job)
        self.assertEqual(self.assert_whole().parts(), self.undisturbed.parts())
        self.assertEqual(job["result"]["files_failed"], 0, job)
        page = self.officer.get("/api/jobs?kind=import&limit=1").json
        self.assertEqual(page["jobs"][0], job)
        self.assertEqual(self.officer.get(f"/api/jobs/{job['job_id']}/log").status, 200)
        # The same key asks for it once.
        key = {"Idempotency-Key": "nightly-2018-11-30"}
        first = self.officer.post("/api/jobs/import", {}, headers=key).json["job_id"]
        self.assertEqual(self.officer.post("/api/jobs/import", {}, headers=key).json["job_id"], first)
        over = self.finished(first)
        self.assertEqual(over["result"]["files_already_there"], over["result"]["files"])

    def test_killed_in_the_middle_of_an_import(self):
        """kill -9 of the server: the child dies with it, the job is lost, no file is half there."""
        lost = 0
        for _ in range(6):
            self.setUp()
            number = self.asked()
            self.reads(number)
            time.sleep(self.moments.uniform(0, 0.2))
            children = self.children()
            self.server.kill()
            self.server.wait()
            for child in children:
                while pathlib.Path(f"/proc/{child}").exists() and "Z" != \
                        pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]:
                    time.sleep(0.01)
            self.assert_whole()
            self.restarted()
            job = self.job(number)
            if job["state"] != "lost":  # it was faster
                self.assertEqual(job["state"], "done", job)
                continue
            lost += 1
            self.assertIsNone(job["exit_code"])
            again = self.officer.post(f"/api/jobs/{number}/again")
            self.assertEqual((again.status, again.json["again_of"]), (201, number), again)
            self.assertEqual(self.finished(again.json["job_id"])["state"], "done")
            self.assertEqual(self.assert_whole().parts(), self.undisturbed.parts())
            self.assertEqual(self.assert_whole().staged(), [])
            if lost == 2:
                break
        self.assertGreater(lost, 0, "never in the middle")
        self.assertEqual(len(self.entries("job.lost")), lost)
        self.ran("journal", "verify", self.workspace)

    def test_cancelled_in_the_middle_of_an_import(self):
        number = self.asked()
        self.reads(number)
        version = self.job(number)["version"]
        cancel = lambda tag: self.officer.post(f"/api/jobs/{number}/cancel", headers={"If-Match": f'"v{tag}"'})
        self.assertEqual(cancel(version - 1).status, 412)
        answer = cancel(version)
        self.assertEqual(answer.status, 200, answer)
        job = self.finished(number)
        self.assertEqual(job["state"], "cancelled", job)
        self.assertTrue(job["cancel_by"].startswith("account:"))
        self.assert_whole()
        answer = cancel(job["version"])
        self.assertEqual((answer.status, answer.code), (409, "job.over"))

    def test_a_graceful_stop_ends_the_job_and_says_so(self):
        number = self.asked()
        behind = self.asked("detect")
        self.reads(number)
        self.assertEqual(self.stop(), 0)
        self.assert_whole()
        self.start()
        type(self).officer = self.person("officer")
        job = self.job(number)
        self.assertEqual((job["state"], job["error"]), ("cancelled", "job.server_stopped"), job)
        # What waited behind it is run by the next server.
        self.assertIn(self.finished(behind)["state"], ("done", "failed"))

    def test_one_server_for_a_workspace(self):
        second = self.ran("serve", self.workspace, "--port", 0, code=FAILED)
        self.assertIn("[workspace.served]", second.err)
        self.assertEqual(self.officer.get("/api/me").status, 200)
        # Beside it one may work by hand; a job waits for that.
        job = json.loads(self.ran("jobs", self.workspace, "run", "import", "--wait", "--json", code=(DONE, SOME_REJECTED)).out)
        self.assertEqual(job["state"], "done", job)
        self.assertTrue(job["asked_by"].startswith("uid:"))

    def test_a_missed_run_is_caught_up_once_and_says_for_when(self):
        made = self.officer.ask("PUT", "/api/schedules/nightly", {"kind": "import", "rule": "daily 02:00"})
        self.assertEqual(made.status, 200, made)
        due = made.json["next_due_at"]
        self.stop()
        with sqlite3.connect(self.workspace / "desk.db") as desk:  # three days pass
            desk.execute("UPDATE schedule SET next_due_at = next_due_at - ? WHERE name = 'nightly'", (3 * DAY_MS,))
        self.start()
        type(self).officer = self.person("officer")
        while not (found := [one for one in self.officer.get("/api/jobs").json["jobs"] if one["schedule"] == "nightly"]):
            time.sleep(0.02)
        job = self.finished(found[0]["job_id"])
        self.assertEqual((job["state"], job["missed"]), ("done", 2), job)
        self.assertEqual(job["due_at"][10:], "T02:00:00+08:00")
        schedule = self.officer.get("/api/schedules/nightly").json
        self.assertEqual(schedule["next_due_at"], due)
        self.restarted()
        self.assertEqual(len([one for one in self.officer.get("/api/jobs").json["jobs"] if one["schedule"] == "nightly"]), 1)
        gone = self.officer.ask("DELETE", "/api/schedules/nightly", headers={"If-Match": f'"v{schedule["version"]}"'})
        self.assertEqual(gone.status, 204, gone)

    def test_who_may_do_what(self):
        number = self.asked("detect")
        self.finished(number)
        self.officer.ask("PUT", "/api/schedules/own", {"kind": "detect", "rule": "monthly 5 02:00"})
        agreement = {"frequency": "weekly", "grace_days": 2, "document": "x〔2018〕1号", "agreed_on": "2018-01-01"}
        district, clerk, stranger = self.person("district"), self.person("clerk"), Client(self.port)
        rows = [  # method, target, body, headers, what the district's officer gets
            ("GET", "/api/jobs", None, {}, []),
            ("GET", f"/api/jobs/{number}", None, {}, 404),
            ("GET", f"/api/jobs/{number}/log", None, {}, 404),
            ("POST", f"/api/jobs/{number}/again", None, {}, 404),
            ("POST", f"/api/jobs/{number}/cancel", None, {"If-Match": '"v1"'}, 404),
            ("POST", "/api/jobs/import", {}, {}, 403),
            ("POST", "/api/jobs/detect", {}, {}, 403),
            ("GET", "/api/inbox", None, {}, []),
            ("GET", "/api/schedules", None, {}, []),
            ("GET", "/api/schedules/own", None, {}, 404),
            ("PUT", "/api/schedules/other", {"kind": "detect", "rule": "daily 02:00"}, {}, 403),
            ("DELETE", "/api/schedules/own", None, {"If-Match": '"v1"'}, 404),
            ("GET", "/api/sources", None, {}, []),
            ("GET", "/api/sources/ext_death", None, {}, 404),
            ("PUT", "/api/sources/ext_death/agreement", agreement, {}, 404),
            ("DELETE", "/api/sources/ext_death/agreement", None, {"If-Match": '"v1"'}, 404),
        ]
        for method, target, body, headers, outside in rows:
            with self.subTest(f"{method} {target}"):
                self.assertEqual(stranger.ask(method, target, body, headers=headers).status, 401)
                refused = clerk.ask(method, target, body, headers=headers)
                self.assertEqual((refused.status, refused.code), (403, "access.no_right"), refused)
                answer = district.ask(method, target, body, headers=headers)
                if outside == []:
                    self.assertEqual(next(iter(answer.json.values())), [], answer)
                else:
                    self.assertEqual(answer.status, outside, answer)

    def test_bad_input_names_the_field(self):
        rows = [
            ("POST", "/api/jobs/import", {"paths": ["../anlan.yaml"]}, "/paths"),
            ("POST", "/api/jobs/import", {"paths": ["none.csv"]}, "/paths"),
            ("POST", "/api/jobs/import", {"paths": "a"}, "/paths"),
            ("POST", "/api/jobs/import", {"shell": "rm"}, "/shell"),
            ("POST", "/api/jobs/import", {"period": "2018-13"}, "/period"),
            ("POST", "/api/jobs/detect", {"only": ["XX-99"]}, "/only"),
            ("POST", "/api/jobs/detect", {"as_of": "yesterday"}, "/as_of"),
            ("PUT", "/api/schedules/x", {"kind": "detect", "rule": "hourly"}, "/rule"),
            ("PUT", "/api/schedules/x", {"kind": "shell", "rule": "daily 02:00"}, "/kind"),
            ("PUT", "/api/schedules/x", {"kind": "detect", "rule": "daily 02:00", "work": {"only": ["XX-99"]}}, "/work"),
            ("PUT", "/api/sources/ext_death/agreement",
             {"frequency": "weekly", "grace_days": 400, "document": "x", "agreed_on": "2018-01-01"}, "/grace_days"),
            ("PUT", "/api/sources/ext_death/agreement",
             {"frequency": "weekly", "grace_days": 4, "document": " ", "agreed_on": "2018-01-01"}, "/document"),
        ]
        for method, target, body, pointer in rows:
            with self.subTest(f"{target} {body}"):
                answer = self.officer.ask(method, target, body)
                self.assertIn(answer.status, (400, 422), answer)  # against the contract, or against the rules
                self.assertIn(pointer, [one["pointer"] for one in answer.json["errors"]], answer)
        self.assertEqual(self.officer.ask("PUT", "/api/sources/person/agreement",
                                          {"frequency": "weekly", "grace_days": 4, "document": "x",
                                           "agreed_on": "2018-01-01"}).status, 404)

    def test_stale_versions_are_refused(self):
        made = self.officer.ask("PUT", "/api/schedules/mine", {"kind": "detect", "rule": "monthly 5 02:00"})
        again = self.officer.ask("PUT", "/api/schedules/mine", {"kind": "detect", "rule": "monthly 6 02:00"})
        self.assertEqual((again.status, again.code), (428, "request.if_match_missing"), again)
        changed = self.officer.ask("PUT", "/api/schedules/mine", {"kind": "detect", "rule": "monthly 6 02:00"},
                                   headers={"If-Match": made.headers["etag"]})
        self.assertEqual(changed.status, 200, changed)
        for method, body in (("PUT", {"kind": "detect", "rule": "monthly 7 02:00"}), ("DELETE", None)):
            stale = self.officer.ask(method, "/api/schedules/mine", body, headers={"If-Match": made.headers["etag"]})
            self.assertEqual(stale.status, 412, stale)


if __name__ == "__main__":
    unittest.main()
