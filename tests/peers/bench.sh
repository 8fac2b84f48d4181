#!/usr/bin/env bash
# The engine beside its peers: crate `adblock` native and in WebAssembly, and three engines written
# in JavaScript. Times, sizes, memory, and instructions per request.
# Needs lists and recorded requests: NOMINE_DATA=/path/to/data. Writes REPORT.md beside this file.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${NOMINE_DATA:-}" ]; then
  echo 'peers: NOMINE_DATA is not set, so there are no lists and requests to measure with; skipped.'
  exit 0
fi
NOMINE_DATA=$(cd "$NOMINE_DATA" && pwd)
export NOMINE_DATA
rows=(a b c c300 d)
target=${CARGO_TARGET_DIR:-target}
made=out/peers
report=tests/peers/REPORT.md
mkdir -p "$made"

cargo build -q --release -p nomine-peers
native=$target/release/native

# Both engines behind one interface. A folder of its own for the peer, so that neither is built anew
# each time; SIMD for neither.
wasm() {
  local features=() folder=$1 name=$2
  [ "$name" = nomine ] || features=(--features peer)
  cargo build -q --profile wasm --target wasm32-unknown-unknown --target-dir "$folder" \
    --manifest-path tests/peers/wasm/Cargo.toml "${features[@]}"
  cp "$folder/wasm32-unknown-unknown/wasm/nomine_peers_wasm.wasm" "$made/$name.wasm"
}
wasm "$target" nomine
wasm "$target/peer" adblock
[ tests/peers/node_modules -nt tests/peers/package-lock.json ] || npm ci --silent --prefix tests/peers
for row in "${rows[@]}"; do "$native" lists "$made" "$row"; done

processor=$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo 2>/dev/null || true)
versions=$(sed -n 's/^    "\(@[^"]*\)": "\(.*\)",\?$/\1 \2/p' tests/peers/package.json | sed '/agtree/d' | paste -sd, | sed 's/,/, /g')
adblock=$(sed -n '/^name = "adblock"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)

instructions() {
  local scratch requests row engine
  scratch=$(mktemp -d)
  requests=$(zcat "$NOMINE_DATA/requests/main.tsv.gz" | wc -l)
  echo '| lists | nomine | adblock | adblock / nomine |'
  echo '|---|---|---|---|'
  for row in "${rows[@]}"; do
    for engine in ours theirs; do
      valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --collect-atstart=no \
        --toggle-collect="*ask_$engine*" "$native" count "$engine" "$row" 2>"$scratch/$engine"
    done
    awk -v row="$row" -v n="$requests" \
      -v a="$(sed -n 's/.*Collected : //p' "$scratch/ours")" \
      -v b="$(sed -n 's/.*Collected : //p' "$scratch/theirs")" \
      'BEGIN { printf "| %s | %d | %d | %.1f× |\n", row, a / n, b / n, b / a }'
  done
  rm -rf "$scratch"
}

# What loading the stored engine adds to a process that did nothing else.
memory() {
  local row ours theirs
  echo '| lists | nomine, kB | adblock, kB | adblock / nomine |'
  echo '|---|---|---|---|'
  for row in "${rows[@]}"; do
    "$native" store "$made" "$row"
    ours=$("$native" memory ours "$made/$row.ours")
    theirs=$("$native" memory theirs "$made/$row.theirs")
    awk -v row="$row" -v a="$ours" -v b="$theirs" \
      'BEGIN { printf "| %s | %d | %d | %s |\n", row, a, b, a ? sprintf("%.1f×", b / a) : "–" }'
  done
}

{
  cat <<TEXT
# The engine beside its peers

Made by \`NOMINE_DATA=... ./build.sh bench peers\` on $(date -u +%Y-%m-%d): $(nproc) cores${processor:+ ($processor)},
$(rustc --version), node $(node --version), adblock $adblock, $versions.

Rows: a = NoCoin + uBlock resource abuse; b = a + 1,700 miner domains; c = a + 27,000 domains;
c300 = a + 300,000 domains; d = EasyList + EasyPrivacy. 30,524 recorded requests. Processor time,
medians of seven rounds; p99 by the clock. Absolute figures drift with the machine: ratios count.

## Native

TEXT
  "$native"
  echo
  echo '### Memory that a loaded engine adds'
  echo
  memory
  if command -v valgrind >/dev/null; then
    echo
    echo '### Instructions per request (callgrind; the same in every run)'
    echo
    instructions
  fi
  cat <<'TEXT'

## In node: WebAssembly and JavaScript

Crossing into WebAssembly is included: both texts are written into its memory, one call asks. Memory
is what the library and one loaded engine add to heap, buffers and WebAssembly memory.
`@adguard/tsurlfilter` has no stored form. "Stopped" differs where engines read a filter
differently (whole pages, see the differential test).

TEXT
  node tests/peers/measure.mjs "${rows[@]}"
} >"$made/REPORT.md"
mv "$made/REPORT.md" "$report"
cat "$report"
