"""The API as people and strangers use it; contract_test.py tries every operation in every way."""

import datetime
import http.client
import io
import json
import random
import re
import socket
import ssl
import subprocess
import time
import unittest

import openpyxl
import yaml

from anlan import ROOT
from desk_server import NEW_PASSWORD, Client, DeskServer

CONTRACT = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text())
ID_NUMBER = re.compile(rb"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")


def operations():
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            if operation["tags"] not in (["jobs"], ["grants"]):  # jobs_test.py, grants_test.py: they change what others see
                yield operation["operationId"], method.upper(), path, operation


class EveryRequest(DeskServer):
    """What holds for all operations; contract_test.py tries each of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add("supervisor", "bureau", ("JD", "bureau"))
        cls.add("district", "d01-agency", ("JH", "d01"))
        cls.head = cls.person("supervisor")
        cls.district = cls.person("district")
        cls.lead = cls.head.get("/api/leads?limit=1").json["leads"][0]["lead_id"]

    def test_a_write_by_cookie_needs_the_token_and_our_own_page(self):
        target = f"/api/leads/{self.lead}/reveal"
        for headers in ({"X-CSRF-Token": "0" * 32}, {"X-CSRF-Token": ""}, {"Origin": "https://elsewhere.example"},
                        {"Sec-Fetch-Site": "cross-site"}, {"X-CSRF-Token": self.district.csrf}):
            answer = self.head.post(target, {"reason": "核对领取人身份"}, headers=headers)
            self.assertEqual((answer.status, answer.code), (403, "request.csrf"), (headers, answer))

    def test_problems_come_in_both_languages(self):
        english = self.head.get("/api/leads?limit=0").json
        chinese = self.person("supervisor", "zh-CN").get("/api/leads?limit=0").json
        self.assertEqual(english["code"], chinese["code"])
        self.assertEqual(chinese["title"], "请求不符合接口合同")
        self.assertEqual(english["errors"][0]["detail"], "must be at least 1")
        self.assertEqual(chinese["errors"][0]["detail"], "不得小于 1")

    def test_every_answer_is_strict_with_browsers(self):
        for target in ("/api/docs", "/api/leads", "/nothing", "/api/leads.ndjson"):
            headers = self.head.get(target).headers
            self.assertIn("default-src 'none'", headers["content-security-policy"])
            self.assertNotIn("unsafe", headers["content-security-policy"])
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["cache-control"], "no-store")
            self.assertRegex(headers["x-request-id"], "^[0-9a-f]{16}$")


class Leads(DeskServer):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add("supervisor", "bureau", ("JD", "bureau"))
        cls.head = cls.person("supervisor")
        cls.lines = [json.loads(line) for line in cls.ran("leads", cls.workspace, "--format", "jsonl").out.splitlines()]

    def walk(self, question, limit=7):
        """Every lead of all pages."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.head.get(f"/api/leads?limit={limit}{question}{cursor and '&cursor=' + cursor}").json
            found += page["leads"]
            cursor = page["next"]
            self.assertLessEqual(len(page["leads"]), limit)
        self.assertEqual(len(found), page["total"])
        self.assertEqual(sum(one["amount_fen"] for one in found), page["amount_fen"])
        return found

    def test_pages_filters_and_orders_agree_with_the_command_line(self):
        everyone = lambda lead: True
        rows = [
            ("", everyone, lambda lead: (-lead["score"], lead["lead_id"])),
            ("&sort=lead_id", everyone, lambda lead: lead["lead_id"]),
            ("&sort=-amount", everyone, lambda lead: (-lead["amount_fen"], lead["lead_id"])),
            ("&sort=amount&severity=high", lambda lead: lead["severity"] == "high",
             lambda lead: (lead["amount_fen"], lead["lead_id"])),
            ("&sort=lead_id&severity=low&severity=medium", lambda lead: lead["severity"] != "high", lambda lead: lead["lead_id"]),
            ("&sort=lead_id&subject_kind=person", lambda lead: lead["subject_kind"] == "person", lambda lead: lead["lead_id"]),
            ("&sort=lead_id&score_min=70&amount_fen_min=100000",
             lambda lead: lead["score"] >= 70 and lead["amount_fen"] >= 100000, lambda lead: lead["lead_id"]),
            ("&sort=lead_id&detection=EP-01&detection=FA-08", lambda lead: lead["code"] in ("EP-01", "FA-08"),
             lambda lead: lead["lead_id"]),
            ("&sort=lead_id&change=gone", lambda lead: False, lambda lead: 0),
        ]
        self.assertGreater(len(self.lines), 20)
        for question, wanted, order in rows:
            with self.subTest(question):
                expected = [lead["lead_id"] for lead in sorted(filter(wanted, self.lines), key=order)]
                self.assertEqual([lead["lead_id"] for lead in self.walk(question, 50)], expected)

    def test_a_cursor_is_good_for_its_own_question_only(self):
        page = self.head.get("/api/leads?limit=3").json
        again = self.head.get(f"/api/leads?limit=9&cursor={page['next']}")
        self.assertEqual(again.status, 200)
        for target in (f"/api/leads?severity=high&cursor={page['next']}", f"/api/runs?cursor={page['next']}",
                       "/api/leads?cursor=AAAA", "/api/leads?cursor=_"):
            answer = self.head.get(target)
            self.assertEqual((answer.status, answer.code), (400, "request.cursor"), target)
            self.assertEqual(answer.json["errors"][0]["pointer"], "/cursor")

    def test_numbers_are_masked_until_revealed_with_a_reason(self):
        line = next(line for line in self.lines if line["subject_kind"] == "person" and len(line["subject_id"]) == 18)
        target = f"/api/leads/{line['lead_id']}"
        shown = self.head.get(target)
        self.assertEqual(shown.json["subject_id"], line["subject_id"][:6] + "*" * 10 + line["subject_id"][-2:])
        self.assertNotIn(line["subject_id"].encode(), shown.body)
        self.assertFalse(shown.json["revealed"])
        before = len(self.entries("lead.reveal"))
        self.assertEqual(self.head.post(target + "/reveal", {"reason": "    "}).status, 400)
        revealed = self.head.post(target + "/reveal", {"reason": "核对领取人身份"})
        self.assertEqual(revealed.json["subject_id"], line["subject_id"])
        self.assertEqual(revealed.json["hits"], line["hits"])
        entries = self.wait_for_entries("lead.reveal", before + 1)
        self.assertEqual(entries[-1]["subject"], f"lead:{line['lead_id']}")
        self.assertRegex(entries[-1]["who"], r"^account:\d+$")
        self.assertNotIn("核对", json.dumps(entries, ensure_ascii=False))

    def wait_for_entries(self, act, count):
        while len(found := self.entries(act)) < count:
            time.sleep(0.05)
        return found

    def test_an_unchanged_lead_is_not_sent_again(self):
        target = f"/api/leads/{self.lines[0]['lead_id']}"
        tag = self.head.get(target).headers["etag"]
        again = self.head.get(target, headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(self.head.get(target, headers={"If-None-Match": '"other"'}).status, 200)

    def test_exports_hold_what_the_filter_lets_through(self):
        for question, wanted in (("", lambda lead: True), ("?severity=high", lambda lead: lead["severity"] == "high")):
            expected = sorted(lead["lead_id"] for lead in filter(wanted, self.lines))
            answer = self.head.get("/api/leads.ndjson" + question)
            self.assertIsNone(ID_NUMBER.search(answer.body))
            self.assertEqual([json.loads(line)["lead_id"] for line in answer.body.splitlines()], expected)
            answer = self.head.get("/api/leads.xlsx" + question)
            self.assertIn('filename="leads.xlsx"', answer.headers["content-disposition"])
            sheet = openpyxl.load_workbook(io.BytesIO(answer.body), read_only=True).worksheets[0]
            rows = list(sheet.iter_rows(values_only=True))[1:]
            self.assertEqual(sorted(row[1] for row in rows), expected)
            for row in rows:
                self.assertIsNone(ID_NUMBER.search("\n".join(map(str, row)).encode()))
        entries = self.wait_for_entries("lead.export", 4)
        self.assertIn(len(self.lines), [entry["counts"]["leads"] for entry in entries])

    def test_totals_agree_with_the_detections(self):
        totals = self.head.get("/api/leads/totals").json
        self.assertEqual(totals["leads"], len(self.lines))
        self.assertEqual(sum(one["leads"] for one in totals["detections"]), len(self.lines))
        self.assertEqual(sum(one["hits"] for one in totals["detections"]), sum(len(line["hits"]) for line in self.lines))

    def test_runs_deliveries_and_detections_are_told_of(self):
        (run,) = self.head.get("/api/runs").json["runs"]
        whole = self.head.get(f"/api/runs/{run['run_id']}").json
        self.assertEqual(run["hits"], sum(one["hits"] for one in whole["detections"]))
        self.assertEqual(run["hits"], sum(len(line["hits"]) for line in self.lines))
        deliveries = self.head.get("/api/deliveries?limit=200").json
        self.assertEqual(deliveries["total"], len(list(self.workspace.glob("lake/[!.]*/*/manifest.json"))))
        persons = self.head.get("/api/deliveries?table=person&active=true").json["deliveries"]
        self.assertEqual([one["table"] for one in persons], ["person"])
        self.assertEqual(self.head.get(f"/api/deliveries/{persons[0]['delivery_id']}").json, persons[0])
        detections = self.head.get("/api/detections").json["detections"]
        self.assertEqual({one["kind"] for one in detections}, {"rule", "model"})
        rule = self.head.get("/api/detections/EP-01").json
        self.assertEqual(rule["files"]["rule.yaml"], (ROOT / "catalog/rules/pension_after_death/rule.yaml").read_text())

    def test_the_journal_is_read_and_proved(self):
        seen, cursor = [], ""
        while cursor is not None:
            page = self.head.get(f"/api/journal?limit=200{cursor and '&cursor=' + cursor}").json
            seen += page["entries"]
            cursor = page["next"]
        self.assertEqual([one["index"] for one in seen], list(range(len(seen) - 1, -1, -1)))
        self.assertTrue(all("personal" not in one for one in seen))
        self.assertEqual(self.head.get(f"/api/journal/{seen[0]['index']}").json, seen[0])
        proof = self.head.get("/api/journal/0/proof").body.decode()
        self.assertTrue(proof.startswith("c2sp.org/tlog-proof@v1\nindex 0\n"), proof)


class Sessions(DeskServer):
    city = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add("one", "bureau", ("JD", "bureau"))
        cls.add("two", "d01-agency", ("SL", "d01-agency"))

    def test_logging_in_and_out(self):
        self.add("fresh", "bureau", ("JD", "bureau"))
        client = Client(self.port)
        answer = client.log_in("fresh", self.passwords["fresh"])
        self.assertTrue(answer.json["must_change_password"])
        for mark in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(mark, answer.headers["set-cookie"])
        self.assertEqual(client.get("/api/me").code, "access.password_must_change")
        client = self.person("fresh")
        me = client.get("/api/me").json
        self.assertEqual((me["login"], me["organisation"], me["csrf_token"]), ("fresh", "bureau", client.csrf))
        self.assertEqual([post["post"] for post in me["posts"]], ["JD"])
        self.assertIn("lead_read", me["rights"])
        other = self.person("fresh")
        sessions = other.get("/api/sessions").json["sessions"]
        self.assertEqual(sum(one["this_one"] for one in sessions), 1)
        first = next(one["session_id"] for one in sessions if not one["this_one"])
        self.assertEqual(other.ask("DELETE", f"/api/sessions/{first}").status, 204)
        self.assertEqual(client.get("/api/me").code, "access.no_session")
        out = other.post("/api/logout")
        self.assertEqual(out.status, 204)
        self.assertIn("Max-Age=0", out.headers["set-cookie"])
        self.assertEqual(other.get("/api/me").status, 401)

    def test_wrong_passwords_are_answered_alike_and_made_to_wait(self):
        answers = [Client(self.port).log_in(login, "wrong password x") for login in ("two", "nobody-at-all")]
        for answer in answers:
            self.assertEqual((answer.status, answer.code), (401, "access.login_failed"))
        for _ in range(6):
            answer = Client(self.port).log_in("two", "wrong password x")
        self.assertEqual((answer.status, answer.code), (429, "access.login_wait"))
        self.assertGreater(int(answer.headers["retry-after"]), 0)

    def test_a_program_comes_with_a_token_that_is_narrower(self):
        self.add("three", "bureau", ("JD", "bureau"))
        made = json.loads(self.ran("actor", "token", self.workspace, "three", "--name", "导出", "--scope", "journal_read",
                                   "--until", f"{datetime.date.today() + datetime.timedelta(days=10)}", "--json").out)
        bearer = {"Authorization": f"Bearer {made['token']}"}
        program = Client(self.port)
        self.assertEqual(program.get("/api/journal", headers=bearer).status, 200)
        self.assertEqual(program.get("/api/leads", headers=bearer).code, "access.no_right")
        self.assertIsNone(program.get("/api/me", headers=bearer).json["csrf_token"])

    def test_before_the_first_run_there_is_nothing_and_no_error(self):
        client = self.person("one")
        self.assertEqual(client.get("/api/leads").json["leads"], [])
        self.assertEqual(client.get("/api/runs").json["runs"], [])
        self.assertEqual(client.get("/api/leads/EP-01-000000000000").code, "lead.not_found")


class Strangers(DeskServer):
    """What reaches the port without being asked for."""

    city = False
    options = ("--workers", "2")

    def alive(self):
        return Client(self.port).get("/healthz").status == 200

    def test_health_readiness_metrics_and_docs(self):
        client = Client(self.port)
        self.assertEqual(client.get("/healthz").json, {"state": "alive"})
        self.assertEqual(client.get("/readyz").json, {"state": "ready"})
        metrics = client.get("/metrics").body.decode()
        self.assertRegex(metrics, r'anlan_requests_total\{operation="get_health",status="200"\} [1-9]')
        page = client.get("/api/docs").body.decode()
        for name, _, _, _ in operations():
            self.assertIn(f"<code>{name}</code>", page)
        self.assertNotRegex(page, "(src|href)=\"?(https?:)?//")
        self.assertEqual(client.get("/api/openapi.json").json["paths"], CONTRACT["paths"])
        head = client.ask("HEAD", "/api/docs")
        self.assertEqual((head.status, head.body), (200, b""))

    def test_random_bytes_do_no_harm(self):
        chance = random.Random(7)
        words = [b"GET ", b"POST ", b"/api/leads", b" HTTP/1.1\r\n", b"\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked",
                 b"Host: x", b"0\r\n\r\n", b"99999999999999999999", b"Cookie: anlan_session=", b"\0", b"\xff\xfe", b"{\"a\":[", b"?limit="]
        for _ in range(300):
            text = b"".join(chance.choice(words) if chance.random() < 0.8 else chance.randbytes(chance.randrange(40))
                            for _ in range(chance.randrange(1, 20)))
            with socket.create_connection(("127.0.0.1", self.port)) as line:
                line.sendall(text)
                line.shutdown(socket.SHUT_WR)
                line.settimeout(60)
                heard = line.recv(65536)
                self.assertTrue(not heard or heard.startswith(b"HTTP/1.1 "), (text, heard))
        self.assertTrue(self.alive())

    def test_idle_and_slow_connections_cost_others_nothing(self):
        lines = []
        for serial in range(600):
            line = socket.create_connection(("127.0.0.1", self.port))
            if serial % 2:
                line.sendall(b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
            lines.append(line)
        self.assertTrue(self.alive())
        self.assertRegex(Client(self.port).get("/metrics").body.decode(), r"anlan_connections (6\d\d|[1-9]\d{3})\n")
        for line in lines:
            line.close()

    def test_the_log_is_json_and_holds_nothing_personal(self):
        Client(self.port).get("/api/leads/EP-01-abcdefabcdef?secret=129900195607041234")
        Client(self.port).log_in("some.body", "some password")
        log = (self.folder / "server.log").read_bytes()
        for word in (b"secret", b"abcdefabcdef", b"129900", b"some.body", b"some password", b"127.0.0.1"):
            self.assertNotIn(word, log)
        for line in log.splitlines():
            entry = json.loads(line)
            self.assertGreaterEqual(entry.keys(), {"at", "request", "operation", "status", "us"})


class Encrypted(DeskServer):
    city = False

    @classmethod
    def start(cls, *more):
        cls.certificate = cls.folder / "certificate.pem"
        key = cls.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cls.certificate],
                       check=True, capture_output=True)
        super().start("--tls-certificate", str(cls.certificate), "--tls-key", str(key))

    def connection(self, **limits):
        context = ssl.create_default_context(cafile=self.certificate)
        for name, value in limits.items():
            setattr(context, name, value)
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)

    def test_speaks_modern_tls_only(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            line = self.connection(minimum_version=version, maximum_version=version)
            for _ in range(2):
                line.request("GET", "/healthz")
                answer = line.getresponse()
                self.assertEqual((answer.status, json.loads(answer.read())), (200, {"state": "alive"}))
                self.assertIn("max-age", answer.getheader("strict-transport-security"))
            line.close()
        plain = Client(self.port)
        with self.assertRaises((OSError, http.client.HTTPException)):
            plain.get("/healthz")

    def test_cookies_are_for_tls_only(self):
        self.add("one", "bureau")
        line = self.connection()
        line.request("POST", "/api/login", json.dumps({"login": "one", "password": self.passwords["one"]}),
                     {"Content-Type": "application/json"})
        answer = line.getresponse()
        self.assertEqual(answer.status, 200, answer.read())
        self.assertIn("; Secure", answer.getheader("set-cookie"))

    def test_a_body_too_large_is_refused_here_too(self):
        line = self.connection()
        line.request("POST", "/api/login", b"x" * 10_000_000, {"Content-Type": "application/json"})
        answer = line.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["code"]), (413, "http.body_too_large"))


class Stopping(DeskServer):
    city = False

    def test_sigterm_ends_it_well_and_it_starts_again(self):
        self.add("one", "bureau", ("JD", "bureau"))
        client = self.person("one")
        waiting = socket.create_connection(("127.0.0.1", self.port))
        listening = socket.create_connection(("127.0.0.1", self.port))
        listening.sendall(f"GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: {client.cookie}\r\n\r\n".encode())
        self.assertIn(b"200 OK", listening.recv(4096))
        self.assertEqual(type(self).stop(), 0)
        self.assertEqual(waiting.recv(10), b"")
        waiting.close()
        listening.close()
        type(self).start()
        again = Client(self.port)
        again.cookie = client.cookie
        self.assertEqual(again.get("/api/me").json["login"], "one")  # sessions live in the desk
        self.ran("journal", "verify", self.workspace)


if __name__ == "__main__":
    unittest.main()
