# shellcheck shell=bash
# The demo: real miners on loopback, and what the extension does about them.

step_run() {
  local browser=chromium headless=''
  while [ $# -gt 0 ]; do
    case $1 in
      --browser) value "$@" && known_browser "$2" && browser=$2 && shift ;;
      --headless) headless=--headless ;;
      *) die "run takes no \"$1\"" "see ./build.sh help" ;;
    esac
    shift
  done
  step_build
  node_packages tests
  node_packages tests/sites
  need_browser "$browser"
  (cd tests && exec node --import tsx demo/main.ts --browser "$browser" $headless)
}
