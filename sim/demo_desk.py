"""People of a synthetic authority who work on the leads of a demo workspace, through the API alone.

    demo_desk.py PROGRAM WORKSPACE [--lang zh|en] [--port 8080] [--leave]

Makes one account for each role, starts `PROGRAM serve WORKSPACE`, and acts as these people until there are leads in every state.
Then says who may log in, and serves until it is stopped; with --leave the server ends at once.
"""

import argparse
import datetime
import http.client
import json
import pathlib
import secrets
import signal
import subprocess
import sys
import urllib.parse

# login, organisation, post, what they are, in both languages
CAST = [
    ("jiandu1", "supervision", "JD", "基金监督：筛选、合并、移送", "fund supervision: screens, merges, refers"),
    ("jiandu2", "supervision", "JD", "基金监督：第二名办案人员", "fund supervision: the second officer"),
    ("chuzhang", "supervision", "JZ", "基金监督处负责人：派发、销号", "head of fund supervision: dispatches, closes"),
    ("jihe1", "d01-agency", "JH", "第一区经办机构稽核内控：核查", "internal audit of district 1's agency: verifies"),
    ("jihe2", "d01-agency", "JH", "第一区经办机构稽核内控：复查", "internal audit of district 1's agency: checks"),
    ("bumen", "d01-agency", "BM", "第一区经办机构部门负责人：复核结论", "head of department there: reviews conclusions"),
    ("danwei", "d01-agency", "DW", "第一区经办机构负责人", "head of that agency"),
    ("kuaiji", "d01-agency", "KJ", "第一区经办机构会计：登记追回", "accountant there: enters what comes back"),
    ("caiwu", "d01-agency", "CZ", "第一区经办机构财务主管", "head of finance there"),
    ("jihe3", "d02-agency", "JH", "第二区经办机构稽核内控：答复协查", "internal audit of district 2's agency: answers requests"),
    ("fazhi", "bureau", "FZ", "市局法制审核", "legal review of the bureau"),
    ("juzhang", "bureau", "DW", "市局主要负责人：决定移送", "head of the bureau: decides on referrals"),
    ("anquan", "information", "AQ", "安全审计员：查日志", "security auditor: reads the journal"),
]


def id_number(serial):
    """A number of the region 1299xx, which no county has ever had, with its right check digit."""
    digits = f"12990019700101{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights)) % 11]


