"""The API under load, with many leads at the desk: desk_load.py LEADS

For SQLite and, where it can be had, PostgreSQL: a workspace whose desk has that many leads, its server, and `wrk` (Debian's package) with two
threads and eight connections on one kind of request after the other. Says requests a second, how long half and 99 of 100 took, and the
server's memory.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "sim")]
import demo_desk  # noqa: E402
import postgres  # noqa: E402

PROGRAM = str(ROOT / "build/release/bin/anlan")
SECONDS = 10


def memory_mb(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024


def asked(url, person, target):
    """Requests a second, p50 and p99 in ms, and answers that were no success."""
    said = subprocess.run(["wrk", "-t2", "-c8", f"-d{SECONDS}s", "--latency", "-H", f"Cookie: {person.cookie}", url + target],
                          capture_output=True, check=True, text=True).stdout
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    took = {name: value for name, value in re.findall(r"^\s+(50|99)%\s+(\S+)", said, re.M)}
    return re.search(r"Requests/sec:\s+(\S+)", said)[1], took["50"], took["99"], int(wrong[1]) if wrong else 0


def measure(folder, leads, desk):
    workspace = folder / "workspace"
    demo_desk.run(PROGRAM, "init", workspace, *(["--desk", desk] if desk else []))
    demo_desk.run(PROGRAM, "actor", "add", workspace, "jiandu", "--name", "压力测试", "--id-no", demo_desk.id_number(102),
                  "--organisation", "supervision")
    demo_desk.run(PROGRAM, "actor", "add", workspace, "shenpi", "--name", "批准人", "--id-no", demo_desk.id_number(101), "--organisation", "bureau")
    demo_desk.run(PROGRAM, "actor", "grant", workspace, "jiandu", "JD", "--organisation", "supervision", "--approved-by", "shenpi")
    once = json.loads(demo_desk.run(PROGRAM, "actor", "password", workspace, "jiandu", "--json"))["one_time_password"]
    print(demo_desk.run(str(ROOT / "build/release/bin/cases_bench"), "fill", desk or workspace / "desk.db", leads).rstrip())
    server, url = demo_desk.start(PROGRAM, workspace, 0, "--rate", "1000000")
    try:
        person = demo_desk.Person(int(url.rsplit(":", 1)[1]), "jiandu")
        person.set_password(once, "load-of-a-desk-9")
        first = person.get("/api/desk/leads?limit=50")
        lead = first["leads"][0]
        before = memory_mb(server)
        for name, target in (("list: queue", "/api/desk/leads?limit=50"), ("list: next page", f"/api/desk/leads?limit=50&cursor={first['next']}"),
                             ("filter: high, one detection", f"/api/desk/leads?limit=50&severity=high&detection={lead['code']}"),
                             ("sort: by amount", "/api/desk/leads?limit=50&sort=-amount"), ("sort: by due day", "/api/desk/leads?limit=50&sort=due"),
                             ("count: high", "/api/desk/leads/count?severity=high"), ("history of one", f"/api/desk/leads/{lead['lead_id']}/events")):
            rate, half, most, wrong = asked(url, person, target)
            print(f"  {name:30} {rate:>9} requests/s   p50 {half:>9}   p99 {most:>9}   {f'{wrong} failed' if wrong else ''}")
        print(f"  server's memory: {before} MB before, {memory_mb(server)} MB after")
    finally:
        server.terminate()
        server.wait()


def main():
    leads = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    if not shutil.which("wrk"):
        sys.exit("desk_load SKIPPED: wrk is not installed (apt-get install wrk)")
    server = postgres.Server(durable=True)
    try:
        for name, desk in (("SQLite", None), ("PostgreSQL", server.address)):
            if name == "PostgreSQL" and not desk:
                print(f"without PostgreSQL: {server.missing}")
                continue
            print(f"{name}, {leads} leads")
            with tempfile.TemporaryDirectory() as folder:
                measure(pathlib.Path(folder), leads, desk)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
