#!/usr/bin/env bash
# Rules over the dossiers of a synthetic city. Usage: bench/rules_bench.sh [PEOPLE (200000)] [SEED (11)] [ROUNDS (3)] [MONTHS (24)]
# Five million people of eight months are more than 130 million rows; the city lies in TMPDIR (18 GB). What needs a year to
# show is planted in no city of eight months: there most rules find nothing.
#   a  all rules about persons against only summing the columns they read; one rule more; from disk; each rule that has an SQL
#      statement against that statement in DuckDB, one by one, on the same data with two threads
#   b  one dossier of about 200 rows in memory, of a small city, against two rule engines of npm (left out where npm cannot be had)
#   c  one thread and two
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
people=${1:-200000} seed=${2:-11} rounds=${3:-3} months=${4:-24}
bin=build/release/bin
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
grep -m1 'model name' /proc/cpuinfo || true
printf 'cores %s, load %s\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"

"$bin/anlan" --lang en sim "$work/city" --people "$people" --seed "$seed" --months "$months" --format parquet >/dev/null 2>&1
"$bin/anlan" --lang en init "$work/fund" >/dev/null
"$bin/anlan" --lang en import "$work/fund" "$work/city" 2>/dev/null | tail -n 2
rm -rf "$work/city"
"$bin/anlan" --lang en dossiers "$work/fund" build 2>/dev/null

printf '\n== a: %s people, two threads\n' "$people"
"$bin/rules_city_bench" "$work/fund" --threads 2 --rounds "$rounds" --cold --marginal
printf '\n== a: against SQL statements of the same checks, two threads, shared views computed before\n'
"$bin/anlan_agreement" "$work/fund" --statements tests/agreement --threads 2 --runs "$rounds" --tables

printf '\n== b: one dossier of about 200 rows, out of a city of 20,000 people over 24 months\n'
"$bin/anlan" --lang en sim "$work/city" --people 20000 --seed "$seed" --format parquet >/dev/null 2>&1
"$bin/anlan" --lang en init "$work/small" >/dev/null
"$bin/anlan" --lang en import "$work/small" "$work/city" >/dev/null 2>&1
"$bin/anlan" --lang en dossiers "$work/small" build >/dev/null 2>&1
"$bin/rules_one_bench" "$work/small" --rows 200 --export "$work/one.json"
if command -v node >/dev/null && command -v npm >/dev/null &&
  npm install --silent --no-save --no-audit --no-fund --prefix "$work/npm" \
    @gorules/zen-engine@0.54.0 json-rules-engine@7.3.1 >/dev/null 2>&1; then
  cp bench/rules_rivals.mjs "$work/npm/"
  (cd "$work/npm" && node rules_rivals.mjs "$work/one.json")
else
  echo 'rivals SKIPPED: node, npm or their packages cannot be had'
fi

printf '\n== c: one thread\n'
"$bin/rules_city_bench" "$work/fund" --threads 1 --rounds "$rounds" | tail -n 3
