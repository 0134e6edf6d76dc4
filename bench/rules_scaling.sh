#!/usr/bin/env bash
# How building dossiers and running all rules about persons grow with a city.
# Usage: bench/rules_scaling.sh [PEOPLE… (20000 100000)]; SEED (11) and SCALING_FOLDER (where cities lie) from the environment.
# For each size a city of 24 months is made, imported, its dossier files built and judged with one thread and with two, each the
# median of three from the page cache, and deleted again. Peaks are those of the whole program: of building, and of judging.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- 20000 100000
seed=${SEED:-11}
bin=build/release/bin
work=$(mktemp -d -p "${SCALING_FOLDER:-${TMPDIR:-/tmp}}") && trap 'rm -rf "$work"' EXIT
grep -m1 'model name' /proc/cpuinfo || true
printf 'cores %s, load %s, seed %s\n' "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)" "$seed"
printf '%10s %12s %7s %9s %12s %9s %9s %7s %10s %10s %12s\n' \
  people rows GB 'build s' 'build MB' 'rules s 1' 'rules s 2' ratio 'ns/row 1' 'ns/row 2' 'rules MB'

# Runs a program and gives its wall seconds and its peak in MB.
measured() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import resource, subprocess, sys, time
started = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print(f"{time.monotonic() - started:.1f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f}")
PYTHON
}

for people in "$@"; do
  "$bin/anlan" sim "$work/city" --people "$people" --seed "$seed" --months 24 --format parquet >/dev/null 2>&1
  "$bin/anlan" init "$work/fund" >/dev/null
  "$bin/anlan" import "$work/fund" "$work/city" >/dev/null 2>&1 || [ $? -eq 3 ]
  rm -rf "$work/city"
  read -r build_s build_mb < <(measured "$bin/anlan" dossiers "$work/fund" build person)
  "$bin/rules_city_bench" "$work/fund" --sizes --threads 1 --rounds 3 >"$work/one"
  "$bin/rules_city_bench" "$work/fund" --sizes --threads 2 --rounds 3 >"$work/two"
  read -r rows gb one peak_one <"$work/one"
  read -r _ _ two peak_two <"$work/two"
  awk -v people="$people" -v rows="$rows" -v gb="$gb" -v build_s="$build_s" -v build_mb="$build_mb" -v one="$one" -v two="$two" \
    -v peak="$((peak_one > peak_two ? peak_one : peak_two))" 'BEGIN {
      printf "%10d %12d %7.2f %9.1f %12d %9.3f %9.3f %7.2f %10.2f %10.2f %12d\n", people, rows, gb, build_s, build_mb, one, two,
        one / two, one * 1e9 / rows, two * 1e9 / rows, peak }'
  rm -rf "$work/fund"
done
