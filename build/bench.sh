# shellcheck shell=bash
# Measurements: each is a script tests/NAME/bench.sh that prints its own table.

step_bench() {
  local name scripts=(tests/*/bench.sh)
  [ -e "${scripts[0]}" ] || die 'there is nothing to measure yet.'
  if [ "${1:-}" = --list ]; then
    for name in "${scripts[@]}"; do basename "$(dirname "$name")"; done
    return
  fi
  if [ -n "${1:-}" ]; then
    name=$1
    shift
    [ -f "tests/$name/bench.sh" ] || die "there is no measurement \"$name\"" 'see ./build.sh bench --list'
    scripts=("tests/$name/bench.sh")
  fi
  step_build
  for name in "${scripts[@]}"; do bash "$name" "$@"; done
}
