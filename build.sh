#!/usr/bin/env bash
# The one door to this project. `./build.sh help` says what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ "${BASH_VERSINFO[0]}" -lt 4 ]; then
  echo "build.sh: bash 4.4 or newer is needed (macOS: brew install bash)" >&2
  exit 1
fi
for piece in common tools steps test package run bench; do
  # shellcheck source=/dev/null
  . "build/$piece.sh"
done

usage() {
  cat <<'TEXT'
usage: ./build.sh COMMAND [options]

  build                 both extensions, into dist/chromium and dist/firefox
  run [--browser chromium|firefox] [--headless]
                        build, serve a demo site on this machine, open a browser with the
                        extension on it and show real miners being stopped
  test [--deep] [--only rust|node|browser] [--browser chromium|firefox]
                        formatting, lints, unit and browser tests; the last line says
                        "N passed, N failed". --deep adds a minute of fuzzing per target, and
                        runs the applications in frames, under policies and isolated
  bench [NAME]          measurements (all, or one of those that `bench --list` names)
  package               store-ready zip files and a source archive, into dist/package
  lint                  formatting and lints only
  clean [--all]         remove what build and test made (--all: node packages too)
  help                  this text

What is missing is installed: Rust's WebAssembly target, wasm-bindgen, node packages,
geckodriver (into ${NOMINE_CACHE:-~/.cache/nomine}) and, on Debian, Chromium and Firefox.
Use installed browsers by CHROMIUM=/path FIREFOX=/path.
TEXT
}

main() {
  local command=${1:-help}
  shift || true
  case $command in
    build) step_build "$@" ;;
    run) step_run "$@" ;;
    test) step_test "$@" ;;
    bench) step_bench "$@" ;;
    package) step_package "$@" ;;
    lint) step_lint "$@" ;;
    clean) step_clean "$@" ;;
    help | -h | --help) usage ;;
    *)
      echo "build.sh: there is no command \"$command\"" >&2
      usage >&2
      exit 2
      ;;
  esac
}
main "$@"
