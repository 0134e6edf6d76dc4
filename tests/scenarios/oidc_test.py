"""Logging in at a provider of the authority's own: a real one, oidc-provider of npm, behind a front that can answer with other
tokens that the same provider signed. Where npm cannot fetch it, the test says so and is skipped."""

import atexit
import base64
import hashlib
import http.client
import http.server
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from anlan import ROOT
from desk_server import Answer, Client, DeskServer

SECRET = "a secret & more"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Front(http.server.BaseHTTPRequestHandler):
    """Forwards everything to the provider; `swap` replaces the ID token of the next exchange."""

    protocol_version = "HTTP/1.1"
    upstream, swap, tokens, requests, down = None, None, [], [], False

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Front.requests.append((self.path, body.decode()))
        if Front.down:
            self.close_connection = True
            return
        line = http.client.HTTPConnection("127.0.0.1", Front.upstream)
        line.request(self.command, self.path, body, dict(self.headers))
        answer = line.getresponse()
        content = answer.read()
        if self.path == "/token" and answer.status == 200:
            json_body = json.loads(content)
            Front.tokens.append(json_body["id_token"])
            if Front.swap:
                json_body["id_token"], Front.swap = Front.swap, None
                content = json.dumps(json_body).encode()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        line.close()

    do_GET = do_POST = forward

    def log_message(self, *words):
        pass


