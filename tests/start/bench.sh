#!/usr/bin/env bash
# How large the engine is, and how long the background takes from its start until the engine answers, in
# both browsers: ./build.sh bench start. Measures what is in dist/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=/dev/null
. build/common.sh
# shellcheck source=/dev/null
. build/tools.sh
[ -e dist/chromium/engine.wasm ] || die 'there is no engine to measure' './build.sh build makes it'
node_packages tests
need_chromium
need_firefox
printf 'engine.wasm: %d bytes, %d with gzip -9\n' "$(wc -c <dist/chromium/engine.wasm)" "$(gzip -9c dist/chromium/engine.wasm | wc -c)"
cd tests
exec node --import tsx start/bench.ts
