#!/usr/bin/env bash
# Gathers miners and harmless modules, changes the miners, judges everything and writes REPORT.md.
# Takes an hour the first time; what is there already is kept. NOMINE_CORPUS names the folder.
#   bench.sh [--held-out | --all]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
corpus=${NOMINE_CORPUS:-${XDG_CACHE_HOME:-$HOME/.cache}/nomine/corpus}
mkdir -p "$corpus"

cargo build --quiet --release --locked -p nomine-cli
node "$here/fetch.mjs" "$here/benign.txt" "$corpus/benign" wasm
node "$here/fetch.mjs" "$here/javascript.txt" "$corpus/javascript" js
if command -v clang >/dev/null || command -v emcc >/dev/null; then
  python3 "$here/build_miners.py" "$corpus/miners"
else
  echo 'no compiler for WebAssembly (clang with wasi-libc, emcc or ziglang): no miners are built' >&2
fi
python3 "$here/build_rust.py" "$corpus/miners"
if command -v wasm-opt >/dev/null; then
  python3 "$here/mutate.py" "$corpus/miners" "$corpus/mutated" --per-family 3
else
  echo 'wasm-opt is not installed: miners are judged as they are only' >&2
fi
node "$here/measure.mjs" target/release/nomine "$corpus" --report "$here/REPORT.md" "$@"
