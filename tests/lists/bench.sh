#!/usr/bin/env bash
# Installs lists of 317, 11,500 and 300,000 entries in both browsers and measures time and memory; then
# the bytes of a daily update by the whole file and by the difference. NOMINE_BROWSERS chooses browsers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
[ -d tests/node_modules ] || (cd tests && npm ci --silent)
(cd tests && node --import tsx lists/bench.ts)

nomine=target/debug/nomine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists"
cp -r blocklists/signatures "$work/lists/"
"$nomine" keygen --no-password "$work/key" >/dev/null
bundle() {
  "$nomine" bundle --lists "$work/lists" --bundle-version "$1" --key "$work/key.key" --out "$work/$1.nomine" >/dev/null
}
echo
echo '| daily update of our channel | bytes, whole | bytes, difference |'
echo '|---|---|---|'
for count in 0 11500 300000; do
  cp blocklists/miners.txt "$work/lists/miners.txt"
  # Names without a pattern, so that they compress as badly as real ones.
  seq "$count" | awk '{ h = ($1 * 2654435761) % 4294967296; printf "||m%x%x.example^\n", h, $1 }' >>"$work/lists/miners.txt"
  bundle 1
  seq 12 | sed 's/.*/||new-miner-&.example^/' >>"$work/lists/miners.txt"
  sed -i '100,102d' "$work/lists/miners.txt"
  bundle 2
  "$nomine" delta "$work/1.nomine" "$work/2.nomine" --key "$work/key.key" --out "$work/delta" >/dev/null
  echo "| our list and $count names more, 12 lines added and 3 removed | $(stat -c %s "$work/2.nomine") | $(stat -c %s "$work/delta") |"
done
