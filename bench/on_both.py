"""Runs a benchmark on SQLite in a folder and, where it can be had, on a PostgreSQL of its own: on_both.py PROGRAM FOLDER COUNT"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))
import postgres  # noqa: E402

server = postgres.Server(durable=True)
try:
    where = [server.address] if server.address else []
    if server.missing:
        print(f"without PostgreSQL: {server.missing}")
    done = subprocess.run([*sys.argv[1:], *where], check=False)
finally:
    server.stop()
sys.exit(done.returncode)
