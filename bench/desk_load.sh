#!/usr/bin/env bash
# The API with a million leads at the desk, under wrk, on SQLite and PostgreSQL. Usage: bench/desk_load.sh [LEADS (1000000)]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
grep -m1 'model name' /proc/cpuinfo || true # some machines name none
printf '%s cores, load %s\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
exec /usr/bin/python3 bench/desk_load.py "$@"
