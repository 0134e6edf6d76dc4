"""One row for each operation of api/openapi.yaml: a request that succeeds, and what its cells need that cannot be worked out.

A row makes what its request is about, through the API itself; contract_test.py then tries it in every wrong way before it lets it
succeed, so that whatever was refused was refused for the reason that is asked for and for no other.
"""

import dataclasses
import datetime
import itertools
import json
import typing
import urllib.parse

from anlan import id_number
from desk_server import NEW_PASSWORD, Client


@dataclasses.dataclass
class Ask:
    """One request. `version`: that of what it changes, at least 2, so that version 1 is a stale one."""

    client: Client
    target: str
    body: typing.Any = None
    raw: typing.Optional[bytes] = None
    version: typing.Optional[int] = None
    headers: dict = dataclasses.field(default_factory=dict)

    def sent(self, **more):
        headers = dict(self.headers)
        if self.version is not None:
            headers["If-Match"] = f'"v{self.version}"'
        headers.update(more)
        return {name: value for name, value in headers.items() if value is not None}


@dataclasses.dataclass
class Row:
    """Cells are (client, status, code), or a text that says why there is none; None: worked out from the contract."""

    ask: typing.Callable
    forbidden: typing.Any = None
    foreign: typing.Any = None
    success: typing.Optional[typing.Callable] = None  # instead of sending the request once
    after: typing.Optional[typing.Callable] = None  # looks at the answer
    numbers: bool = False  # the answer may hold an ID number