class Browser:
    """Follows links, keeps cookies and fills in the provider's two forms."""

    def __init__(self):
        self.cookies = {}

    def ask(self, url, form=None):
        place = urllib.parse.urlsplit(url)
        line = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for (host, name), value in self.cookies.items() if host == place.netloc)}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        line.request("POST" if form is not None else "GET", place.path + ("?" + place.query if place.query else ""), body, headers)
        answer = line.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.split(";")[0].partition("=")
                self.cookies[place.netloc, key] = rest
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        line.close()
        return found

    def to_the_desk(self, url, login):
        """From the provider's first page to the address with which the browser comes back."""
        while True:
            answer = self.ask(url)
            if answer.status in (302, 303):
                url = urllib.parse.urljoin(url, answer.headers["location"])
                if "/api/login/oidc/back" in url:
                    return url
                continue
            assert answer.status == 200, answer
            page = answer.body.decode()
            prompt = re.search(r'name="prompt" value="(\w+)"', page)[1]
            form = {"prompt": prompt, **({"login": login, "password": "x"} if prompt == "login" else {})}
            answer = self.ask(urllib.parse.urljoin(url, re.search(r'<form[^>]* action="([^"]+)"', page)[1]), form)
            assert answer.status in (302, 303), answer
            url = urllib.parse.urljoin(url, answer.headers["location"])
            if "/api/login/oidc/back" in url:
                return url


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class LoginAtAProvider(DeskServer):
    city = False

    @classmethod
    def setUpClass(cls):
        if shutil.which("npm") is None or shutil.which("node") is None:
            raise unittest.SkipTest("no npm here: no provider to log in at")
        cls.provider_folder = pathlib.Path(tempfile.mkdtemp(prefix="anlan-oidc-"))
        atexit.register(shutil.rmtree, cls.provider_folder, ignore_errors=True)
        shutil.copytree(ROOT / "tests" / "scenarios" / "outside" / "oidc", cls.provider_folder / "oidc")
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
                              cwd=cls.provider_folder / "oidc", capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest("oidc-provider cannot be had here: nobody logged in at it")
        cls.port_here = free_port()
        cls.front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        cls.issuer = f"http://127.0.0.1:{cls.front.server_port}"
        threading.Thread(target=cls.front.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.front.server_close)
        cls.addClassCleanup(cls.front.shutdown)
        super().setUpClass()
        cls.add("zhang", "d01-agency", ("JH", "d01-agency"))
        cls.add("gone", "d01-agency")
        issued = json.loads(cls.ran("actor", "password", cls.workspace, "admin", "--json").out)
        cls.passwords["admin"] = issued["one_time_password"]
        cls.admin = cls.person("admin")
        accounts = {one["login"]: one for one in cls.admin.get("/api/accounts").json["accounts"]}
        cls.accounts = accounts
        for login in ("zhang", "gone"):
            linked = cls.admin.post(f"/api/accounts/{accounts[login]['account']}/identities",
                                    {"issuer": cls.issuer, "subject": f"sub-{login}"})
            assert linked.status == 204, linked
        cls.ran("actor", "disable", cls.workspace, "gone")

    @classmethod
    def start(cls, *more):
        """The desk knows the provider, and the provider knows at which port the desk stands."""
        redirect = f"http://127.0.0.1:{cls.port_here}/api/login/oidc/back"
        Front.upstream = free_port()
        cls.node = subprocess.Popen(["node", "provider.mjs", cls.issuer, str(Front.upstream), "anlan", SECRET, redirect],
                                    cwd=cls.provider_folder / "oidc", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(cls.end_node)
        while (line := cls.node.stdout.readline()) and "ready" not in line:
            pass
        secret = cls.folder / "oidc.secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        settings = cls.workspace / "anlan.yaml"
        settings.write_text(settings.read_text() + f"oidc:\n  issuer: {cls.issuer}\n  client_id: anlan\n  secret_file: '{secret}'\n"
                            f"  redirect_uri: {redirect}\n")
        cls.port_wanted = cls.port_here
        super().start(*more)

    @classmethod
    def end_node(cls):
        cls.node.kill()
        cls.node.wait()
        cls.node.stdout.close()

    def desk(self, target):
        return f"http://127.0.0.1:{self.port}{target}"

    def begin(self, browser):
        answer = browser.ask(self.desk("/api/login/oidc"))
        self.assertEqual(answer.status, 303, answer)
        return answer.headers["location"]

    def come_back(self, login, browser=None, change=None):
        """The desk's answer once `login` has logged in at the provider."""
        browser = browser or Browser()
        url = self.begin(browser)
        back = browser.to_the_desk(change(url) if change else url, login)
        return browser, back, browser.ask(back)

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer)
        self.assertNotIn("anlan_session", answer.headers.get("set-cookie", ""))

    def test_whom_an_administrator_linked_logs_in(self):
        browser, back, answer = self.come_back("sub-zhang")
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("Logged in", answer.body.decode())
        client = Client(self.port)
        client.cookie = "anlan_session=" + browser.cookies[f"127.0.0.1:{self.port}", "anlan_session"]
        me = client.get("/api/me").json
        self.assertEqual((me["login"], me["posts"][0]["post"]), ("zhang", "JH"))
        client.csrf = me["csrf_token"]
        self.assertEqual(client.post("/api/logout").status, 204)
        self.assertEqual(client.get("/api/me").status, 401)
        # The address it came back with is good once, and not for another browser.
        self.refused(browser.ask(back), 403, "oidc.state")
        self.refused(Browser().ask(back), 403, "oidc.state")
        self.ran("journal", "verify", self.workspace)

    def test_whom_nobody_linked_does_not_and_no_account_is_made(self):
        before = self.admin.get("/api/accounts").json
        for login in ("sub-nobody", "zhang", "admin"):
            self.refused(self.come_back(login)[2], 403, "access.not_linked")
        self.refused(self.come_back("sub-gone")[2], 403, "access.not_linked")  # a disabled account, answered alike
        self.assertEqual(self.admin.get("/api/accounts").json, before)

    def test_tokens_that_the_provider_signed_for_something_else(self):
        self.come_back("sub-zhang")
        of_another_login = Front.tokens[-1]
        Front.swap = of_another_login
        self.refused(self.come_back("sub-zhang")[2], 403, "oidc.token")  # nonce
        token = self.token_for("other")
        self.assertEqual(claims_of(token)["aud"], "other")
        Front.swap = token
        self.refused(self.come_back("sub-zhang")[2], 403, "oidc.token")  # audience
        self.assertEqual(self.come_back("sub-zhang")[2].status, 200)

    def token_for(self, client):
        """A genuine ID token that the provider gives to another of its clients."""
        browser = Browser()
        verifier = "v" * 50
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        redirect = f"http://127.0.0.1:{self.port_here}/api/login/oidc/back"
        back = browser.to_the_desk(f"{self.issuer}/auth?" + urllib.parse.urlencode({
            "client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": redirect, "state": "s", "nonce": "n",
            "code_challenge": challenge, "code_challenge_method": "S256"}), "sub-zhang")
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        line = http.client.HTTPConnection("127.0.0.1", self.front.server_port)
        word = base64.b64encode(f"{client}:{urllib.parse.quote(SECRET, safe='')}".encode()).decode()
        line.request("POST", "/token", urllib.parse.urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
                                                               "code_verifier": verifier}),
                     {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic " + word})
        token = json.loads(line.getresponse().read())["id_token"]
        line.close()
        return token

    def test_a_token_that_is_over(self):
        """Client `late` of the provider gets tokens that ended an hour ago; the desk stands in its place for this once."""
        settings = self.workspace / "anlan.yaml"
        was = settings.read_text()
        type(self).stop()
        self.addCleanup(self.serve_again, settings, was)
        settings.write_text(was.replace("client_id: anlan", "client_id: late"))
        DeskServer.start.__func__(type(self))
        self.refused(self.come_back("sub-zhang")[2], 403, "oidc.token")
        claims = claims_of(Front.tokens[-1])
        self.assertLess(claims["exp"], claims["iat"])

    def serve_again(self, settings, was):
        type(self).stop()
        settings.write_text(was)
        DeskServer.start.__func__(type(self))

    def test_a_code_that_was_used_before(self):
        browser, back, answer = self.come_back("sub-zhang")
        self.assertEqual(answer.status, 200)
        used = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        again = Browser()
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.begin(again)).query)["state"][0]
        stolen = again.ask(self.desk("/api/login/oidc/back?" + urllib.parse.urlencode({"code": used, "state": state, "iss": self.issuer})))
        self.refused(stolen, 401, "oidc.refused")

    def test_the_provider_is_asked_with_pkce_and_the_code_alone_is_worth_nothing(self):
        browser = Browser()
        url = self.begin(browser)
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        self.assertEqual((asked["response_type"], asked["code_challenge_method"]), (["code"], ["S256"]))
        back = browser.to_the_desk(url, "sub-zhang")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
        other = Browser()
        other_state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.begin(other)).query)["state"][0]
        # Another browser's login with this code: the provider misses the verifier that belongs to it.
        answer = other.ask(self.desk("/api/login/oidc/back?" + urllib.parse.urlencode(
            {"code": query["code"][0], "state": other_state, "iss": self.issuer})))
        self.refused(answer, 401, "oidc.refused")

    def test_what_the_provider_refuses(self):
        browser = Browser()
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.begin(browser)).query)["state"][0]
        answer = browser.ask(self.desk(f"/api/login/oidc/back?error=access_denied&state={state}"))
        self.refused(answer, 401, "oidc.refused")

    def test_a_provider_that_is_down(self):
        browser = Browser()
        back = browser.to_the_desk(self.begin(browser), "sub-zhang")
        Front.down = True
        self.addCleanup(setattr, Front, "down", False)
        self.refused(browser.ask(back), 503, "oidc.unreachable")

    def test_nothing_is_asked_of_anybody_before_somebody_logs_in(self):
        self.assertEqual(Client(self.port).get("/api/login/ways").json, {"password": True, "oidc_issuer": self.issuer})
        before = len(Front.requests)
        self.person("zhang")
        self.assertEqual(len(Front.requests), before)
        secret = self.folder / "oidc.secret"
        secret.chmod(0o644)
        self.addCleanup(secret.chmod, 0o600)
        self.assertIn("[oidc.secret_rights]", self.ran("serve", self.workspace, "--port", "0", code=1).err)

    def test_no_secret_stands_in_log_or_journal(self):
        _, back, answer = self.come_back("sub-zhang")
        self.assertEqual(answer.status, 200)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        log = (self.folder / "server.log").read_bytes()
        for word in (SECRET, code, Front.tokens[-1], "sub-zhang"):
            self.assertNotIn(word.encode(), log)
        committed = json.dumps(self.entries("session.started") + self.entries("identity.linked"))
        self.assertNotIn("sub-zhang", committed)


if __name__ == "__main__":
    unittest.main()
