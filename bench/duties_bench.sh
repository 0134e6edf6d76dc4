#!/usr/bin/env bash
# Approvals a second on SQLite and PostgreSQL, every one durable. Usage: bench/duties_bench.sh [MATTERS] [FOLDER]
# FOLDER is where the SQLite database goes: its disk is what is measured. PostgreSQL lives in the temporary folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d -p "${2:-${TMPDIR:-/tmp}}")
trap 'rm -rf "$folder"' EXIT
grep -m1 'model name' /proc/cpuinfo || true # some machines name none
/usr/bin/python3 bench/on_both.py build/release/bin/duties_bench "$folder" "${1:-2000}"
