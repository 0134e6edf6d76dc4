#!/usr/bin/env bash
# Dossier files against DuckDB sorting and writing the same rows as Parquet, the size of both, and finding one dossier.
# Usage: bench/dossier_bench.sh [PEOPLE] [ROUNDS] [WORKSPACE]
# WORKSPACE: a workspace that holds a city already, to be used as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
people=${1:-200000}
rounds=${2:-3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
workspace=${3:-$folder/workspace}
anlan=build/release/bin/anlan

grep -m1 'model name' /proc/cpuinfo || true
printf '%s cores, %s people, %s rounds\n' "$(nproc)" "$people" "$rounds"
if [ ! -d "$workspace" ]; then
  "$anlan" sim "$folder/city" --people "$people" --seed 1 --format parquet >/dev/null
  "$anlan" init "$workspace" >/dev/null
  "$anlan" import "$workspace" "$folder/city" >/dev/null || [ $? -eq 3 ]
fi
build/release/bin/dossier_bench "$workspace" person "$rounds"
