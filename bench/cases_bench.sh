#!/usr/bin/env bash
# Leads at the desk, on SQLite and PostgreSQL: taking in, lists, counts, acts. Usage: bench/cases_bench.sh [LEADS] [FOLDER]
# FOLDER is where the SQLite database goes: its disk is what is measured. PostgreSQL lives in the temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d -p "${2:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$folder"' EXIT
grep -m1 'model name' /proc/cpuinfo || true # some machines name none
/usr/bin/python3 bench/on_both.py build/release/bin/cases_bench "$folder" "${1:-1000000}"
