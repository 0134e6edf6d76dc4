#!/usr/bin/env bash
# Eight checks over columns against the interpreter and the sum of the columns. Usage: bench/rules_bench.sh [PAYMENTS] [RUNS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
grep -m1 'model name' /proc/cpuinfo || true
build/release/bin/rules_bench "${1:-10000000}" "${2:-5}"
