#!/usr/bin/env bash
# The main job on a synthetic city: time and memory peak of each step. Usage: bench/detect_bench.sh [PEOPLE] [SEED] [CITY]
# CITY: a folder made by `anlan sim` before, to be used as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
people=${1:-1000000}
seed=${2:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
city=${3:-$folder/city}
anlan=build/release/bin/anlan

grep -m1 'model name' /proc/cpuinfo || true
printf '%s cores, %s people, seed %s\n' "$(nproc)" "$people" "$seed"

# Runs a step quietly and prints its wall time, processor time and memory peak; 3 (something rejected) is fine.
step() {
  local name=$1
  shift
  /usr/bin/python3 - "$name" "$@" <<'PYTHON'
import resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
wall = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{sys.argv[1]:12} {wall:8.2f} s wall {used.ru_utime + used.ru_stime:8.2f} s cpu {used.ru_maxrss / 1024:8.0f} MB peak")
if done.returncode not in (0, 3):
    sys.exit(done.returncode)
if sys.argv[1] in ("import", "detect"):
    print(done.stdout)
PYTHON
}

[ -d "$city" ] || step sim "$anlan" sim "$city" --people "$people" --seed "$seed"
printf 'files: %s\n' "$(du -sh "$city" | cut -f1)"
"$anlan" init "$folder/workspace" >/dev/null
step import "$anlan" import "$folder/workspace" "$city"
step detect "$anlan" detect "$folder/workspace"
step leads "$anlan" leads "$folder/workspace" --format jsonl --out "$folder/leads.jsonl"

# One person's timeline: with nothing in the page cache (where it may be emptied), then again.
who=$(grep -h -m1 -o '"subject_id":"[0-9]\{17\}[0-9X]"' "$folder"/workspace/runs/*/leads/EP-01.jsonl | cut -d'"' -f4)
if sync && echo 3 2>/dev/null >/proc/sys/vm/drop_caches; then
  step 'person, cold' "$anlan" person "$folder/workspace" "$who"
fi
for _ in 1 2 3; do step person "$anlan" person "$folder/workspace" "$who"; done
