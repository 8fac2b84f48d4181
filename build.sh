#!/usr/bin/env bash
# The one door: ./build.sh run | build | test | bench | package | lint | clean
set -euo pipefail
cd "$(dirname "$0")"
cargo fmt --check
cargo clippy --workspace --all-targets -- -D warnings
cargo test --workspace
