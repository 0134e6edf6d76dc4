#!/usr/bin/env bash
# Import of a CSV against DuckDB's COPY of the same file. Usage: bench/import_bench.sh [ROWS] [RUNS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
grep -m1 'model name' /proc/cpuinfo || true
build/release/bin/import_bench "$folder" "${1:-5000000}" "${2:-3}"
