#!/usr/bin/env bash
# What the guard costs a page that does nothing wrong, in both browsers: ./build.sh bench guard
# Each figure is a median over rounds that alternate between a browser with the extension and one without.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=/dev/null
. build/common.sh
# shellcheck source=/dev/null
. build/tools.sh
node_packages tests
node_packages tests/sites
need_chromium
need_firefox
wc -c dist/chromium/guard.js dist/firefox/guard.js
cd tests
exec node --import tsx guard/bench.ts "$@"
