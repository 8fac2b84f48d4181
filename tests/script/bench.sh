#!/usr/bin/env bash
# Script scanning in wasm beside V8's own regular expressions: ./build.sh bench script [FOLDER]
# FOLDER holds the scripts to read; by default the built extensions and node_modules of this project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec node tests/script/bench.mjs "$@"
