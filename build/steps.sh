# shellcheck shell=bash
# From sources to dist/: crates, WebAssembly, rules, extensions; and cleaning up again.

wasm_out=target/wasm32-unknown-unknown/wasm
# Features that Chromium and Firefox have had for years; wasm-opt has to be told.
wasm_features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-sign-ext
  --enable-nontrapping-float-to-int --enable-reference-types --enable-multivalue --enable-simd)

# The same bytes wherever the project and cargo's home happen to be; vectors, as both browsers have them.
wasm_flags() {
  printf '%s' "-Ctarget-feature=+simd128 --remap-path-prefix=$PWD=/nomine --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
}

compile_wasm() {
  local package=$1
  [ -e "$wasm_out/${package//-/_}.wasm" ] || say "compiling $package to WebAssembly"
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$(wasm_flags)" \
    "${wasm_cargo[@]}" build --quiet --locked --profile wasm --target wasm32-unknown-unknown "${wasm_build_std[@]}" -p "$package"
}

# shrink_wasm FROM TO OPTION...
shrink_wasm() {
  local from=$1 to=$2
  shift 2
  node_modules/.bin/wasm-opt "${wasm_features[@]}" "$@" "$from" -o "$to.part"
  mv "$to.part" "$to"
}

build_command() {
  [ -e target/debug/nomine ] || say "compiling the command nomine"
  cargo build --quiet --locked -p nomine-cli
}

build_rules() {
  [ -d blocklists ] || return 0
  outdated dist/rules/.made target/debug/nomine blocklists || return 0
  say "compiling block lists"
  rm -rf dist/rules
  mkdir -p dist/rules
  target/debug/nomine compile --lists blocklists --out dist/rules </dev/null
  touch dist/rules/.made
}

build_engine() {
  mkdir -p dist/wasm
  compile_wasm nomine-web
  outdated dist/wasm/engine_bg.wasm "$wasm_out/nomine_web.wasm" || return 0
  local made=target/bindgen
  rm -rf "$made"
  "$wasm_bindgen" --target web --out-dir "$made" --out-name engine "$wasm_out/nomine_web.wasm"
  cp "$made"/engine.js "$made"/engine.d.ts dist/wasm/
  shrink_wasm "$made/engine_bg.wasm" dist/wasm/engine_bg.wasm -O3
}

build_inspector() {
  mkdir -p dist/wasm
  compile_wasm nomine-inspector
  outdated dist/wasm/inspector.wasm "$wasm_out/nomine_inspector.wasm" || return 0
  # A page waits until the functions of its first verdict are compiled, and those that run often are
  # compiled anew: they are left apart, not put into the one that calls them.
  shrink_wasm "$wasm_out/nomine_inspector.wasm" dist/wasm/inspector.wasm -O3 --one-caller-inline-max-function-size=60
}

build_extension() {
  [ -f extension/build.mjs ] || return 0
  node extension/build.mjs </dev/null
}

step_build() {
  no_arguments build "$@"
  need_rust
  need_node
  node_packages .
  need_wasm_target
  need_wasm_bindgen
  build_command
  build_rules
  build_engine
  build_inspector
  build_extension
}

step_clean() {
  case ${1:-} in
    '') ;;
    --all) rm -rf node_modules tests/node_modules tests/{peers,sites}/node_modules ;;
    *) die "clean takes no \"$1\"" "see ./build.sh help" ;;
  esac
  rm -rf dist out target fuzz/{target,artifacts,coverage} {tests/corpus/mutator,tests/webtransport}/target tests/corpus/{,others/}__pycache__
}