class Refused(Exception):
    """An answer that was not a success."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body[:1000]!r}")
        self.status, self.body = status, body
        try:
            self.code = json.loads(body)["code"]
        except (ValueError, KeyError):
            self.code = ""


class Person:
    """One person with a browser."""

    def __init__(self, port, login):
        self.port, self.login = port, login
        self.cookie = self.csrf = None

    def ask(self, method, target, body=None, version=None, headers=None, raw=None):
        sent = {"Accept-Language": "zh", **(headers or {})}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf and method != "GET":
            sent["X-CSRF-Token"] = self.csrf
        if version is not None:
            sent["If-Match"] = f'"v{version}"'
        if body is not None:
            raw, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, body=raw, headers=sent)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(answer.status, text)
        if answer.getheader("set-cookie"):
            self.cookie = answer.getheader("set-cookie").split(";")[0]
        return json.loads(text) if text and "json" in answer.getheader("content-type", "") else text

    def get(self, target):
        return self.ask("GET", target)

    def post(self, target, body=None, version=None):
        return self.ask("POST", target, body, version)

    def log_in(self, password):
        self.csrf = None
        self.csrf = self.post("/api/login", {"login": self.login, "password": password})["csrf_token"]

    def set_password(self, once, password):
        """The first login can only change the password."""
        self.log_in(once)
        self.post("/api/me/password", {"old_password": once, "new_password": password})
        self.log_in(password)

    def give(self, name, text):
        """A file of theirs; its hash."""
        return self.ask("POST", "/api/files", raw=text.encode(), headers={
            "X-File-Name": urllib.parse.quote(name), "Content-Type": "application/octet-stream"})["sha256"]


class Office:
    """The people, and what they do to leads."""

    def __init__(self, port, people):
        self.port = port
        self.__dict__.update(people)
        self.persons = {one["login"]: one["person_id"] for one in self.admin_accounts()}
        self.waiting = self.new_leads()

    def admin_accounts(self):
        return self.jihe1.get("/api/accounts")["accounts"] + self.jiandu1.get("/api/accounts")["accounts"]

    def new_leads(self):
        """New leads, each of another subject: those about people and money first, as the queue has them."""
        leads, seen, cursor = [], set(), ""
        while True:
            page = self.jiandu1.get(f"/api/desk/leads?state=new&limit=200{cursor}")
            leads += page["leads"]
            if not page["next"] or len(leads) >= 2000:
                break
            cursor = "&cursor=" + page["next"]
        for lead in sorted(leads, key=lambda one: not (one["subject_kind"] == "person" and one["amount_fen"] > 0)):
            if (lead["subject_kind"], lead["subject_shown"]) not in seen:
                seen.add((lead["subject_kind"], lead["subject_shown"]))
                yield lead

    def screened(self, lead=None):
        lead = lead or next(self.waiting)
        return self.jiandu1.post(f"/api/desk/leads/{lead['lead_id']}/screen", version=lead["version"])

    def on(self, person, case, act, body=None):
        return person.post(f"/api/cases/{case['case_id']}/{act}", body, version=case["version"])

    def read(self, case):
        return self.chuzhang.get(f"/api/cases/{case['case_id']}")

    def decided(self, person, matter_id, post, verdict="approve", opinion="同意"):
        matter = person.get(f"/api/matters/{matter_id}")
        return person.post(f"/api/matters/{matter_id}/decide",
                           {"step": matter["step"], "verdict": verdict, "post": post, "opinion": opinion}, version=matter["version"])

    def dismissed(self):
        lead = self.screened()
        lead = self.jiandu1.post(f"/api/desk/leads/{lead['lead_id']}/dismiss", {"reason": "同名同姓，证件号码登记错误，已由原单位更正"},
                                 version=lead["version"])
        self.decided(self.chuzhang, lead["matter_id"], "JZ")

    def case(self, lead=None):
        lead = self.screened(lead)
        return self.jiandu1.post("/api/cases", {"leads": [{"lead_id": lead["lead_id"], "version": lead["version"]}]})

    def assigned(self, lead=None):
        return self.on(self.chuzhang, self.case(lead), "dispatch", {"organisation": "d01-agency", "verifier": self.persons["jihe1"]})

    def verifying(self, lead=None):
        return self.on(self.jihe1, self.assigned(lead), "accept")

    def onsite(self):
        return self.on(self.jihe1, self.verifying(), "onsite", {"reason": "入户核实领取人情况"})

    def suspended(self):
        case = self.verifying()
        until = datetime.date.today() + datetime.timedelta(days=20)
        self.jihe1.post(f"/api/cases/{case['case_id']}/requests", {
            "to_organisation": "d02-agency", "number": f"津社协〔{until.year}〕{case['case_id']}号",
            "question": "请核实该人员是否在你处领取待遇", "working_days": 10})
        return self.on(self.jihe1, self.read(case), "suspend", {"reason": "等待第二区答复协查函", "until": until.isoformat()})

    def concluded(self, result="confirmed", lead=None):
        case = self.verifying(lead)
        report = self.jihe1.give("核查情况说明.txt", f"核查 {case['number']}：已调取登记与发放记录，走访居委会。\n")
        case = self.on(self.jihe1, case, "documents", {"kind": "verification_report", "sha256": report, "note": "核查情况说明"})
        conclusions = [{"lead_id": one["lead_id"], "result": result,
                        "confirmed_fen": one["amount_fen"] if result == "confirmed" else 0,
                        "grounds": "登记、火化与发放记录相符" if result == "confirmed" else "本人健在，登记有误"} for one in case["leads"]]
        case = self.on(self.jihe1, case, "conclude", {"conclusions": conclusions})
        self.decided(self.bumen, case["matter_id"], "BM")
        return self.read(case)

    def amount_of(self, case):
        return sum(lead["amount_fen"] for lead in case["leads"])

    def disposing(self, lead=None, instalments=True):
        """Disposed of, the money registered and coming, a mechanism item ordered."""
        case = self.concluded(lead=lead)
        place, today = f"/api/cases/{case['case_id']}", datetime.date.today()
        self.jihe1.post(f"{place}/disposals", {"kind": "order_to_return", "document": f"津社稽追〔{today.year}〕{case['case_id']}号",
                                               "grounds": "多发待遇应当退回", "amount_fen": self.amount_of(case)})
        recovery = self.kuaiji.post(f"{place}/recoveries", {
            "debtor": "person", "basis": "社会保险法 88", "due_fen": self.amount_of(case),
            "due_on": (today + datetime.timedelta(days=30)).isoformat(), "interest": "none"})
        where = f"/api/recoveries/{recovery['recovery_id']}"
        if instalments:
            first = recovery["due_fen"] // 2
            parts = [(45, first), (90, recovery["due_fen"] - first)]
            recovery = self.kuaiji.ask("POST", f"{where}/instalments", {
                "document": "还款协议", "instalments": [{"due_on": (today + datetime.timedelta(days=days)).isoformat(), "amount_fen": fen}
                                                    for days, fen in parts if fen]}, version=recovery["version"])
        else:
            self.kuaiji.post(f"{where}/lines", {"kind": "received", "part": "principal", "amount_fen": recovery["due_fen"],
                                                "on": today.isoformat(), "document": "银行回单"}, version=recovery["version"])
        remedy = self.jihe1.post(f"{place}/remedies", {
            "kind": "mechanism", "means": "control", "organisation": "d01-agency", "owner": self.persons["danwei"],
            "what": "每月发放前与公安、民政、卫健死亡信息比对", "due_on": (today + datetime.timedelta(days=60)).isoformat()})
        return self.read(case), remedy

    def mended(self, remedy):
        """The mechanism item is done, with evidence, and checked by another."""
        proof = self.bumen.give("比对规则上线记录.txt", f"机制项 {remedy['remedy_id']}：比对规则已在发放前运行。\n")
        remedy = self.bumen.post(f"/api/remedies/{remedy['remedy_id']}/report", {
            "report": "发放前比对已上线", "evidence": [proof], "reference": "发放前死亡比对", "post": "BM"}, version=remedy["version"])
        self.decided(self.jiandu1, remedy["matter_id"], "JD")

    def ready_to_close(self, lead=None):
        case, remedy = self.disposing(lead, instalments=False)
        self.mended(remedy)
        return self.read(case)

    def closing(self, lead=None):
        return self.on(self.jihe1, self.ready_to_close(lead), "close", {"summary": "款项已全部追回，机制已完善"})

    def reviewed(self, lead=None):
        case = self.closing(lead)
        self.decided(self.jiandu2, case["matter_id"], "JD")
        return self.read(case)

    def closed(self, lead=None):
        case = self.reviewed(lead)
        self.decided(self.chuzhang, case["matter_id"], "JZ")
        return self.read(case)

    def reopened(self):
        return self.on(self.chuzhang, self.closed(), "reopen", {"reason": "收到新的举报线索"})

    def referred(self, lead=None):
        """A case referred to the police and received by them."""
        case, _ = self.disposing(lead)
        referral = self.jiandu1.post(f"/api/cases/{case['case_id']}/referrals", {
            "offence": "fraud", "subject": "individual", "persons": 1, "amount_fen": self.amount_of(case), "addressee": "某市公安局",
            "facts": "待遇领取人死亡后，他人隐瞒死亡事实继续领取待遇。", "second_officer": self.persons["jiandu2"], "post": "JD",
            "items": [{"name": "社会保障卡", "quantity": "1 张"}]})
        for person, post in ((self.jiandu2, "JD"), (self.fazhi, "FZ"), (self.juzhang, "DW")):
            self.decided(person, referral["matter_id"], post, opinion="同意移送")
        where = f"/api/referrals/{referral['referral_id']}"
        pack = self.jiandu1.ask("POST", f"{where}/pack", {"reveal_reason": "随案移送公安机关"})
        kept = self.jiandu1.ask("POST", "/api/files", raw=pack, headers={
            "X-File-Name": urllib.parse.quote("移送材料.zip"), "Content-Type": "application/octet-stream"})["sha256"]
        for event, file in (("handed_over", kept), ("receipted", None)):
            referral = self.jiandu1.get(where)
            body = {"event": event, "document": f"津社移〔{datetime.date.today().year}〕{referral['referral_id']}号"}
            if file:
                body["file_sha256"] = file
            self.jiandu1.post(f"{where}/events", body, version=referral["version"])
        return self.jiandu1.get(where), pack

    def all_states(self):
        """Something in every state; yields what was done, in both languages, as long as there are leads."""
        for chinese, english, act in (
                ("筛选", "screened", self.screened), ("筛除", "dismissed", self.dismissed), ("派发", "dispatched", self.assigned),
                ("核查", "being verified", self.verifying), ("移送公安", "referred", self.referred),
                ("处置与分期", "being put right", self.disposing), ("销号", "closed", self.closed),
                ("结论", "concluded", self.concluded), ("不属实", "unfounded", lambda: self.concluded("unfounded")),
                ("现场核查", "on site", self.onsite), ("中止待复", "suspended", self.suspended), ("审核", "reviewed", self.reviewed),
                ("重新打开", "reopened", self.reopened)):
            try:
                act()
            except StopIteration:
                return  # a small city has fewer leads than there are states
            yield chinese, english


def run(program, *words):
    ended = subprocess.run([program, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: {ended.stderr}{ended.stdout}")
    return ended.stdout


def make_people(program, workspace):
    """On the console, before the first matter; the one-time password of each."""
    run(program, "actor", "identify", workspace, "admin", "--id-no", id_number(100), "--name", "管理员")
    run(program, "actor", "add", workspace, "shenpi", "--name", "筹建审批人", "--id-no", id_number(101), "--organisation", "bureau")
    once = {}
    for serial, (login, organisation, post, _, _) in enumerate(CAST, 102):
        made = run(program, "actor", "add", workspace, login, "--name", f"演示{login}", "--id-no", id_number(serial),
                   "--organisation", organisation, "--json")
        once[login] = json.loads(made)["one_time_password"]
        run(program, "actor", "grant", workspace, login, post, "--organisation", organisation, "--approved-by", "shenpi")
    return once


def logged_in(port, once):
    """Everybody, with a password of their own."""
    people, passwords = {}, {}
    for login, word in once.items():
        passwords[login] = f"demo-{secrets.token_hex(3)}-{secrets.token_hex(3)}"
        people[login] = Person(port, login)
        people[login].set_password(word, passwords[login])
    return people, passwords


def start(program, workspace, port, *more):
    """The server, and where it listens."""
    server = subprocess.Popen([program, "serve", str(workspace), "--port", str(port), "--json", "--quiet", "--login-rate", "1000", *more],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    if not line:
        sys.exit(server.wait() or 1)
    return server, json.loads(line)["url"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("workspace", type=pathlib.Path)
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--leave", action="store_true", help="end when everything was done")
    options = parser.parse_args()
    zh = options.lang == "zh"
    once = make_people(options.program, options.workspace)
    server, url = start(options.program, options.workspace, options.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        people, passwords = logged_in(int(url.rsplit(":", 1)[1]), once)
        office = Office(int(url.rsplit(":", 1)[1]), people)
        done = [words[0 if zh else 1] for words in office.all_states()]
        print(("已通过接口办理：" if zh else "done through the API: ") + ("、" if zh else ", ").join(done))
        print("\n" + ("各状态的疑点" if zh else "leads by state"))
        names = {one["name"]: one for one in people["jiandu1"].get("/api/procedures/lead")["states"]}
        for state, name in names.items():
            leads = people["jiandu1"].get(f"/api/desk/leads/count?state={state}")["leads"]
            print(f"  {leads:>8,}  {name['title']['zh' if zh else 'en']}")
        print("\n" + ("演示账号（密码仅本次有效）" if zh else "demo accounts (passwords of this run)"))
        for login, organisation, post, chinese, english in CAST:
            print(f"  {login:10} {passwords[login]:28} {post:3} {organisation:12} {chinese if zh else english}")
        print("\n" + (f"服务在 {url}，接口文档 {url}/api/docs；Ctrl-C 结束" if zh else f"serving at {url}, the contract at {url}/api/docs; Ctrl-C ends"),
              flush=True)
        if not options.leave:
            server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        server.wait()


if __name__ == "__main__":
    main()
