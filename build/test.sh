# shellcheck shell=bash
# Every check, counted: one line each while it runs, the sum at the end.

passed=0
failed=0

# count LOG : adds what a test runner's output says (cargo's and node's words).
count() {
  local good bad
  good=$(sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '/^test result:/ { n += $4 } /^(#|ℹ) pass / { n += $3 } END { print n + 0 }')
  bad=$(sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '/^test result:/ { n += $6 } /^(#|ℹ) (fail|cancelled) / { n += $3 } END { print n + 0 }')
  passed=$((passed + good))
  failed=$((failed + bad))
  counted="$good passed, $bad failed"
  counted_bad=$bad
  counted_all=$((good + bad))
}

# check NAME COMMAND... : a command that is one check by itself.
check() {
  local name=$1 log=out/test/${1// /-}.log start=$SECONDS
  shift
  mkdir -p out/test
  if ("$@") >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    printf '%-28s ok   (%s s)\n' "$name" $((SECONDS - start))
  else
    failed=$((failed + 1))
    tail -n 40 "$log"
    printf '%-28s FAILED (%s s), all of it: %s\n' "$name" $((SECONDS - start)) "$log"
  fi
}

# suite NAME COMMAND... : a test runner, whose own count is added.
suite() {
  local log=out/test/${1// /-}.log start=$SECONDS status=0
  mkdir -p out/test
  ("${@:2}") >"$log" 2>&1 </dev/null || status=$?
  suite_end "$status" $((SECONDS - start)) "$1"
}

# why LOG : what node's runner says of each test that failed; a log can be put together of several files.
why() {
  awk '/^✖ failing tests/ { shown = 1; next } /^(▶|✔|ℹ) / { shown = 0 } shown' "$1"
}

# suite_end STATUS SECONDS NAME : counts what has run, by its log, and says how it went.
suite_end() {
  local status=$1 seconds=$2 name=$3 log=out/test/${3// /-}.log
  count "$log"
  # A runner that broke down without naming a failed test is a failure too; so is one that ran nothing.
  if [ "$counted_all" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$counted_bad" -eq 0 ]; }; then
    failed=$((failed + 1))
    status=1
  fi
  if [ "$status" -ne 0 ]; then
    grep -E '^(not ok|✖|test .* FAILED|---- .* stdout)' "$log" | head -n 40 || true
    why "$log" | head -n 120 | grep . || tail -n 60 "$log"
    printf '%-28s FAILED: %s (%s s), all of it: %s\n' "$name" "$counted" "$seconds" "$log"
  else
    printf '%-28s ok: %s (%s s)\n' "$name" "$counted" "$seconds"
  fi
}

# Those under version control; where there is none, all but what was made.
shell_scripts() {
  git ls-files '*.sh' .ci/run 2>/dev/null || find . \( -name node_modules -o -name target -o -name dist -o -name out \) -prune -o \( -name '*.sh' -o -path ./.ci/run \) -print | sed 's|^[.]/||'
}

check_shell() {
  # shellcheck disable=SC2046
  if have shellcheck; then shellcheck -x $(shell_scripts); else for f in $(shell_scripts); do bash -n "$f" || return 1; done; fi
}

web_ext_lint() {
  ! tests/node_modules/.bin/web-ext lint --source-dir dist/firefox --no-config-discovery --boring --output json >out/web-ext.json
  node build/web-ext-verdict.mjs out/web-ext.json
}

lints() {
  need_rust_lints
  check 'cargo fmt' cargo fmt --check
  check 'cargo clippy' cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
  check 'shell scripts' check_shell
  check 'tsc extension' node_modules/.bin/tsc --noEmit
  check 'tsc tests' node_modules/.bin/tsc --noEmit -p tests
  if [ -f dist/firefox/manifest.json ]; then check 'web-ext lint' web_ext_lint; fi
}

verdict() {
  printf '%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

step_lint() {
  no_arguments lint "$@"
  step_build
  node_packages tests
  lints
  verdict
}

node_tests() { find "$@" -name '*.test.[tm]*s' -not -path '*/node_modules/*' 2>/dev/null | sort; }

run_node_tests() {
  local jobs=$1
  shift
  node --import tsx --test --test-force-exit --test-timeout=600000 --test-concurrency="$jobs" --test-reporter=spec "$@"
}

browser_tests() { (cd tests && NOMINE_BROWSERS=$1 run_node_tests 1 "${@:2}"); }

# browser_file BROWSER FILE : one file in one browser, with a log of its own, and a mark where it failed.
browser_file() {
  local log
  log="out/test/in-$1/$(basename "$2").log"
  rm -f "$log.failed"
  browser_tests "$@" >"$log" 2>&1 </dev/null || touch "$log.failed"
}

# second_try BROWSER FILE... : the files that failed, once more, with the machine to themselves. Browsers on
# a busy machine stumble now and then; what passes only then is named, so that nobody takes it for sound.
second_try() {
  local browser=$1 file log
  for file in "${@:2}"; do
    log="out/test/in-$browser/$(basename "$file").log"
    [ -e "$log.failed" ] || continue
    mv "$log" "$log.first"
    browser_file "$browser" "$file"
    [ -e "$log.failed" ] || sed -n '/^✖ failing tests/,$ { s/^✖ \(.*\) ([0-9.]*ms)$/    only at the second try, in '"$browser"': \1/p }' "$log.first"
  done
}

# browser_queue FILE... : each file in each of `browsers`. They are half a round apart, so that files that
# keep both cores busy do not meet themselves in the other browser.
browser_queue() {
  local at turn files=("$@")
  for at in "${!files[@]}"; do
    for turn in "${!browsers[@]}"; do
      printf '%s %s\n' "${browsers[turn]}" "${files[(at + turn * $# / 2) % $#]}"
    done
  done
}

# in_browsers "BROWSER..." FILE... : three files at a time, whatever their browser, since a browser under
# test mostly waits; what fails is tried again when it has the machine to itself.
in_browsers() {
  local browser browsers parts start=$SECONDS status
  read -ra browsers <<<"$1"
  shift
  for browser in "${browsers[@]}"; do
    rm -rf "out/test/in-$browser"
    mkdir -p "out/test/in-$browser"
  done
  export -f browser_file browser_tests run_node_tests
  browser_queue "$@" |
    xargs -P 3 -L 1 bash -c 'browser_file "$@"' browser_file
  for browser in "${browsers[@]}"; do
    parts="out/test/in-$browser"
    second_try "$browser" "$@"
    status=0
    ! compgen -G "$parts/*.failed" >/dev/null || status=1
    cat "$parts"/*.log >"$parts.log"
    suite_end "$status" $((SECONDS - start)) "in $browser"
  done
}

# The pool that pages of tests/evasion talk to over WebTransport.
build_transport_pool() {
  [ -e tests/webtransport/target/debug/nomine-webtransport ] || say "compiling a pool for WebTransport"
  cargo build --quiet --locked --manifest-path tests/webtransport/Cargo.toml
}

need_fuzz() {
  cargo +nightly --version >/dev/null 2>&1 ||
    { have rustup && quietly "$cache/log/nightly.log" rustup toolchain install nightly --profile minimal; } ||
    die 'Fuzzing needs the nightly toolchain of Rust.' 'Install rustup, then: rustup toolchain install nightly'
  have cargo-fuzz || quietly "$cache/log/cargo-fuzz.log" cargo install --quiet --locked cargo-fuzz ||
    die 'cargo-fuzz could not be installed.' 'By hand: cargo install --locked cargo-fuzz'
}

# A minute for each target. What is found grows in out/fuzz; the committed corpus is only read.
fuzz() {
  local target seeds before=$failed
  # What cannot be fuzzed is a check that failed: all others have been made, and are to be counted.
  check 'fuzzing tools' need_fuzz
  [ "$failed" -eq "$before" ] || return 0
  for target in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    seeds=fuzz/corpus/$target
    mkdir -p "out/fuzz/$target"
    check "fuzz $target" cargo +nightly fuzz run "$target" "out/fuzz/$target" "$seeds" -- \
      -max_total_time=60 -timeout=25 -rss_limit_mb=4096
  done
}

step_test() {
  local deep='' only='' browsers=(chromium firefox) start=$SECONDS browser files
  while [ $# -gt 0 ]; do
    case $1 in
      --deep) deep=1 && export NOMINE_DEEP=1 ;;
      --only) value "$@" && only=$2 && shift ;;
      --browser) value "$@" && known_browser "$2" && browsers=("$2") && shift ;;
      *) die "test takes no \"$1\"" "see ./build.sh help" ;;
    esac
    shift
  done
  case $only in '' | rust | node | browser) ;; *) die "there is no kind of test \"$only\"" 'Known: rust, node, browser.' ;; esac

  step_build
  node_packages tests
  if [ -z "$only" ]; then lints; fi
  case $only in '' | rust)
    suite 'cargo test' cargo test --quiet --locked --workspace
    ;;
  esac
  case $only in '' | node)
    mapfile -t files < <(node_tests extension build tests/script)
    if [ "${#files[@]}" -gt 0 ]; then suite 'unit tests' run_node_tests 2 "${files[@]}"; fi
    ;;
  esac
  case $only in '' | browser)
    if [ -f dist/chromium/manifest.json ]; then
      node_packages tests/sites
      build_transport_pool
      # The longest are the last in the alphabet: they begin, so that all end together.
      mapfile -t files < <(cd tests && node_tests browser evasion | sort -r)
      for browser in "${browsers[@]}"; do need_browser "$browser"; done
      in_browsers "${browsers[*]}" "${files[@]}"
    fi
    ;;
  esac
  if [ -n "$deep" ]; then fuzz; fi
  say "(took $(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s)"
  verdict
}
