#!/usr/bin/env bash
# The engine beside crate `adblock`, native: times, sizes, and instructions per request.
# Needs lists and recorded requests: NOMINE_DATA=/path/to/data. Writes REPORT.md beside this file.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${NOMINE_DATA:-}" ]; then
  echo 'peers: NOMINE_DATA is not set, so there are no lists and requests to measure with; skipped.'
  exit 0
fi
NOMINE_DATA=$(cd "$NOMINE_DATA" && pwd)
export NOMINE_DATA
cargo build -q --release -p nomine-peers
native=${CARGO_TARGET_DIR:-target}/release/native
report=tests/peers/REPORT.md
{
  echo '# The engine beside its peers'
  echo
  echo "Made by \`NOMINE_DATA=... ./build.sh bench peers\` on $(date -u +%Y-%m-%d), $(nproc) cores, $(rustc --version)."
  echo 'Rows: a = NoCoin + uBlock resource abuse; b = a + 1,700 miner domains; c = a + 27,000 domains;'
  echo 'c300 = a + 300,000 domains; d = EasyList + EasyPrivacy. Processor time, medians; ratios count.'
  echo
  echo '## Native, beside the crate adblock'
  echo
  "$native"
  if command -v valgrind >/dev/null; then
    echo
    echo '## Instructions per request (callgrind)'
    echo
    echo '| lists | nomine | adblock | ratio |'
    echo '|---|---|---|---|'
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    requests=$(zcat "$NOMINE_DATA/requests/main.tsv.gz" | wc -l)
    for row in a c c300 d; do
      for engine in ours theirs; do
        valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
          --toggle-collect="*ask_$engine*" "$native" count "$engine" "$row" 2>"$scratch/$engine"
      done
      ours=$(sed -n 's/.*Collected : //p' "$scratch/ours")
      theirs=$(sed -n 's/.*Collected : //p' "$scratch/theirs")
      awk -v row="$row" -v a="$ours" -v b="$theirs" -v n="$requests" \
        'BEGIN { printf "| %s | %d | %d | %.1f× |\n", row, a / n, b / n, b / a }'
    done
  fi
} >"$report.new"
mv "$report.new" "$report"
cat "$report"
