#!/usr/bin/env bash
# Gathers miners and harmless modules, changes the miners, judges everything and writes REPORT.md.
# Takes hours the first time; what is there already is kept. NOMINE_CORPUS names the folder.
#   bench.sh [--held-out | --all] [--judge-only] [--per-family N]
# --judge-only measures what is there without fetching, building or changing anything.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
corpus=${NOMINE_CORPUS:-${XDG_CACHE_HOME:-$HOME/.cache}/nomine/corpus}
export NOMINE_CORPUS=$corpus
mkdir -p "$corpus"
gather=1 per_family=4 judge=()
while (($#)); do
  case $1 in
    --judge-only) gather=0 ;;
    --per-family) per_family=$2; shift ;;
    --held-out | --all | --no-times) judge+=("$1") ;;
    *) echo "bench corpus: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done

cargo build --quiet --release --locked -p nomine-cli
if ((gather)); then
  python3 "$here/tools.py"
  node "$here/fetch.mjs" "$here/miners.txt" "$corpus/published" all
  node "$here/fetch.mjs" "$here/benign.txt" "$corpus/benign" wasm
  node "$here/fetch.mjs" "$here/javascript.txt" "$corpus/javascript" js
  node "$here/fetch.mjs" "$here/shaders.txt" "$corpus/shaders" shaders
  python3 "$here/build_miners.py" "$corpus/miners"
  python3 "$here/build_rust.py" "$corpus/miners"
  python3 "$here/build_others.py" "$corpus/miners"
  python3 "$here/mutate.py" "$corpus/miners" "$corpus/mutated" "$corpus/benign" --per-family "$per_family"
  node "$here/same.mjs" "$corpus"
fi
node "$here/measure.mjs" target/release/nomine "$corpus" --report "$here/REPORT.md" "${judge[@]}"
