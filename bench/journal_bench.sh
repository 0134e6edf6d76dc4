#!/usr/bin/env bash
# The journal against the disk's own syncs. Usage: bench/journal_bench.sh [ENTRIES] [FOLDER ON THE DISK TO MEASURE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d -p "${2:-build}")
trap 'rm -rf "$folder"' EXIT
grep -m1 'model name' /proc/cpuinfo || true
build/release/bin/journal_bench "$folder" "${1:-1000000}"
