#!/usr/bin/env bash
# The inspector's size, its speed over modules beside V8's own compilation, and its first verdict in a
# fresh process and a fresh page: ./build.sh bench inspector [FOLDER [EVERY]]
# FOLDER holds the modules (default: the harmless ones that `bench corpus` fetches); every EVERYth is read.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=${1:-${NOMINE_CACHE:-$HOME/.cache/nomine}/corpus/benign}
[ -d "$folder" ] || folder=tests/sites/node_modules
exec node tests/inspector/bench.mjs "$folder" "${2:-1}"