class World:
    """Who is there, and how things are made."""

    def __init__(self, desk):
        self.desk = desk
        self.count = itertools.count(1)
        self.port = desk.port
        people = {
            "head": ("supervision", [("JD", "supervision")]),
            "chief": ("supervision", [("JZ", "supervision")]),
            "district": ("d02-supervision", [("JD", "d02-supervision")]),
            "district_chief": ("d02-supervision", [("JZ", "d02-supervision")]),
            "clerk": ("d01-agency", [("SL", "d01-agency")]),
            "clerk2": ("d02-agency", [("SL", "d02-agency")]),
            "auditor": ("d01-agency", [("JH", "d01-agency")]),
            "auditor2": ("d02-agency", [("JH", "d02-agency")]),
            "manager": ("d01-agency", [("BM", "d01-agency")]),
            "director": ("d01-agency", [("DW", "d01-agency")]),
            "plain": ("d01-agency", []),
            "nobody": ("d02-agency", []),
            "admin2": ("d02", [("SA", "d02")]),
            "granter2": ("d02", [("QX", "d02")]),
        }
        for login, (organisation, posts) in people.items():
            desk.add(login, organisation, *posts)
            setattr(self, login, desk.person(login))
        issued = json.loads(desk.ran("actor", "password", desk.workspace, "admin", "--json").out)
        desk.passwords["admin"] = issued["one_time_password"]
        self.admin = desk.person("admin")
        self.stranger = Client(desk.port)
        self.ids = {login: self.me(getattr(self, login)) for login in people}
        lead = self.head.get("/api/leads?limit=1&subject_kind=person").json["leads"][0]
        self.lead_id, self.code = lead["lead_id"], lead["code"]
        self.delivery_id = self.head.get("/api/deliveries?limit=1").json["deliveries"][0]["delivery_id"]
        self.run_id = self.head.get("/api/runs?limit=1").json["runs"][0]["run_id"]

    @staticmethod
    def me(client):
        return client.get("/api/me").json["account"]

    def made(self, answer, status=(200, 201)):
        assert answer.status in status, answer
        return answer.json if answer.body else None

    def fresh_login(self):
        """An account of its own, whose session may end."""
        login = f"leaver{next(self.count)}"
        self.desk.add(login, "d02-agency")
        return login, self.desk.person(login)

    def session_of(self, client):
        return next(one["session_id"] for one in client.get("/api/sessions").json["sessions"] if one["this_one"])

    # People.
    def person(self, organisation="d01-agency"):
        self.desk.serial += 1
        return self.made(self.admin.post("/api/persons", {"organisation": organisation, "name": "新人",
                                                           "id_no": id_number(500 + self.desk.serial)}))

    def changed_person(self):
        person = self.person()
        return self.made(self.admin.ask("PUT", f"/api/persons/{person['person_id']}",
                                        {"organisation": "d01-agency", "name": "改名", "kind": "own"}, headers={"If-Match": '"v1"'}))

    def account(self):
        login = f"made{next(self.count)}"
        return self.made(self.admin.post("/api/accounts", {"person_id": self.person()["person_id"], "organisation": "d01-agency",
                                                           "login": login}))

    def changed_account(self):
        account = self.account()
        return self.made(self.admin.ask("PUT", f"/api/accounts/{account['account']}",
                                        {"organisation": "d01-agency", "disabled": False}, headers={"If-Match": '"v1"'}))

    def organisation_name(self):
        return f"d01-x{next(self.count)}"

    def organisation_body(self):
        return {"organisation": self.organisation_name(), "parent": "d01", "name": {"zh": "新所", "en": "New"}, "kind": "agency",
                "side": "handling", "region_code": "120101", "first_day": "2018-01-01"}

    def changed_organisation(self):
        body = self.organisation_body()
        self.made(self.admin.post("/api/organisations", body))
        change = {key: body[key] for key in ("name", "side", "region_code", "first_day")}
        return self.made(self.admin.ask("PUT", f"/api/organisations/{body['organisation']}", change, headers={"If-Match": '"v1"'})), change

    def holding(self, command="grant", *more):
        """A post of an account that exists for nothing else."""
        account = self.account()
        words = ("actor", command, self.desk.workspace, account["login"], "DA", "--organisation", "d01-agency", "--approved-by",
                 "approver", *more, "--json")
        return json.loads(self.desk.ran(*words).out)["id"]

    def identity(self):
        self.last_identity = {"issuer": "https://login.example", "subject": f"u-{next(self.count)}"}
        return self.last_identity

    def linked(self):
        account = self.account()["account"]
        self.made(self.admin.post(f"/api/accounts/{account}/identities", self.identity()), (204,))
        return account

    def token(self):
        return self.made(self.admin.post("/api/tokens", self.token_body()))

    def token_body(self):
        last = datetime.date.today() + datetime.timedelta(days=30)
        return {"account": self.ids["clerk"], "name": "接口", "rights": ["ledger_read"], "last_day": last.isoformat()}

    # The risk ledger.
    def ledger(self):
        """A new one of a year that nobody has used, at version 2: blank, then with one row and its owners."""
        if not hasattr(self, "years"):
            self.years = itertools.count(2030)
            persons = {one["name"]: one["person_id"] for one in self.admin.get("/api/persons").json["persons"]}
            self.owners = {place: {"person_id": persons[f"职员{login}"], "name": f"职员{login}"}
                           for place, login in (("direct", "plain"), ("department_head", "manager"), ("unit_head", "director"))}
        made = self.made(self.clerk.post("/api/ledgers", {"organisation": "d01-agency", "year": next(self.years), "blank": True}))
        return self.change_ledger(made)

    def rows(self, risk="冒领养老金"):
        return {"points": [{"node": "", "department": "待遇科", "risk": risk, "measures": [{"text": "生存认证"}], **self.owners}]}

    def change_ledger(self, ledger, risk="冒领养老金"):
        return self.made(self.clerk.ask("PUT", f"/api/ledgers/{ledger['ledger_id']}", self.rows(risk),
                                        headers={"If-Match": f'"v{ledger["version"]}"'}))

    def on_ledger(self, client, ledger, act, body=None):
        return self.made(client.ask("POST", f"/api/ledgers/{ledger['ledger_id']}/{act}", body,
                                    headers={"If-Match": f'"v{ledger["version"]}"'}))

    def signed_ledger(self):
        ledger = self.ledger()
        for client, level in ((self.plain, "direct"), (self.manager, "department"), (self.director, "unit")):
            ledger = self.on_ledger(client, ledger, "sign", {"level": level})
        return ledger

    def submitted_ledger(self):
        return self.on_ledger(self.clerk, self.signed_ledger(), "submit")

    # Files.
    def file(self, client=None, text=None):
        text = text or f"证据 {next(self.count)}"
        return self.made((client or self.auditor).post("/api/files", raw=text.encode(), headers={
            "X-File-Name": urllib.parse.quote("核查说明.txt"), "Content-Type": "application/octet-stream"}))


def act(act_name, made, client, body=None):
    """A row's request: an act on a ledger."""

    def ask(world):
        ledger = getattr(world, made)()
        return Ask(getattr(world, client), f"/api/ledgers/{ledger['ledger_id']}/{act_name}", body, version=ledger["version"])

    return ask


def reads_ledger(tail):
    def ask(world):
        return Ask(world.clerk, f"/api/ledgers/{world.ledger()['ledger_id']}{tail}")

    return ask


def by(login, status, code):
    return lambda world: (getattr(world, login), status, code)


