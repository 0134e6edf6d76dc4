"""Every operation of the contract × success, bad input, not logged in, forbidden, somebody else's id, a stale version, a key twice.

`/usr/bin/python3 tests/scenarios/contract_test.py` runs this alone and prints the table (ANLAN names the program). A cell that does
not apply says why. An operation without a row, and a row without an operation, are failures.
"""

import copy
import json
import re
import socket
import time
import unittest

import yaml

from anlan import ROOT
from contract_rows import ROWS, World
from desk_server import DeskServer

CONTRACT = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text())
ID_NUMBER = re.compile(rb"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
COLUMNS = ("success", "bad input", "not logged in", "forbidden", "foreign id", "stale version", "key twice")
WRONG_PLACES = {"query", "path", "header"}


def operations():
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            yield operation["operationId"], method.upper(), path, operation


def resolved(node):
    while "$ref" in node:
        found = CONTRACT
        for step in node["$ref"][2:].split("/"):
            found = found[step]
        node = found
    return node


def parameters(operation):
    return [resolved(one) for one in operation.get("parameters", [])]


def parameter(operation, name):
    return next((one for one in parameters(operation) if one["name"] == name), None)


def wrong_texts(schema):
    """Texts that a parameter of this schema must refuse."""
    schema = resolved(schema)
    kind = schema.get("type")
    if kind == "array":
        return wrong_texts(schema["items"])
    if kind == "integer":
        wrong = ["x", "1.5", "1e3", "99999999999999999999"]
        wrong += [str(schema["minimum"] - 1)] if "minimum" in schema else []
        return wrong + ([str(schema["maximum"] + 1)] if "maximum" in schema else [])
    if kind == "boolean":
        return ["1", "TRUE"]
    if schema.get("format"):
        return ["2018-13-01", "yesterday", "20181130"]
    if "enum" in schema:
        return ["no_such_value", "x" * 2000]
    return ["x" * 3000, "<\u00e9>"] if "pattern" in schema else ["x" * 3000]


def wrong_values(schema, good, place=""):
    """(a wrong value, the place that is wrong) for each way in which a value of this schema can be wrong; `good` is right."""
    schema = resolved(schema)
    if "oneOf" in schema or "anyOf" in schema:
        return
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    samples = {"string": "x", "integer": 7, "boolean": True, "array": [], "object": {}, "null": None}
    for kind, sample in samples.items():
        if kind not in kinds and None not in kinds:
            yield sample, place
    yield 1.5, place
    if "string" in kinds:
        if "enum" in schema:
            yield "no such value", place
        if "maxLength" in schema:
            yield "x" * (schema["maxLength"] + 1), place
        if schema.get("minLength"):
            yield "", place
        if schema.get("format") == "date":
            yield "2018-02-30", place
    if "integer" in kinds:
        for word, step in (("minimum", -1), ("maximum", 1)):
            if word in schema:
                yield schema[word] + step, place
    if "object" in kinds and isinstance(good, dict):
        yield {**good, "no_such_key": 1}, f"{place}/no_such_key"
        for name, part in schema.get("properties", {}).items():
            if name in schema.get("required", []):
                yield {key: value for key, value in good.items() if key != name}, f"{place}/{name}"
            if name in good or resolved(part).get("type") not in ("object", "array"):
                for value, where in wrong_values(part, good.get(name), f"{place}/{name}"):
                    yield {**good, name: value}, where
    if "array" in kinds and isinstance(good, list):
        if "maxItems" in schema and good and schema["maxItems"] < 100:
            yield [copy.deepcopy(good[0]) for _ in range(schema["maxItems"] + 1)], place
        if good:
            for value, where in wrong_values(schema["items"], good[0], f"{place}/0"):
                yield [value, *good[1:]], where


STRANGE_JSON = [
    (b"{", 400, "json.malformed"),
    (b"\xff\xfe", 400, "json.malformed"),
    (b'{"a":"\\u0000abcd"}', 400, "json.nul"),
    (b'{"a":"abcd","a":"efgh"}', 400, "json.duplicate_key"),
    (b"[" * 20_000, 400, "json.too_deep"),
    (b'{"a":123456789012345678901234567890}', 400, "json.number"),
]


class EveryOperation(DeskServer):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = World(cls)
        cls.table = {}
        cls.addClassCleanup(cls.print_table)

    @classmethod
    def print_table(cls):
        width = max(map(len, cls.table), default=10) + 2
        print("\n" + "operation".ljust(width) + "".join(column.ljust(16) for column in COLUMNS))
        for operation, cells in sorted(cls.table.items()):
            print(operation.ljust(width) + "".join(str(cells.get(column, "MISSING"))[:46].ljust(16) for column in COLUMNS))

    def note(self, operation, column, what):
        self.table.setdefault(operation, {})[column] = what

    def test_every_operation_has_a_row_and_every_row_an_operation(self):
        self.assertEqual(sorted(ROWS), sorted(name for name, *_ in operations()))

    def test_every_summary_and_title_is_in_chinese_and_english(self):
        for name, _, _, operation in operations():
            self.assertRegex(operation["summary"], r"[\u4e00-\u9fff].* .*[A-Za-z]", name)

    def test_every_cell(self):
        for name, method, path, operation in operations():
            if name not in ROWS:
                continue  # told by the test above
            with self.subTest(name):
                row = ROWS[name]
                ask = row.ask(self.world)
                send = lambda client, ask=ask, method=method, **how: self.send(client, ask, method, **how)
                self.note(name, "not logged in", self.not_logged_in(operation, send))
                self.note(name, "forbidden", self.forbidden(row, operation, send))
                self.note(name, "foreign id", self.foreign(row, operation, path, ask, method, send))
                self.note(name, "stale version", self.stale(operation, ask, send))
                self.note(name, "bad input", self.bad_input(operation, path, ask, method, send))
                self.note(name, "key twice", "–")
                self.note(name, "success", self.success(name, row, operation, ask, send))
        for name, cells in self.table.items():
            with self.subTest(name):
                self.assertEqual(set(cells), set(COLUMNS))

    def send(self, client, ask, method, *, target=None, body=None, raw=None, **headers):
        headers = ask.sent(**{key.replace("_", "-"): value for key, value in headers.items()})
        if raw is None and body is None:
            body, raw = ask.body, ask.raw
        return client.ask(method, target or ask.target, body, headers=headers, raw=raw)

    def problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        problem = answer.json
        self.assertNotEqual(problem["title"], code, "an error without words")
        self.assertTrue(problem["request_id"])

    # The cells. Each says what stands in the table.

    def not_logged_in(self, operation, send):
        if operation.get("security") == []:
            return "– public"
        self.problem(send(self.world.stranger), 401, "access.not_logged_in")
        for headers in ({"Cookie": "anlan_session=" + "0" * 64}, {"Cookie": "anlan_session=%00"}, {"Authorization": "Bearer anlan_00"}):
            self.assertEqual(send(self.world.stranger, **headers).status, 401, headers)
        return 401

    def forbidden(self, row, operation, send):
        if operation.get("security") == []:
            return "– public"
        if isinstance(row.forbidden, str):
            self.assertNotIn("x-right", operation)
            return "– " + row.forbidden
        if "x-right" in operation:
            self.problem(send(self.world.nobody), 403, "access.no_right")
        if row.forbidden:
            client, status, code = row.forbidden(self.world)
            self.problem(send(client), status, code)
        self.assertTrue(row.forbidden or "x-right" in operation, "who may not?")
        return 403

    def foreign(self, row, operation, path, ask, method, send):
        if operation.get("security") == []:
            return "– public"
        self.assertIsNotNone(row.foreign, "whose is it?")
        if isinstance(row.foreign, str):
            return "– " + row.foreign
        client, status, code = row.foreign(self.world)
        others = send(client)
        self.problem(others, status, code)
        if status != 404 or "{" not in path:
            return status
        # Alike to the word: an answer never tells whether the thing exists.
        nothing = self.send(ask.client, ask, method, target=self.nowhere(path, ask.target))
        self.assertEqual({**others.json, "request_id": "", "detail": ""}, {**nothing.json, "request_id": "", "detail": ""})
        return status

    @staticmethod
    def nowhere(path, target):
        """The same path with an id that nothing has."""
        given = target.split("?")[0].split("/")
        for place, step in enumerate(path.split("/")):
            if step.startswith("{"):
                old = given[place]
                if old.isdigit():
                    given[place] = str(10**9)
                elif re.fullmatch(r"[A-Z]{2}-\d\d-[0-9a-f]{12}", old):
                    given[place] = "EP-01-000000000000"
                elif re.fullmatch(r"[0-9a-f]{16,}", old):
                    given[place] = "0" * len(old)
                else:
                    given[place] = "no-such-thing"
        return "/".join(given) + ("?" + target.split("?")[1] if "?" in target else "")

    def stale(self, operation, ask, send):
        if not parameter(operation, "If-Match"):
            return "– no version"
        self.assertIsNotNone(ask.version, "a version")
        # Of something nobody has changed twice, one that never was.
        old = send(ask.client, If_Match='"v1"' if ask.version > 1 else '"v77"')
        self.assertEqual(old.status, 412, old)
        if ask.version > 1:
            self.assertRegex(old.json["detail"], r"version \d+ by (account|uid):\d+ at 20", "who changed it")
        self.problem(send(ask.client, If_Match=None), 428, "request.if_match_missing")
        for malformed in ('"3"', "v3", '"v0x"', "*"):
            self.assertEqual(send(ask.client, If_Match=malformed).status, 400, malformed)
        return "412 428"

    def bad_input(self, operation, path, ask, method, send):
        tried = 0
        for one in parameters(operation):
            for value in wrong_texts(one["schema"]):
                quoted = value.replace("<", "%3C").replace(">", "%3E").replace("\u00e9", "%C3%A9")
                if one["in"] == "path":
                    steps = ask.target.split("?")[0].split("/")
                    steps[path.split("/").index("{" + one["name"] + "}")] = quoted
                    answer = send(ask.client, target="/".join(steps))
                    if answer.code == "request.invalid":
                        self.assertTrue(answer.json["errors"][0]["pointer"].startswith("/" + one["name"]), answer)
                    else:  # no such word in a path that has another of its length
                        self.assertIn(answer.status, (404, 405), answer)
                        continue
                elif one["in"] == "query":
                    rest = [pair for pair in ask.target.partition("?")[2].split("&") if pair and pair.split("=")[0] != one["name"]]
                    answer = send(ask.client, target=ask.target.split("?")[0] + "?" + "&".join([*rest, f"{one['name']}={quoted}"]))
                    self.problem(answer, 400, "request.invalid")
                    self.assertTrue(answer.json["errors"][0]["pointer"].startswith("/" + one["name"]), answer)
                else:
                    if "\u00e9" in value:
                        continue
                    answer = send(ask.client, **{one["name"].replace("-", "_"): value})
                    self.problem(answer, 400, "request.invalid")
                    self.assertEqual(answer.json["errors"][0]["pointer"], "/" + one["name"].lower())
                tried += 1
            if one.get("required") and one["in"] == "query":
                rest = [pair for pair in ask.target.partition("?")[2].split("&") if pair.split("=")[0] != one["name"]]
                self.problem(send(ask.client, target=ask.target.split("?")[0] + "?" + "&".join(rest)), 400, "request.invalid")
                tried += 1
        answer = send(ask.client, target=ask.target + ("&" if "?" in ask.target else "?") + "no_such=1")
        self.problem(answer, 400, "request.invalid")
        self.assertEqual(answer.json["errors"][0]["pointer"], "/no_such")
        tried += 1
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            for body, pointer in wrong_values(content["application/json"]["schema"], ask.body):
                answer = send(ask.client, raw=json.dumps(body).encode(), Content_Type="application/json")
                self.assertEqual((answer.status, answer.code), (400, "request.invalid"), (body, answer))
                self.assertIn(pointer, [one["pointer"] for one in answer.json["errors"]], (body, answer))
                tried += 1
            for raw, status, code in STRANGE_JSON:
                self.problem(send(ask.client, raw=raw, Content_Type="application/json"), status, code)
                tried += 1
            self.problem(send(ask.client, raw=b"{}", Content_Type="text/plain"), 415, "request.media_type")
            self.assertEqual(send(ask.client, raw=b"", Content_Type="application/json").status, 400)
            limit = operation.get("x-body-bytes-max", 65536)
            self.problem(send(ask.client, raw=b" " * (limit + 1), Content_Type="application/json"), 413, "http.body_too_large")
            tried += 3
        elif operation.get("x-upload"):
            limit = operation["x-body-bytes-max"]
            for raw, status in ((b"", 422), (b"MZ\x90\x00 no document", 422), (b"PK\x03\x04 cut off", 422), (b" " * (limit + 1), 413)):
                answer = send(ask.client, raw=raw)
                self.assertEqual(answer.status, status, answer)
                tried += 1
        elif method != "GET":
            self.problem(send(ask.client, body={"a": 1}), 400, "request.body_unexpected")
            tried += 1
        return f"400 ×{tried}"

    def success(self, name, row, operation, ask, send):
        if row.success:
            return row.success(self.world, self, ask)
        keyed = parameter(operation, "Idempotency-Key") is not None
        key = {"Idempotency_Key": f"key-of-{name}"} if keyed else {}
        answer = send(ask.client, **key)
        self.assertIn(str(answer.status), operation["responses"], answer)
        self.assertLess(answer.status, 300, answer)
        if not row.numbers:
            self.assertIsNone(ID_NUMBER.search(answer.body))
        if keyed:
            again = send(ask.client, **key)
            self.assertEqual((again.status, again.body), (answer.status, answer.body), again)
            self.assertEqual(again.headers.get("idempotency-replayed"), "true")
            other = send(ask.client, **key, **({"X_File_Name": "other.txt"} if operation.get("x-upload") else {}),
                         target=ask.target + ("&" if "?" in ask.target else "?"))
            self.problem(other, 409, "request.key_reused")
            self.note(name, "key twice", "replayed 409")
        if row.after:
            row.after(self, ask, answer)
        return answer.status

    def hears_changes(self, world):
        """Listens, then makes another run current: the event must come."""
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(f"GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: {world.head.cookie}\r\n\r\n".encode())
            heard = b""
            while b"retry:" not in heard:
                heard += line.recv(4096)
            current = self.workspace / "runs" / "current.json"
            aside = current.with_suffix(".aside")
            aside.write_text(current.read_text() + "\n")
            aside.rename(current)
            while b"event: leads\n" not in heard:
                piece = line.recv(4096)
                self.assertTrue(piece, heard)
                heard += piece
        return int(heard.split()[1])

    # What stands behind "own list" and "empty list".

    def test_lists_of_the_whole_authority_are_empty_for_a_district(self):
        for target in ("/api/leads", "/api/leads/totals", "/api/deliveries", "/api/runs", "/api/journal"):
            content = self.world.district.get(target).json
            self.assertEqual(content.get("total", content.get("size", content.get("leads"))), 0, target)
        self.assertEqual(self.world.district.get("/api/leads.ndjson").body, b"")

    def test_lists_hold_ones_own(self):
        self.world.ledger()
        rows = [
            (self.world.clerk2, "/api/ledgers", "ledgers"),
            (self.world.district, "/api/ledgers/late?year=2018&as_of=2018-12-31", "units"),
            (self.world.clerk2, "/api/organisations", "organisations"),
            (self.world.auditor2, "/api/persons", "persons"),
            (self.world.auditor2, "/api/accounts", "accounts"),
        ]
        for client, target, name in rows:
            found = {one["organisation"] for one in client.get(target).json[name]}
            self.assertTrue(all(one.startswith("d02") for one in found), (target, found))
        self.assertEqual(self.world.admin2.get("/api/tokens").json["tokens"], [])
        self.world.once("matter")
        self.assertEqual(self.world.auditor2.get("/api/matters").json["matters"], [])
        self.assertEqual(self.world.auditor2.get("/api/cases").json["total"], 0)
        self.assertEqual(self.world.nobody.get("/api/cases").json["total"], 0)
        self.world.recovery(), self.world.remedy()
        self.assertEqual(self.world.auditor2.get("/api/recoveries").json["recoveries"], [])
        self.assertEqual(self.world.auditor2.get("/api/remedies").json["remedies"], [])
        self.world.request()
        self.assertEqual(self.world.auditor4.get("/api/requests").json["requests"], [])
        for client in (self.world.district, self.world.auditor2):
            self.assertEqual(client.get("/api/desk/leads").json["totals"]["leads"], 0)
            self.assertEqual(client.get("/api/desk/leads/count").json["leads"], 0)
            self.assertFalse(any(sum(row["leads"]) for row in client.get("/api/figures/ageing").json["states"]))
            flow = client.get("/api/figures/flow?from=2026-01&to=2026-12").json["months"]
            self.assertFalse(any(month["closing"]["leads"] for month in flow))

    def test_a_bulk_act_tells_of_each_item_and_of_others_things_nothing(self):
        world = self.world
        leads = world.seen(world.lead())
        for client, code in ((world.head, None), (world.district, "lead.not_found")):
            unknown = {"lead_id": "EP-01-000000000000", "version": 0}
            items = client.post("/api/desk/leads/screen", {"leads": [unknown, *leads]}).json["items"]
            self.assertEqual([item["code"] for item in items], ["lead.not_found", code])

    def test_whom_duties_refuse_is_told_to_the_journal(self):
        world = self.world
        matter = world.once("matter")
        answer = world.auditor.post(f"/api/matters/{matter['matter_id']}/decide", {**world.decision(), "post": "JH"},
                                    headers={"If-Match": f'"v{matter["version"]}"'})
        self.problem(answer, 403, "duties.maker")
        subject = f"matter:{matter['matter_id']}"
        while not (told := [one for one in self.entries("matter.refused") if one["subject"] == subject]):
            time.sleep(0.05)
        self.assertEqual(told[0]["outcome"], "refused:duties.maker")


if __name__ == "__main__":
    unittest.main()
