#!/usr/bin/env bash
# Script inspection: ./build.sh bench script [FOLDER]
# First its speed in wasm beside V8's own regular expressions, over the scripts in FOLDER (by default
# node_modules of this project); then what it finds of miners under the disguises of real tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
node tests/script/bench.mjs "$@"
cargo build --quiet --release --locked -p nomine-cli
node tests/script/obfuscate.mjs target/release/nomine