NO_ID = "no id"
ITSELF = "one's own"
# Why a cell is none. Of "empty list" and "own list" two tests of contract_test.py see that they are; "404 instead": who may not
# read it is told that it is not there.
EVERYONE = "everybody may"
NOT_THERE = "404 instead"


def import_ledger(world):
    ledger = world.ledger()
    form = world.clerk.get(f"/api/ledgers/{ledger['ledger_id']}/form?format=xlsx")
    assert form.status == 200, form
    changed = world.change_ledger(ledger, "另一风险")  # so that the import changes something
    return Ask(world.clerk, f"/api/ledgers/import?organisation=d01-agency&year={ledger['year']}", raw=form.body, version=changed["version"],
               headers={"Content-Type": "application/octet-stream"})


def logs_out(world):
    return Ask(world.fresh_login()[1], "/api/logout")


def changes_password(world):
    login, client = world.fresh_login()
    del login
    return Ask(client, "/api/me/password", {"old_password": NEW_PASSWORD, "new_password": "another long password 8"})


def ends_session(world):
    client = world.fresh_login()[1]
    return Ask(client, f"/api/sessions/{world.session_of(client)}")


def hears_changes(world, test):
    """Listens, then makes another run current: the event must come."""
    return test.hears_changes(world)


def changes_organisation(world):
    made, change = world.changed_organisation()
    return Ask(world.admin, f"/api/organisations/{made['organisation']}", {**change, "name": {"zh": "新名", "en": "Newer"}},
               version=made["version"])


def changes_person(world):
    person = world.changed_person()
    return Ask(world.admin, f"/api/persons/{person['person_id']}",
               {"organisation": "d01-agency", "name": "再改", "kind": "vendor", "last_day": "2030-12-31"}, version=person["version"])


def changes_account(world):
    account = world.changed_account()
    return Ask(world.admin, f"/api/accounts/{account['account']}",
               {"organisation": "d01-agency", "disabled": True, "last_day": None}, version=account["version"])


def identifies(world):
    return Ask(world.admin, f"/api/persons/{world.made(world.admin.get('/api/persons'))['persons'][0]['person_id']}/identity",
               {"id_no": id_number(9999)})


def cannot_identify(world, test, ask):
    """The first administrator was identified when the desk was made, and that never changes."""
    answer = ask.client.post(ask.target, ask.body)
    test.assertEqual((answer.status, answer.code), (409, "access.identity_known"), answer)
    return "409 known"


def refuses(code):
    """Where success needs more than this server has; another test has it."""

    def success(world, test, ask):
        answer = ask.client.get(ask.target)
        test.assertEqual((answer.status, answer.code), (404, code), answer)
        return "oidc_test.py"

    return success


