"""One row for each operation of api/openapi.yaml: a request that succeeds, and what its cells need that cannot be worked out.

A row makes what its request is about, through the API itself; contract_test.py then tries it in every wrong way before it lets it
succeed, so that whatever was refused was refused for the reason that is asked for and for no other.
"""

import dataclasses
import datetime
import itertools
import json
import time
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
            "head2": ("supervision", [("JD", "supervision")]),
            "district": ("d02-supervision", [("JD", "d02-supervision")]),
            "district_chief": ("d02-supervision", [("JZ", "d02-supervision")]),
            "clerk": ("d01-agency", [("SL", "d01-agency")]),
            "clerk2": ("d02-agency", [("SL", "d02-agency")]),
            "auditor": ("d01-agency", [("JH", "d01-agency")]),
            "auditor3": ("d01-agency", [("JH", "d01-agency")]),
            "auditor4": ("d03-agency", [("JH", "d03-agency")]),
            "auditor2": ("d02-agency", [("JH", "d02-agency")]),
            "manager": ("d01-agency", [("BM", "d01-agency")]),
            "manager2": ("d02-agency", [("BM", "d02-agency")]),
            "director": ("d01-agency", [("DW", "d01-agency")]),
            "legal": ("bureau", [("FZ", "bureau")]),
            "bureau_head": ("bureau", [("DW", "bureau")]),
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
        self.persons = {one["name"][2:]: one["person_id"] for one in self.admin.get("/api/persons").json["persons"]}
        # On the console, before anything waits to be decided.
        self.holdings = {}
        self.spare_holding = self.holding()
        self.spare_cover = self.holding("cover", "--until", str(datetime.date.today() + datetime.timedelta(days=5)))
        self.ids = {login: self.me(getattr(self, login)) for login in people}
        lead = self.head.get("/api/leads?limit=1&subject_kind=person").json["leads"][0]
        self.lead_id, self.code = lead["lead_id"], lead["code"]
        self.delivery_id = self.head.get("/api/deliveries?limit=1").json["deliveries"][0]["delivery_id"]
        self.run_id = self.head.get("/api/runs?limit=1").json["runs"][0]["run_id"]
        self.leads = self.fresh_leads()

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
        """A post of an account that exists for nothing else: given at the beginning, since posts are asked for from the first matter on."""
        if command not in self.holdings:
            account = self.account()
            words = ("actor", command, self.desk.workspace, account["login"], "DA", "--organisation", "d01-agency", "--approved-by",
                     "approver", *more, "--json")
            self.holdings[command] = json.loads(self.desk.ran(*words).out)["id"]
        return self.holdings[command]

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

    # Jobs, the schedule, sources.
    def inbox_file(self):
        name = f"给收件夹-{next(self.count)}.csv"
        (self.desk.workspace / "inbox").mkdir(exist_ok=True)
        (self.desk.workspace / "inbox" / name).write_text("没有这样的表\n1\n")
        return name

    def job(self):
        return self.made(self.head.post("/api/jobs/detect", {"only": ["EP-01"]}))

    def job_over(self):
        job = self.job()
        while job["state"] in ("waiting", "running"):
            time.sleep(0.05)
            job = self.head.get(f"/api/jobs/{job['job_id']}").json
        return job

    def schedule(self):
        return self.made(self.head.ask("PUT", f"/api/schedules/s{next(self.count)}", {"kind": "detect", "rule": "monthly 5 02:00"}))

    def changed_schedule(self):
        made = self.schedule()
        return self.made(self.head.ask("PUT", f"/api/schedules/{made['name']}", {"kind": "detect", "rule": "weekly mon 02:00"},
                                       headers={"If-Match": f'"v{made["version"]}"'}))

    def agreement(self, days=3):
        return {"frequency": "weekly", "grace_days": days, "document": "津人社合〔2018〕12号", "agreed_on": "2018-01-01"}

    def agreed(self):
        """One that was changed already."""
        source = self.head.get("/api/sources/ext_death").json
        while source["version"] < 2:
            tag = {"If-Match": f'"v{source["version"]}"'} if source["version"] else {}
            source = self.made(self.head.ask("PUT", "/api/sources/ext_death/agreement", self.agreement(next(self.count) % 300), headers=tag))
        return source

    # Asking for posts.
    def grant_body(self):
        account = self.account()
        self.asked_body = {"kind": "post", "person_id": account["person_id"], "account": account["account"],
                           "organisation": "d01-agency", "post": "CS", "under_post": "BM", "from_on": "2030-01-01", "to_on": "2031-01-01"}
        return self.asked_body

    def grant(self):
        return self.made(self.manager.post("/api/grants", self.grant_body()))

    def changed_grant(self):
        made = self.grant()
        return self.made(self.manager.ask("PUT", f"/api/grants/{made['grant_id']}", {**self.asked_body, "post": "SL"},
                                          headers={"If-Match": f'"v{made["version"]}"'}))

    # The risk ledger.
    def ledger(self):
        """A new one of a year that nobody has used, at version 2: blank, then with one row and its owners."""
        if not hasattr(self, "years"):
            self.years = itertools.count(2030)
            self.owners = {place: {"person_id": self.persons[login], "name": f"职员{login}"}
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

    # Leads and cases.
    def fresh_leads(self):
        """New leads, each of another subject."""
        seen = set()
        for lead in self.head.get("/api/desk/leads?state=new&limit=200").json["leads"]:
            subject = lead["subject_kind"], lead["subject_shown"]
            if subject not in seen:
                seen.add(subject)
                yield lead

    def lead(self):
        return next(self.leads)

    def screened(self):
        lead = self.lead()
        return self.made(self.head.post(f"/api/desk/leads/{lead['lead_id']}/screen", headers={"If-Match": f'"v{lead["version"]}"'}))

    @staticmethod
    def seen(*leads):
        return [{"lead_id": one["lead_id"], "version": one["version"]} for one in leads]

    def case(self):
        return self.made(self.head.post("/api/cases", {"leads": self.seen(self.screened())}))

    def on_case(self, client, case, act, body=None):
        return self.made(client.post(f"/api/cases/{case['case_id']}/{act}", body, headers={"If-Match": f'"v{case["version"]}"'}))

    def dispatched(self):
        return self.on_case(self.chief, self.case(), "dispatch", {"organisation": "d01-agency", "verifier": self.persons["auditor"]})

    def unallotted(self):
        return self.on_case(self.chief, self.case(), "dispatch", {"organisation": "d01-agency"})

    def accepted(self):
        return self.on_case(self.auditor, self.dispatched(), "accept")

    def on_site(self):
        return self.on_case(self.auditor, self.accepted(), "onsite", {"reason": "入户核实"})

    def suspended(self):
        until = datetime.date.today() + datetime.timedelta(days=30)
        return self.on_case(self.auditor, self.accepted(), "suspend", {"reason": "等待协查", "until": until.isoformat()})

    def document_body(self):
        return {"kind": "verification_report", "sha256": self.file(self.auditor)["sha256"], "note": "核查情况说明"}

    def reported(self):
        return self.on_case(self.auditor, self.accepted(), "documents", self.document_body())

    def conclusions(self, case):
        return {"conclusions": [{"lead_id": one["lead_id"], "result": "unfounded", "confirmed_fen": 0, "grounds": "已核实在世"}
                                for one in case["leads"]]}

    def once(self, made):
        """For rows that only read: a small city has not a subject for each of them."""
        if not hasattr(self, "kept"):
            self.kept = {}
        if made not in self.kept:
            self.kept[made] = getattr(self, made)()
        return self.kept[made]

    def proposed(self):
        case = self.reported()
        return self.on_case(self.auditor, case, "conclude", self.conclusions(case))

    def matter(self):
        return self.made(self.auditor.get(f"/api/matters/{self.proposed()['matter_id']}"))

    def concluded(self):
        case = self.proposed()
        matter = self.made(self.manager.get(f"/api/matters/{case['matter_id']}"))
        self.made(self.manager.post(f"/api/matters/{matter['matter_id']}/decide", self.decision(), headers={"If-Match": f'"v{matter["version"]}"'}))
        return self.made(self.chief.get(f"/api/cases/{case['case_id']}"))

    def decision(self):
        return {"step": "review", "verdict": "approve", "post": "BM", "opinion": "属实"}

    def closed(self):
        """Unfounded, so that nothing is to be settled first."""
        case = self.on_case(self.auditor, self.concluded(), "close", {"summary": "不属实，无须处置"})
        for client, step, post in ((self.head, "review", "JD"), (self.chief, "closing", "JZ")):
            matter = self.made(client.get(f"/api/matters/{case['matter_id']}"))
            self.made(client.post(f"/api/matters/{matter['matter_id']}/decide",
                                  {"step": step, "verdict": "approve", "post": post, "opinion": "同意"},
                                  headers={"If-Match": f'"v{matter["version"]}"'}))
        return self.made(self.chief.get(f"/api/cases/{case['case_id']}"))

    # What follows.
    def confirmed(self):
        """A case whose conclusion says that ten thousand fen are to come back."""
        case = self.reported()
        body = {"conclusions": [{"lead_id": one["lead_id"], "result": "confirmed", "confirmed_fen": 10_000, "grounds": "已核实死亡"}
                                for one in case["leads"]]}
        case = self.on_case(self.auditor, case, "conclude", body)
        matter = self.made(self.manager.get(f"/api/matters/{case['matter_id']}"))
        self.made(self.manager.post(f"/api/matters/{matter['matter_id']}/decide", self.decision(), headers={"If-Match": f'"v{matter["version"]}"'}))
        return self.made(self.auditor.get(f"/api/cases/{case['case_id']}"))

    def disposal_body(self):
        return {"kind": "order_to_return", "document": "津社稽追〔2026〕3号", "amount_fen": 10_000, "grounds": "死亡后领取"}

    def of_case(self, client, case, kind, body):
        return self.made(client.post(f"/api/cases/{case['case_id']}/{kind}", body))

    def disposal(self):
        return self.of_case(self.auditor, self.once('confirmed'), "disposals", self.disposal_body())

    def recovery_body(self):
        return {"debtor": "person", "basis": "社会保险法 88", "due_fen": 10_000, "due_on": "2099-01-31", "interest": "none"}

    def line_body(self, amount=100):
        return {"kind": "received", "part": "principal", "amount_fen": amount, "on": datetime.date.today().isoformat(), "document": "银行回单 1"}

    def recovery(self):
        """With one line, at version 2."""
        made = self.of_case(self.auditor, self.once('confirmed'), "recoveries", self.recovery_body())
        return self.made(self.auditor.post(f"/api/recoveries/{made['recovery_id']}/lines", self.line_body(), headers={"If-Match": f'"v{made["version"]}"'}))

    def remedy_body(self):
        return {"kind": "mechanism", "means": "regulation", "organisation": "d01-agency", "owner": self.persons["plain"], "what": "完善死亡比对",
                "due_on": "2099-01-31"}

    def remedy(self):
        return self.of_case(self.auditor, self.once('confirmed'), "remedies", self.remedy_body())

    def accountability_body(self):
        return {"person_id": self.persons["plain"], "role": "direct", "ground": "未按期比对", "loss_fen": 10_000}

    def request_body(self):
        return {"to_organisation": "d02-agency", "number": "津社协〔2026〕1号", "question": "请核实是否在你处领取", "working_days": 5}

    def request(self):
        return self.of_case(self.auditor, self.once('accepted'), "requests", self.request_body())

    def write_off(self):
        """One that waits to be decided, with its matter's version."""
        recovery = self.recovery()
        where = f"/api/recoveries/{recovery['recovery_id']}/write_offs"
        self.made(self.manager.post(where, {"part": "principal", "amount_fen": 5_000, "grounds": "债务人死亡，无遗产", "post": "BM"},
                                    headers={"If-Match": f'"v{recovery["version"]}"'}))
        asked = self.made(self.auditor.get(where))["write_offs"][-1]
        return {**asked, "version": self.made(self.manager.get(f"/api/matters/{asked['matter_id']}"))["version"]}

    # Referral.
    def referral_body(self):
        return {"offence": "fraud", "subject": "individual", "persons": 1, "amount_fen": 1_200_000, "addressee": "某市公安局",
                "facts": "死亡后由他人继续领取养老金", "second_officer": self.persons["head2"], "post": "JD",
                "items": [{"name": "银行卡", "quantity": "1"}]}

    def referral(self):
        return self.made(self.head.post(f"/api/cases/{self.confirmed()['case_id']}/referrals", self.referral_body()))

    def changed_referral(self):
        referral = self.referral()
        body = {**self.referral_body(), "facts": "补充查明代领经过"}
        return self.made(self.head.ask("PUT", f"/api/referrals/{referral['referral_id']}", body,
                                       headers={"If-Match": f'"v{referral["version"]}"'}))

    def decided_referral(self):
        """Approved by the second officer, legal review and the head of unit."""
        referral = self.referral()
        for client, step, post in ((self.head2, "second_officer", "JD"), (self.legal, "legal_review", "FZ"),
                                   (self.bureau_head, "leader_decision", "DW")):
            matter = self.made(client.get(f"/api/matters/{referral['matter_id']}"))
            self.made(client.post(f"/api/matters/{matter['matter_id']}/decide",
                                  {"step": step, "verdict": "approve", "post": post, "opinion": "同意移送"},
                                  headers={"If-Match": f'"v{matter["version"]}"'}))
        return self.made(self.head.get(f"/api/referrals/{referral['referral_id']}"))

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


def case_act(act_name, made, client, body=None):
    """A row's request: an act on a case."""

    def ask(world):
        case = getattr(world, made)()
        content = body(world, case) if callable(body) else body
        return Ask(getattr(world, client), f"/api/cases/{case['case_id']}/{act_name}", content, version=case["version"])

    return ask


def reads_case(tail, client="auditor"):
    return lambda world: Ask(getattr(world, client), f"/api/cases/{world.once('proposed')['case_id']}{tail}")


def reads_document(world):
    case = world.once("reported")
    return Ask(world.manager, f"/api/cases/{case['case_id']}/documents/{case['documents'][-1]['document_id']}")


def reads_case_file(world):
    case = world.once("reported")
    return Ask(world.manager, f"/api/cases/{case['case_id']}/files/{case['documents'][-1]['sha256']}")


def on_lead(act_name, client, body=None):
    def ask(world):
        lead = world.lead()
        return Ask(getattr(world, client), f"/api/desk/leads/{lead['lead_id']}{act_name}", body, version=lead["version"])

    return ask


def bulk_is_done(test, ask, answer):
    test.assertEqual([item["done"] for item in answer.json["items"]], [True], answer)
    # Again it is refused item by item: the version is another now.
    again = ask.client.post(ask.target, ask.body)
    test.assertEqual([item["done"] for item in again.json["items"]], [False], again)
    test.assertTrue(again.json["items"][0]["words"])


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


def cancels_job(world):
    """One that waits behind others."""
    for _ in range(6):
        job = world.made(world.head.post("/api/jobs/detect", {"only": ["EP-01"], "force": True}))
    return Ask(world.head, f"/api/jobs/{job['job_id']}/cancel", version=job["version"])


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
    # matters
    "list_matters": Row(lambda w: (w.once("matter"), Ask(w.manager, "/api/matters?mine=true"))[1], foreign="own list",
                        after=lambda t, a, answer: t.assertTrue(answer.json["matters"])),
    "get_matter": Row(lambda w: Ask(w.manager, f"/api/matters/{w.once('matter')['matter_id']}"), foreign=by("auditor2", 404, "duties.no_matter")),
    "decide_matter": Row(lambda w: (lambda m: Ask(w.manager, f"/api/matters/{m['matter_id']}/decide", w.decision(), version=m["version"]))(w.matter()),
                         by("auditor", 403, "duties.maker"), by("auditor2", 404, "duties.no_matter"),
                         after=lambda t, a, answer: t.assertEqual(answer.json["state"], "approved")),
    "withdraw_matter": Row(lambda w: (lambda m: Ask(w.auditor, f"/api/matters/{m['matter_id']}/withdraw", version=m["version"]))(w.matter()),
                           by("manager", 403, "duties.not_maker"), by("auditor2", 404, "duties.no_matter"),
                           after=lambda t, a, answer: t.assertEqual(answer.json["state"], "withdrawn")),
    # leads at the desk
    "list_desk_leads": Row(lambda w: Ask(w.head, "/api/desk/leads?limit=5"), foreign="own list"),
    "count_desk_leads": Row(lambda w: Ask(w.head, "/api/desk/leads/count?severity=high"), foreign="own list"),
    "get_desk_lead": Row(lambda w: Ask(w.head, f"/api/desk/leads/{w.lead()['lead_id']}"), foreign=by("district", 404, "lead.not_found"),
                         after=lambda t, a, answer: t.assertFalse(answer.json["evidence"]["revealed"])),
    "reveal_desk_lead": Row(lambda w: Ask(w.head, f"/api/desk/leads/{w.lead()['lead_id']}/reveal", {"reason": "核对领取人身份"}),
                            foreign=by("district", 404, "lead.not_found"), numbers=True,
                            after=lambda t, a, answer: t.assertTrue(answer.json["evidence"]["revealed"])),
    "list_lead_events": Row(lambda w: Ask(w.head, f"/api/desk/leads/{w.screened()['lead_id']}/events"), foreign=by("district", 404, "lead.not_found"),
                            after=lambda t, a, answer: t.assertEqual(answer.json["events"][0]["act"], "screen")),
    "screen_lead": Row(on_lead("/screen", "head"), foreign=by("district", 404, "lead.not_found")),
    "dismiss_lead": Row(on_lead("/dismiss", "head", {"reason": "重复线索"}), foreign=by("district", 404, "lead.not_found")),
    "screen_leads": Row(lambda w: Ask(w.head, "/api/desk/leads/screen", {"leads": w.seen(w.lead())}), foreign="item by item", after=bulk_is_done),
    "dismiss_leads": Row(lambda w: Ask(w.head, "/api/desk/leads/dismiss", {"leads": w.seen(w.lead()), "reason": "重复线索"}),
                         foreign="item by item", after=bulk_is_done),
    "merge_leads_each": Row(lambda w: Ask(w.head, "/api/desk/leads/merge", {"leads": w.seen(w.screened())}), foreign="item by item", after=bulk_is_done),
    "get_procedure": Row(lambda w: Ask(w.plain, "/api/procedures/lead"), EVERYONE, "no secret"),
    "get_ageing": Row(lambda w: Ask(w.head, "/api/figures/ageing"), foreign="own list"),
    "get_flow": Row(lambda w: Ask(w.head, "/api/figures/flow?from=2026-01&to=2026-12"), foreign="own list"),
    "get_precision": Row(lambda w: Ask(w.head, "/api/figures/precision"), foreign="of all"),
    # cases
    "list_cases": Row(lambda w: (w.once("dispatched"), Ask(w.auditor, "/api/cases?mine=true"))[1], "own list", "own list",
                      after=lambda t, a, answer: t.assertGreater(answer.json["total"], 0)),
    "merge_leads": Row(lambda w: Ask(w.head, "/api/cases", {"leads": w.seen(w.screened())}), foreign=by("district", 404, "lead.not_found")),
    "dispatch_cases": Row(lambda w: (lambda c: Ask(w.chief, "/api/cases/dispatch", {
        "cases": [{"case_id": c["case_id"], "version": c["version"]}], "organisation": "d01-agency"}))(w.case()), foreign="item by item", after=bulk_is_done),
    "get_case": Row(reads_case(""), NOT_THERE, by("auditor2", 404, "case.not_found")),
    "list_case_events": Row(reads_case("/events"), NOT_THERE, by("auditor2", 404, "case.not_found")),
    "list_case_proposals": Row(reads_case("/proposals"), NOT_THERE, by("auditor2", 404, "case.not_found")),
    "download_case_document": Row(reads_document, NOT_THERE, by("auditor2", 404, "case.not_found")),
    "download_case_file": Row(reads_case_file, NOT_THERE, by("auditor2", 404, "case.not_found")),
    "dispatch_case": Row(case_act("dispatch", "case", "chief", lambda w, c: {"organisation": "d01-agency", "verifier": w.persons["auditor"]}),
                         foreign=by("district_chief", 404, "case.not_found")),
    "name_verifier": Row(case_act("verifier", "unallotted", "manager", lambda w, c: {"person_id": w.persons["auditor"]}),
                         foreign=by("district_chief", 404, "case.not_found")),
    "accept_case": Row(case_act("accept", "dispatched", "auditor"), by("auditor3", 403, "case.other_verifier"), by("auditor2", 404, "case.not_found")),
    "go_onsite": Row(case_act("onsite", "accepted", "auditor", {"reason": "入户核实"}), foreign=by("auditor2", 404, "case.not_found")),
    "leave_site": Row(case_act("offsite", "on_site", "auditor", {"reason": "核实完毕"}), foreign=by("auditor2", 404, "case.not_found")),
    "recuse": Row(case_act("recusals", "accepted", "auditor", lambda w, c: {"person_id": w.persons["auditor"], "ground": "other", "reason": "同乡"}),
                  by("auditor3", 403, "access.no_right"), by("auditor2", 404, "case.not_found")),
    "add_case_document": Row(case_act("documents", "accepted", "auditor", lambda w, c: w.document_body()),
                             by("auditor3", 403, "case.other_verifier"), by("auditor2", 404, "case.not_found")),
    "conclude_case": Row(case_act("conclude", "reported", "auditor", lambda w, c: w.conclusions(c)), foreign=by("auditor2", 404, "case.not_found")),
    "suspend_case": Row(case_act("suspend", "accepted", "auditor", {"reason": "等待协查", "until": "2099-12-31"}), foreign=by("auditor2", 404, "case.not_found")),
    "resume_case": Row(case_act("resume", "suspended", "auditor", {"reason": "已答复"}), foreign=by("auditor2", 404, "case.not_found")),
    "close_case": Row(case_act("close", "concluded", "auditor", {"summary": "不属实，无须处置"}), foreign=by("auditor2", 404, "case.not_found")),
    "reopen_case": Row(case_act("reopen", "closed", "chief", {"reason": "收到新的举报"}), foreign=by("district_chief", 404, "case.not_found")),
    "verify_case_again": Row(case_act("verify_again", "concluded", "chief", {"reason": "证据不足"}), foreign=by("district_chief", 404, "case.not_found")),
    # what follows
    "list_disposals": Row(reads_case("/disposals"), foreign=by("auditor2", 404, "case.not_found")),
    "add_disposal": Row(lambda w: Ask(w.auditor, f"/api/cases/{w.once('confirmed')['case_id']}/disposals", w.disposal_body()),
                        foreign=by("auditor2", 404, "case.not_found")),
    "withdraw_disposal": Row(lambda w: (lambda d: Ask(w.auditor, f"/api/cases/{d['case_id']}/disposals/{d['disposal_id']}/withdraw",
                                                      {"reason": "文号有误"}, version=d["version"]))(w.disposal()), foreign=by("auditor2", 404, "case.not_found")),
    "list_recoveries": Row(lambda w: Ask(w.auditor, f"/api/recoveries?case_id={w.recovery()['case_id']}"), foreign="own list",
                           after=lambda t, a, answer: t.assertEqual([one["open_fen"] for one in answer.json["recoveries"]], [9_900])),
    "get_recovery": Row(lambda w: Ask(w.auditor, f"/api/recoveries/{w.recovery()['recovery_id']}"), foreign=by("auditor2", 404, "recovery.not_found")),
    "add_recovery": Row(lambda w: Ask(w.auditor, f"/api/cases/{w.once('confirmed')['case_id']}/recoveries", w.recovery_body()),
                        foreign=by("auditor2", 404, "case.not_found")),
    "add_recovery_line": Row(lambda w: (lambda r: Ask(w.auditor, f"/api/recoveries/{r['recovery_id']}/lines", w.line_body(200), version=r["version"]))(w.recovery()),
                             foreign=by("auditor2", 404, "recovery.not_found"), after=lambda t, a, answer: t.assertEqual(answer.json["open_fen"], 9_700)),
    "reverse_recovery_line": Row(lambda w: (lambda r: Ask(w.auditor, f"/api/recoveries/{r['recovery_id']}/lines/{r['lines'][0]['line_id']}/reverse",
                                                          {"reason": "重复登记"}, version=r["version"]))(w.recovery()),
                                 foreign=by("auditor2", 404, "recovery.not_found"), after=lambda t, a, answer: t.assertEqual(answer.json["open_fen"], 10_000)),
    "agree_instalments": Row(lambda w: (lambda r: Ask(w.auditor, f"/api/recoveries/{r['recovery_id']}/instalments", {
        "instalments": [{"due_on": "2098-01-31", "amount_fen": 900}, {"due_on": "2098-02-28", "amount_fen": 9_000}], "document": "还款协议 1"},
        version=r["version"]))(w.recovery()), foreign=by("auditor2", 404, "recovery.not_found")),
    "list_write_offs": Row(lambda w: Ask(w.auditor, f"/api/recoveries/{w.recovery()['recovery_id']}/write_offs"), foreign=by("auditor2", 404, "recovery.not_found")),
    "ask_write_off": Row(lambda w: (lambda r: Ask(w.manager, f"/api/recoveries/{r['recovery_id']}/write_offs",
                                                  {"part": "principal", "amount_fen": 500, "grounds": "死亡无遗产", "post": "BM"}, version=r["version"]))(w.recovery()),
                         by("auditor", 403, "duties.post_not_held"), by("auditor2", 404, "recovery.not_found")),
    "change_write_off": Row(lambda w: (lambda asked: Ask(w.manager, f"/api/write_offs/{asked['write_off_id']}",
                            {"amount_fen": 4_000, "grounds": "继承人已还部分", "post": "BM"}, version=asked["version"]))(w.write_off()),
                            by("auditor3", 403, "duties.post_not_held"), by("auditor2", 404, "recovery.no_write_off")),
    "list_remedies": Row(lambda w: (w.remedy(), Ask(w.auditor, "/api/remedies"))[1], "own list", "own list"),
    "get_remedy": Row(lambda w: Ask(w.auditor, f"/api/remedies/{w.remedy()['remedy_id']}"), NOT_THERE, by("auditor2", 404, "remedy.not_found")),
    "order_remedy": Row(lambda w: Ask(w.auditor, f"/api/cases/{w.once('confirmed')['case_id']}/remedies", w.remedy_body()), foreign=by("auditor2", 404, "case.not_found")),
    "report_remedy": Row(lambda w: (lambda r: Ask(w.manager, f"/api/remedies/{r['remedy_id']}/report", {
        "report": "已修订办法", "evidence": [w.file(w.manager)["sha256"]], "reference": "津社规〔2026〕1号", "post": "BM"}, version=r["version"]))(w.remedy()),
        by("auditor3", 403, "duties.post_not_held"), by("auditor2", 404, "remedy.not_found")),
    "withdraw_remedy": Row(lambda w: (lambda r: Ask(w.auditor, f"/api/remedies/{r['remedy_id']}/withdraw", {"reason": "误开"}, version=r["version"]))(w.remedy()),
                           foreign=by("auditor2", 404, "remedy.not_found")),
    "list_accountabilities": Row(reads_case("/accountabilities"), foreign=by("auditor2", 404, "case.not_found")),
    "propose_accountability": Row(lambda w: Ask(w.auditor, f"/api/cases/{w.once('confirmed')['case_id']}/accountabilities", w.accountability_body()),
                                  foreign=by("auditor2", 404, "case.not_found")),
    "record_accountability": Row(lambda w: (lambda a: Ask(w.auditor3, f"/api/cases/{a['case_id']}/accountabilities/{a['accountability_id']}/decision", {
        "measure": "批评教育", "document": "津社人〔2026〕1号", "on": datetime.date.today().isoformat()}, version=a["version"]))(
        w.of_case(w.auditor, w.once('confirmed'), "accountabilities", w.accountability_body())), foreign=by("auditor2", 404, "case.not_found")),
    "list_requests": Row(lambda w: (w.request(), Ask(w.auditor2, "/api/requests"))[1], "own list", "own list"),
    "get_request": Row(lambda w: Ask(w.auditor2, f"/api/requests/{w.request()['request_id']}"), NOT_THERE, by("auditor4", 404, "request.not_found")),
    "send_request": Row(lambda w: Ask(w.auditor, f"/api/cases/{w.once('accepted')['case_id']}/requests", w.request_body()), foreign=by("auditor2", 404, "case.not_found")),
    "answer_request": Row(lambda w: (lambda r: Ask(w.auditor2, f"/api/requests/{r['request_id']}/answer", {"text": "未在我处领取", "document": "复函 1"},
                                                   version=r["version"]))(w.request()), by("auditor", 403, "access.no_right"), by("auditor4", 404, "request.not_found")),
    "withdraw_request": Row(lambda w: (lambda r: Ask(w.auditor, f"/api/requests/{r['request_id']}/withdraw", {"reason": "已查明"}, version=r["version"]))(w.request()),
                            foreign=by("auditor4", 404, "request.not_found")),
    # referral
    "test_referral": Row(lambda w: Ask(w.plain, "/api/referrals/test?offence=fraud&amount_fen=1000000&persons=2"), EVERYONE, NO_ID),
    "list_referrals": Row(lambda w: (w.referral(), Ask(w.head, "/api/referrals?open_only=true"))[1], foreign="own list"),
    "propose_referral": Row(lambda w: Ask(w.head, f"/api/cases/{w.confirmed()['case_id']}/referrals", w.referral_body()),
                            foreign=by("district", 404, "case.not_found")),
    "get_referral": Row(lambda w: Ask(w.head, f"/api/referrals/{w.referral()['referral_id']}"), foreign=by("district", 404, "referral.not_found")),
    "change_referral": Row(lambda w: (lambda r: Ask(w.head, f"/api/referrals/{r['referral_id']}", w.referral_body(),
                           version=r["version"]))(w.changed_referral()), foreign=by("district", 404, "referral.not_found")),
    "enter_referral_event": Row(lambda w: (lambda r: Ask(w.head, f"/api/referrals/{r['referral_id']}/events",
                                {"event": "handed_over", "document": "津社移〔2026〕1号", "file_sha256": w.file(w.head)["sha256"]},
                                version=r["version"]))(w.decided_referral()), foreign=by("district", 404, "referral.not_found")),
    "pack_referral": Row(lambda w: Ask(w.head, f"/api/referrals/{w.referral()['referral_id']}/pack", {"reveal_reason": "随案移送"}),
                         foreign=by("district", 404, "referral.not_found")),
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
    "revoke_post": Row(lambda w: Ask(w.admin, f"/api/holdings/{w.spare_holding}/end"), foreign=by("granter2", 404, "access.no_holding")),
    "end_cover": Row(lambda w: Ask(w.admin, f"/api/covers/{w.spare_cover}/end"),
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
    # jobs, the schedule, sources: of the whole authority
    "list_jobs": Row(lambda w: Ask(w.head, "/api/jobs"), foreign="an empty list: jobs_test"),
    "ask_import": Row(lambda w: Ask(w.head, "/api/jobs/import", {"paths": [w.inbox_file()]}), foreign=by("district", 403, "access.no_right")),
    "ask_detection": Row(lambda w: Ask(w.head, "/api/jobs/detect", {"only": ["EP-01"], "force": False}),
                         foreign=by("district", 403, "access.no_right")),
    "get_job": Row(lambda w: Ask(w.head, f"/api/jobs/{w.job_over()['job_id']}"), foreign=by("district", 404, "job.not_found")),
    "get_job_log": Row(lambda w: Ask(w.head, f"/api/jobs/{w.job_over()['job_id']}/log"), foreign=by("district", 404, "job.not_found")),
    "cancel_job": Row(cancels_job, foreign=by("district", 404, "job.not_found")),
    "ask_job_again": Row(lambda w: Ask(w.head, f"/api/jobs/{w.job_over()['job_id']}/again"), foreign=by("district", 404, "job.not_found")),
    "list_inbox": Row(lambda w: Ask(w.head, "/api/inbox"), foreign="an empty list: jobs_test"),
    "list_schedules": Row(lambda w: Ask(w.head, "/api/schedules"), foreign="an empty list: jobs_test"),
    "get_schedule": Row(lambda w: Ask(w.head, f"/api/schedules/{w.schedule()['name']}"), foreign=by("district", 404, "schedule.not_found")),
    "set_schedule": Row(lambda w: (lambda one: Ask(w.head, f"/api/schedules/{one['name']}",
                                                   {"kind": "detect", "rule": "monthly 6 02:00", "late": "skip"},
                                                   version=one["version"]))(w.changed_schedule()),
                        foreign=by("district", 403, "access.no_right")),
    "remove_schedule": Row(lambda w: (lambda one: Ask(w.head, f"/api/schedules/{one['name']}", version=one["version"]))(w.changed_schedule()),
                           foreign=by("district", 404, "schedule.not_found")),
    "list_sources": Row(lambda w: Ask(w.head, "/api/sources"), foreign="an empty list: jobs_test"),
    "get_source": Row(lambda w: Ask(w.head, "/api/sources/ext_death"), foreign=by("district", 404, "source.not_found")),
    "set_source_agreement": Row(lambda w: (lambda one: Ask(w.head, f"/api/sources/{one['table']}/agreement", w.agreement(),
                                                           version=one["version"]))(w.agreed()),
                                foreign=by("district", 404, "source.not_found")),
    "reset_source_agreement": Row(lambda w: (lambda one: Ask(w.head, f"/api/sources/{one['table']}/agreement", version=one["version"]))(w.agreed()),
                                  foreign=by("district", 404, "source.not_found")),
    # asking for posts
    "list_grants": Row(lambda w: Ask(w.auditor, "/api/grants"), foreign="a list of one's own: lists_hold_ones_own"),
    "get_grant": Row(lambda w: Ask(w.auditor, f"/api/grants/{w.grant()['grant_id']}"), foreign=by("auditor2", 404, "duties.no_grant")),
    "ask_grant": Row(lambda w: Ask(w.manager, "/api/grants", w.grant_body()), foreign=by("manager2", 404, "access.no_organisation")),
    "change_grant": Row(lambda w: (lambda one: Ask(w.manager, f"/api/grants/{one['grant_id']}", {**w.asked_body, "post": "FH"},
                                                   version=one["version"]))(w.changed_grant()),
                        foreign=by("manager2", 404, "duties.no_grant")),
}
