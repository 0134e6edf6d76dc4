"""Runs every test and adds them up: unit tests (GoogleTest), tidy checks, scenarios, faults.

The last line is `N passed, N failed`. Words on the command line choose tests whose name contains one of them.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

import postgres

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def add(self, passed, failures):
        self.passed += passed
        self.failures += failures


def run_unit(program, tally):
    """One GoogleTest program; a crash counts as one failure."""
    started = time.monotonic()
    done = subprocess.run([program, "--gtest_color=no"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", cwd=ROOT)
    passed = re.search(r"^\[  PASSED  \] (\d+) test", done.stdout, re.M)
    failed = sorted(set(re.findall(r"^\[  FAILED  \] ([\w/]+\.[\w/]+)", done.stdout, re.M)))
    name = program.name
    if done.returncode != 0 and not failed:
        failed = [f"ended with {done.returncode} outside any test"]
    count = int(passed.group(1)) if passed else 0
    tally.add(count, [f"{name}: {test}" for test in failed])
    print(f"{name}: {count} passed, {len(failed)} failed, {time.monotonic() - started:.1f} s", flush=True)
    if failed:
        print(done.stdout[-6000:], done.stderr[-4000:], sep="\n")


class Result(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.passed_count = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed_count += 1


def run_python(path, tally):
    """One file of Python tests; it finds the program under test in ANLAN."""
    started = time.monotonic()
    sys.path.insert(0, str(path.parent))
    suite = unittest.defaultTestLoader.loadTestsFromName(path.stem)
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=1, resultclass=Result)
    result = runner.run(suite)
    bad = result.failures + result.errors
    tally.add(result.passed_count, [f"{path.name}: {test.id()}" for test, _ in bad])
    print(f"{path.relative_to(ROOT)}: {result.passed_count} passed, {len(bad)} failed, "
          f"{time.monotonic() - started:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    build = options.build.resolve()
    os.environ["ANLAN"] = str(build / "bin" / "anlan")
    os.environ.setdefault("LC_ALL", "C.UTF-8")

    def chosen(name):
        return not options.names or any(word in name for word in options.names)

    programs = [program for program in sorted((build / "bin").glob("*_test")) if chosen(program.name)]
    scripts = [path for folder in ("tidy", "scenarios", "faults") for path in sorted((ROOT / "tests" / folder).glob("*_test.py"))
               if chosen(path.name)]
    # Whoever names the variable wants the server.
    server = None
    if any(b"ANLAN_TEST_POSTGRES" in test.read_bytes() for test in [*programs, *scripts]):
        server = postgres.Server()
        if server.address:
            os.environ["ANLAN_TEST_POSTGRES"] = server.address
        else:
            print(f"PostgreSQL half SKIPPED: {server.missing}", flush=True)

    tally = Tally()
    try:
        for program in programs:
            run_unit(program, tally)
        for path in scripts:
            run_python(path, tally)
    finally:
        if server:
            server.stop()

    for failure in tally.failures:
        print("FAILED", failure)
    if tally.passed + len(tally.failures) == 0:
        print("no test was run")
        sys.exit(1)
    print(f"{tally.passed} passed, {len(tally.failures)} failed")
    sys.exit(1 if tally.failures else 0)


if __name__ == "__main__":
    main()