ROWS = {
    # server, session
    "get_health": Row(lambda w: Ask(w.stranger, "/healthz")),
    "get_readiness": Row(lambda w: Ask(w.stranger, "/readyz")),
    "get_metrics": Row(lambda w: Ask(w.stranger, "/metrics")),
    "get_contract": Row(lambda w: Ask(w.stranger, "/api/openapi.json")),
    "get_docs": Row(lambda w: Ask(w.stranger, "/api/docs")),
    "listen": Row(lambda w: Ask(w.head, "/api/events"), EVERYONE, NO_ID, success=lambda w, t, a: t.hears_changes(w)),
    "log_in": Row(lambda w: Ask(w.stranger, "/api/login", {"login": "clerk", "password": NEW_PASSWORD})),
    "get_login_ways": Row(lambda w: Ask(w.stranger, "/api/login/ways")),
    # oidc_test.py logs in at a real provider
    "begin_oidc_login": Row(lambda w: Ask(w.stranger, "/api/login/oidc"), success=refuses("oidc.off")),
    "end_oidc_login": Row(lambda w: Ask(w.stranger, "/api/login/oidc/back?state=a&code=b"), success=refuses("oidc.off")),
    "log_out": Row(logs_out, ITSELF, ITSELF),
    "get_me": Row(lambda w: Ask(w.plain, "/api/me"), ITSELF, ITSELF),
    "change_password": Row(changes_password, ITSELF, ITSELF),
    "list_sessions": Row(lambda w: Ask(w.plain, "/api/sessions"), ITSELF, ITSELF),
    "end_session": Row(ends_session, NOT_THERE, by("clerk", 404, "access.no_session_here")),
    # leads, runs, journal: of the whole authority
    "list_leads": Row(lambda w: Ask(w.head, "/api/leads"), foreign="empty list"),
    "get_lead_totals": Row(lambda w: Ask(w.head, "/api/leads/totals"), foreign="empty list"),
    "get_lead": Row(lambda w: Ask(w.head, f"/api/leads/{w.lead_id}"), foreign=by("district", 404, "lead.not_found")),
    "reveal_lead": Row(lambda w: Ask(w.head, f"/api/leads/{w.lead_id}/reveal", {"reason": "核对领取人身份"}),
                       foreign=by("district", 404, "lead.not_found"), numbers=True),
    "export_leads_ndjson": Row(lambda w: Ask(w.head, "/api/leads.ndjson"), foreign="empty list"),
    "export_leads_xlsx": Row(lambda w: Ask(w.head, "/api/leads.xlsx"), foreign="empty list"),
    "list_deliveries": Row(lambda w: Ask(w.head, "/api/deliveries"), foreign="empty list"),
    "get_delivery": Row(lambda w: Ask(w.head, f"/api/deliveries/{w.delivery_id}"), foreign=by("district", 404, "delivery.missing")),
    "list_runs": Row(lambda w: Ask(w.head, "/api/runs"), foreign="empty list"),
    "get_run": Row(lambda w: Ask(w.head, f"/api/runs/{w.run_id}"), foreign=by("district", 404, "run.not_found")),
    "list_detections": Row(lambda w: Ask(w.head, "/api/detections"), foreign="no secret"),
    # its specs have made-up people
    "get_detection": Row(lambda w: Ask(w.head, f"/api/detections/{w.code}"), foreign="no secret", numbers=True),
    "list_entries": Row(lambda w: Ask(w.head, "/api/journal"), foreign="empty list"),
    "get_entry": Row(lambda w: Ask(w.head, "/api/journal/0"), foreign=by("district", 404, "journal.no_entry")),
    "get_entry_proof": Row(lambda w: Ask(w.head, "/api/journal/0/proof"), foreign=by("district", 404, "journal.no_entry")),
    # the risk ledger
    "list_ledgers": Row(lambda w: Ask(w.clerk, "/api/ledgers?year=2031"), foreign="own list"),
    "create_ledger": Row(lambda w: Ask(w.clerk, "/api/ledgers", {"organisation": "d01-agency", "year": 2029}),
                         foreign=by("clerk2", 404, "access.no_organisation")),
    "list_late_ledgers": Row(lambda w: Ask(w.head, "/api/ledgers/late?year=2018&as_of=2018-12-31"),
                             foreign="own list"),
    "import_ledger": Row(import_ledger, foreign=by("clerk2", 404, "access.no_organisation")),
    "get_ledger": Row(reads_ledger(""), NOT_THERE, by("clerk2", 404, "ledger.missing")),
    "list_ledger_versions": Row(reads_ledger("/versions"), NOT_THERE, by("clerk2", 404, "ledger.missing")),
    "get_ledger_coverage": Row(reads_ledger("/coverage"), NOT_THERE, by("clerk2", 404, "ledger.missing")),
    "export_ledger": Row(reads_ledger("/form?format=docx"), NOT_THERE, by("clerk2", 404, "ledger.missing")),
    "change_ledger": Row(lambda w: (lambda ledger: Ask(w.clerk, f"/api/ledgers/{ledger['ledger_id']}", w.rows("改过"),
                                                       version=ledger["version"]))(w.ledger()),
                         foreign=by("clerk2", 404, "ledger.missing")),
    "sign_ledger": Row(act("sign", "ledger", "plain", {"level": "direct"}), by("auditor", 403, "ledger.not_named"),
                       by("clerk2", 404, "ledger.missing")),
    "submit_ledger": Row(act("submit", "signed_ledger", "clerk"), foreign=by("clerk2", 404, "ledger.missing")),
    "accept_ledger": Row(act("accept", "submitted_ledger", "head"), foreign=by("district", 404, "ledger.missing")),
    "return_ledger": Row(act("return", "submitted_ledger", "head", {"reason": "责任人有误"}),
                         foreign=by("district", 404, "ledger.missing")),
    # files
    "list_files": Row(lambda w: Ask(w.auditor, "/api/files"), EVERYONE, ITSELF),
    "upload_file": Row(lambda w: Ask(w.auditor, "/api/files", raw="证据".encode(), headers={
        "X-File-Name": urllib.parse.quote("核查说明.txt"), "Content-Type": "application/octet-stream"}), EVERYONE, NO_ID),
    "download_file": Row(lambda w: Ask(w.auditor, f"/api/files/{w.file()['sha256']}"), NOT_THERE, by("clerk", 404, "file.not_kept")),
    # who works here
    "list_organisations": Row(lambda w: Ask(w.clerk, "/api/organisations"), EVERYONE, "own list"),
    "get_organisation": Row(lambda w: Ask(w.clerk, "/api/organisations/d01-agency"), NOT_THERE,
                            by("clerk2", 404, "access.no_organisation")),
    "add_organisation": Row(lambda w: Ask(w.admin, "/api/organisations", w.organisation_body()),
                            foreign=by("admin2", 404, "access.no_organisation")),
    "change_organisation": Row(changes_organisation, foreign=by("admin2", 404, "access.no_organisation")),
    "list_persons": Row(lambda w: Ask(w.auditor, "/api/persons"), foreign="own list"),
    "get_person": Row(lambda w: Ask(w.auditor, f"/api/persons/{w.person()['person_id']}"), foreign=by("auditor2", 404, "access.no_person")),
    "add_person": Row(lambda w: Ask(w.admin, "/api/persons", {"organisation": "d01-agency", "name": "新人", "id_no": id_number(9998),
                                                              "phone": "13800000000", "kind": "vendor"}),
                      foreign=by("admin2", 404, "access.no_organisation")),
    "change_person": Row(changes_person, foreign=by("admin2", 404, "access.no_person")),
    "identify_person": Row(identifies, foreign=by("admin2", 404, "access.no_person"), success=cannot_identify),
    "reveal_person": Row(lambda w: Ask(w.auditor, f"/api/persons/{w.person()['person_id']}/reveal", {"field": "id_no", "reason": "核对身份"}),
                         foreign=by("auditor2", 404, "access.no_person"), numbers=True),
    "declare_kin": Row(lambda w: Ask(w.auditor, f"/api/persons/{w.person()['person_id']}/kin", {"id_no": id_number(9997), "relation": "child"}),
                       foreign=by("auditor2", 404, "access.no_person")),
    "revoke_post": Row(lambda w: Ask(w.admin, f"/api/holdings/{w.holding()}/end"), foreign=by("granter2", 404, "access.no_holding")),
    "end_cover": Row(lambda w: Ask(w.admin, f"/api/covers/{w.holding('cover', '--until', str(datetime.date.today() + datetime.timedelta(days=5)))}/end"),
                     foreign=by("granter2", 404, "access.no_holding")),
    "list_accounts": Row(lambda w: Ask(w.auditor, "/api/accounts"), foreign="own list"),
    "get_account": Row(lambda w: Ask(w.auditor, f"/api/accounts/{w.account()['account']}"), foreign=by("auditor2", 404, "access.no_account")),
    "add_account": Row(lambda w: Ask(w.admin, "/api/accounts", {"person_id": w.person()["person_id"], "organisation": "d01-agency",
                                                                "login": f"added{next(w.count)}", "last_day": "2099-12-31"}),
                       foreign=by("admin2", 404, "access.no_organisation")),
    "change_account": Row(changes_account, foreign=by("admin2", 404, "access.no_account")),
    "issue_password": Row(lambda w: Ask(w.admin, f"/api/accounts/{w.account()['account']}/password"),
                          foreign=by("admin2", 404, "access.no_account")),
    "unlock_account": Row(lambda w: Ask(w.admin, f"/api/accounts/{w.account()['account']}/unlock"),
                          foreign=by("admin2", 404, "access.no_account")),
    "list_identities": Row(lambda w: Ask(w.admin, f"/api/accounts/{w.linked()}/identities"), foreign=by("admin2", 404, "access.no_account")),
    "link_identity": Row(lambda w: Ask(w.admin, f"/api/accounts/{w.account()['account']}/identities", w.identity()),
                         foreign=by("admin2", 404, "access.no_account")),
    "unlink_identity": Row(lambda w: Ask(w.admin, f"/api/accounts/{w.linked()}/identities/unlink", w.last_identity),
                           foreign=by("admin2", 404, "access.no_account")),
    "list_tokens": Row(lambda w: Ask(w.admin, "/api/tokens"), foreign="own list"),
    "make_token": Row(lambda w: Ask(w.admin, "/api/tokens", w.token_body()), foreign=by("admin2", 404, "access.no_account")),
    "end_token": Row(lambda w: (w.token(), Ask(w.admin, f"/api/tokens/{w.admin.get('/api/tokens').json['tokens'][-1]['token_id']}"))[1],
                     foreign=by("admin2", 404, "access.no_token_here")),
}
