"""A server on a workspace of its own, the people who use it, and a client that says just what it is told to."""

import atexit
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from anlan import PROGRAM, Scenario, id_number

NEW_PASSWORD = "correct horse battery 7"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of the problem document; None for other answers."""
        problem = self.headers.get("content-type") == "application/problem+json"
        return self.json["code"] if problem else None

    def __repr__(self):
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


class Client:
    """One person with a browser: keeps the cookie and the token for writes."""

    def __init__(self, port, language="en"):
        self.port, self.language = port, language
        self.cookie = self.csrf = None

    def ask(self, method, target, body=None, headers=None, raw=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        sent = {"Accept-Language": self.language}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent["X-CSRF-Token"] = self.csrf
        if body is not None:
            raw, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        sent.update(headers or {})
        try:
            connection.request(method, target, body=raw, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, target, **how):
        return self.ask("GET", target, **how)

    def post(self, target, body=None, **how):
        return self.ask("POST", target, body, **how)

    def log_in(self, login, password):
        self.cookie = self.csrf = None
        answer = self.post("/api/login", {"login": login, "password": password})
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
            self.csrf = answer.json["csrf_token"]
        return answer


_made = {}  # whether with a city → a workspace made in this run


class DeskServer(Scenario):
    """Every class has a workspace with a small city in it, and a server until its end."""

    options = ()  # of serve
    port_wanted = 0  # any free one
    city = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = cls.folder / "workspace"
        if cls.city not in _made:
            cls.make_workspace()
            _made[cls.city] = pathlib.Path(tempfile.mkdtemp(prefix="anlan-desk-"))
            atexit.register(shutil.rmtree, _made[cls.city], ignore_errors=True)
            shutil.copytree(cls.workspace, _made[cls.city] / "workspace")
        else:
            shutil.copytree(_made[cls.city] / "workspace", cls.workspace)
        cls.serial = 10
        cls.passwords = {}
        cls.log = open(cls.folder / "server.log", "wb+")
        cls.start()
        cls.addClassCleanup(cls.stop)

    @classmethod
    def make_workspace(cls):
        """What every class begins with; each gets a copy."""
        cls.ran("init", cls.workspace)
        cls.ran("actor", "identify", cls.workspace, "admin", "--id-no", id_number(500), "--name", "管理甲")
        cls.ran("actor", "add", cls.workspace, "approver", "--name", "批准人", "--id-no", id_number(501), "--organisation", "bureau")
        if cls.city:
            cls.ran("import", cls.workspace, cls.new_city("city", 2000, 5, "--months", 6), code=(0, 3))
            cls.ran("detect", cls.workspace, code=(0, 3))

    @classmethod
    def start(cls, *more):
        cls.server = subprocess.Popen(
            [PROGRAM, "serve", str(cls.workspace), "--port", str(cls.port_wanted), "--json", "--check-answers", "--login-rate", "10000",
             "--rate", "100000", *cls.options, *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=cls.log,
            env={**os.environ, "LC_ALL": "C.UTF-8"})
        line = cls.server.stdout.readline()
        if not line:
            cls.log.seek(0)
            raise AssertionError(cls.log.read().decode()[-3000:])
        cls.port = int(json.loads(line)["url"].rsplit(":", 1)[1])

    @classmethod
    def stop(cls):
        """Tells the server to end; its exit code."""
        if cls.server.poll() is None:
            cls.server.send_signal(signal.SIGTERM)
        code = cls.server.wait()
        cls.server.stdout.close()
        return code

    @classmethod
    def add(cls, login, organisation, *posts):
        """An account with these posts, each at (post, organisation)."""
        cls.serial += 1
        made = cls.ran("actor", "add", cls.workspace, login, "--name", f"职员{login}", "--id-no", id_number(500 + cls.serial),
                       "--organisation", organisation, "--json")
        cls.passwords[login] = json.loads(made.out)["one_time_password"]
        for post, where in posts:
            cls.ran("actor", "grant", cls.workspace, login, post, "--organisation", where, "--approved-by", "approver")

    @classmethod
    def person(cls, login, language="en"):
        """A client logged in as this account, its password changed once."""
        client = Client(cls.port, language)
        answer = client.log_in(login, cls.passwords[login])
        assert answer.status == 200, answer
        if answer.json["must_change_password"]:
            changed = client.post("/api/me/password", {"old_password": cls.passwords[login], "new_password": NEW_PASSWORD})
            assert changed.status == 204, changed
            cls.passwords[login] = NEW_PASSWORD
            answer = client.log_in(login, NEW_PASSWORD)
            assert answer.status == 200, answer
        return client

    def entries(self, act):
        """Entries of the journal that tell of `act`, read without the server."""
        tail = json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)
        return [one["entry"] for one in tail if one["entry"]["act"] == act]
