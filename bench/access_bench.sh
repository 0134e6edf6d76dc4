#!/usr/bin/env bash
# What a login costs; no rival, since the cost is chosen: the more, the dearer is guessing.
# Usage: bench/access_bench.sh [HASHES]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), load $(cut -d' ' -f1-3 /proc/loadavg)"
exec build/release/bin/access_bench "${1:-20}"
