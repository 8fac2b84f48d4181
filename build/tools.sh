# shellcheck shell=bash
# Finds the tools, and installs those that are missing. Every need_* is quiet when there is
# nothing to do, and ends with a plain message when it cannot help itself.

rust_minimum=1.95.0
node_minimum=20.11.0
geckodriver_version=0.37.1
# Where Debian's own Node.js is too old, this one comes from npm's registry.
node_version=22.22.0
# The Debian packages with which WebAssembly can be built where rustup has no target for it.
debian_rust=(rustc-web cargo-web rust-web-src lld-22)

# Arguments for cargo when it builds WebAssembly; set by need_wasm_target.
wasm_cargo=(cargo)
wasm_build_std=()

apt_install() {
  on_debian || return 1
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then
      sudo=(sudo -n)
    elif have sudo && [ -t 0 ]; then
      sudo=(sudo)
    else
      say "apt-get needs root, and sudo is not available here"
      return 1
    fi
  fi
  say "installing from Debian: $*"
  local log=$cache/log/apt.log
  quietly "$log" "${sudo[@]}" apt-get install -y --no-install-recommends "$@" && return 0
  quietly "$log" "${sudo[@]}" apt-get update &&
    quietly "$log" "${sudo[@]}" apt-get install -y --no-install-recommends "$@"
}

rust_version() { "${1:-rustc}" --version 2>/dev/null | cut -d' ' -f2 | cut -d- -f1; }

need_rust() {
  if [ -d "$HOME/.cargo/bin" ] && ! have cargo; then PATH=$HOME/.cargo/bin:$PATH; fi
  local version
  version=$(rust_version || true)
  if [ -z "$version" ] || ! at_least "$rust_minimum" "$version" || ! have cargo; then
    # Debian's rustc-web is recent enough for the whole project.
    if on_debian && apt_install "${debian_rust[@]}" gcc libc6-dev; then
      PATH=/usr/bin:$PATH
      hash -r
      version=$(rust_version || true)
    fi
  fi
  if [ -z "$version" ] || ! at_least "$rust_minimum" "$version"; then
    die "Rust $rust_minimum or newer is needed${version:+ (found $version)}." \
      "Install it with rustup (your system's package, or rustup.rs), then run this again."
  fi
  if ! have cc; then
    on_debian && apt_install gcc libc6-dev ||
      die "A C compiler is needed to link programs." "macOS: xcode-select --install. Linux: install gcc or clang."
  fi
}

rust_lints_work() { cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; }

# The formatter and the linter, which a bare toolchain comes without.
need_rust_lints() {
  rust_lints_work && return 0
  # They must be those of the compiler that is used, whoever it is from.
  local packages=(rustfmt rust-clippy)
  if on_debian && dpkg -s rustc-web >/dev/null 2>&1; then packages=(rustfmt-web rust-web-clippy); fi
  if have rustup; then
    say "adding Rust's formatter and linter"
    quietly "$cache/log/rustup.log" rustup component add rustfmt clippy || say "rustup could not add them"
  fi
  rust_lints_work || apt_install "${packages[@]}" || true
  hash -r
  rust_lints_work || die "Rust's formatter (cargo fmt) or linter (cargo clippy) is missing." \
    "With rustup: rustup component add rustfmt clippy" \
    "On Debian: apt-get install ${packages[*]}" \
    "Elsewhere: the packages of your system's Rust that hold rustfmt and clippy."
}

# Tries one real compilation: the only reliable answer.
wasm_target_works() {
  local probe=$cache/probe
  mkdir -p "$probe"
  echo 'pub fn one() -> Vec<u8> { vec![1] }' >"$probe/probe.rs"
  rustc --target wasm32-unknown-unknown --crate-type rlib -o "$probe/probe.rlib" "$probe/probe.rs" >/dev/null 2>&1
}

use_debian_rust() {
  wasm_cargo=(env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22 /usr/bin/cargo)
  wasm_build_std=("-Zbuild-std=std,panic_abort")
}

debian_rust_ready() {
  [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustc ] && have wasm-ld-22 && [ -e /usr/lib/rustlib/src/rust/library/std ] &&
    at_least "$rust_minimum" "$(rust_version /usr/bin/rustc)"
}

need_wasm_target() {
  if [ "${NOMINE_WASM_TOOLCHAIN:-}" != debian ]; then
    wasm_target_works && return 0
    if have rustup; then
      say "adding Rust's WebAssembly target"
      quietly "$cache/log/rustup.log" rustup target add wasm32-unknown-unknown || say "rustup could not add it"
      wasm_target_works && return 0
    fi
  fi
  if ! debian_rust_ready; then
    apt_install "${debian_rust[@]}" || true
  fi
  debian_rust_ready || die "Rust's target wasm32-unknown-unknown is missing." \
    "With rustup: rustup target add wasm32-unknown-unknown" \
    "On Debian: apt-get install ${debian_rust[*]}"
  use_debian_rust
}

# cargo_tool NAME VERSION PACKAGE : installs a command into the cache, at exactly this version.
cargo_tool() {
  local name=$1 version=$2 package=$3
  local root=$cache/$name-$version
  [ -x "$root/bin/$name" ] && return 0
  say "installing $name $version (a few minutes, once)"
  # A locked dependency can have been withdrawn, which is nothing to worry a person with: then newer
  # compatible ones do.
  mkdir -p "$cache/log"
  cargo install --quiet --root "$root" --version "=$version" --locked "$package" >"$cache/log/$name-locked.log" 2>&1 </dev/null ||
    quietly "$cache/log/$name.log" cargo install --quiet --root "$root" --version "=$version" "$package" ||
    die "$name $version could not be installed." "By hand: cargo install --root $root --version =$version $package"
}

locked_version() {
  awk -v name="$1" '$1 == "name" && $3 == "\"" name "\"" { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}

need_wasm_bindgen() {
  local version
  version=$(locked_version wasm-bindgen)
  # Not every stage of the workspace uses it.
  [ -n "$version" ] || version=$(sed -n 's/^wasm-bindgen = "=\(.*\)"/\1/p' Cargo.toml)
  if have wasm-bindgen && [ "$(wasm-bindgen --version)" = "wasm-bindgen $version" ]; then
    wasm_bindgen=wasm-bindgen
    return
  fi
  cargo_tool wasm-bindgen "$version" wasm-bindgen-cli
  wasm_bindgen=$cache/wasm-bindgen-$version/bin/wasm-bindgen
}

need_geckodriver() {
  if [ -n "${GECKODRIVER:-}" ]; then
    [ -x "$GECKODRIVER" ] || die "GECKODRIVER=$GECKODRIVER is not a program."
  elif have geckodriver && at_least 0.36.0 "$(geckodriver --version | sed -n '1s/geckodriver \([0-9.]*\).*/\1/p')"; then
    GECKODRIVER=$(command -v geckodriver)
  else
    cargo_tool geckodriver "$geckodriver_version" geckodriver
    GECKODRIVER=$cache/geckodriver-$geckodriver_version/bin/geckodriver
  fi
  export GECKODRIVER
}

node_from_registry() {
  local arch folder=$cache/node-$node_version
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) return 1 ;;
  esac
  local bin=$folder/node_modules/node-linux-$arch/bin
  if [ ! -x "$bin/node" ]; then
    have npm || apt_install nodejs npm || return 1
    say "installing Node.js $node_version"
    mkdir -p "$folder"
    quietly "$cache/log/node.log" npm install --prefix "$folder" --no-save --ignore-scripts --no-audit --no-fund "node-linux-$arch@$node_version" || return 1
  fi
  PATH=$bin:$PATH
  hash -r
}

need_node() {
  local version=
  have node && version=$(node --version | tr -d v)
  if { [ -z "$version" ] || ! have npm || ! at_least "$node_minimum" "$version"; } && on_debian; then
    local candidate
    candidate=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/ *Candidate: \([0-9.]*\).*/\1/p')
    if [ -n "$candidate" ] && at_least "$node_minimum" "$candidate"; then
      apt_install nodejs && { have npm || apt_install npm; } && version=$(node --version | tr -d v)
    else
      node_from_registry && version=$(node --version | tr -d v)
    fi
  fi
  if [ -z "$version" ] || ! at_least "$node_minimum" "$version" || ! have npm; then
    die "Node.js $node_minimum or newer with npm is needed${version:+ (found $version)}." \
      "Install it from your system's packages or nodejs.org, then run this again."
  fi
}

# node_packages DIR : what DIR/package-lock.json says, once.
node_packages() {
  local dir=$1
  local stamp=$dir/node_modules/.package-lock.stamp
  need_node
  [ -f "$dir/package-lock.json" ] || return 0
  if [ -f "$stamp" ] && cmp -s "$stamp" "$dir/package-lock.json"; then return 0; fi
  say "installing node packages ($dir)"
  # Nothing that we use needs its install script.
  quietly "$cache/log/npm.log" npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund ||
    die "npm could not install the packages of $dir/package-lock.json."
  cp "$dir/package-lock.json" "$stamp"
}

first_of() {
  local name
  for name in "$@"; do
    if have "$name"; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

find_chromium() {
  [ -n "${CHROMIUM:-}" ] || CHROMIUM=$(first_of chromium chromium-browser google-chrome-stable google-chrome) || {
    local app="/Applications/Chromium.app/Contents/MacOS/Chromium"
    [ -x "$app" ] && CHROMIUM=$app
  }
}

find_firefox() {
  [ -n "${FIREFOX:-}" ] || FIREFOX=$(first_of firefox-esr firefox) || {
    local app="/Applications/Firefox.app/Contents/MacOS/firefox"
    [ -x "$app" ] && FIREFOX=$app
  }
}

# recent_enough NAME PROGRAM MINIMUM : a browser that is too old would refuse the extension without a word
# about why.
recent_enough() {
  local version
  version=$("$2" --version 2>/dev/null </dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1 || true)
  [ -z "$version" ] || at_least "$3" "$version" ||
    die "$1 $3 or newer is needed; $2 is $version." "Update it, or name a newer one: ${1^^}=/path/to/it"
}

# manifest_minimum FILE KEY : what the extension's manifest says.
manifest_minimum() { sed -n "s/.*\"$2\": *\"\([0-9.]*\)\".*/\1/p" "extension/manifest/$1" | head -n 1; }

need_chromium() {
  if ! find_chromium; then
    apt_install chromium && find_chromium ||
      die "Chromium is needed." "Debian: apt-get install chromium. Elsewhere: install it, or set CHROMIUM=/path/to/chromium."
  fi
  [ -x "$CHROMIUM" ] || die "CHROMIUM=$CHROMIUM is not a program."
  recent_enough Chromium "$CHROMIUM" "$(manifest_minimum chromium.json minimum_chrome_version)"
  export CHROMIUM
}

need_firefox() {
  if ! find_firefox; then
    apt_install firefox-esr && find_firefox ||
      die "Firefox is needed." "Debian: apt-get install firefox-esr. Elsewhere: install it, or set FIREFOX=/path/to/firefox."
  fi
  [ -x "$FIREFOX" ] || die "FIREFOX=$FIREFOX is not a program."
  recent_enough Firefox "$FIREFOX" "$(manifest_minimum firefox.json strict_min_version)"
  export FIREFOX
  need_geckodriver
}

need_browser() {
  case $1 in
    chromium) need_chromium ;;
    firefox) need_firefox ;;
  esac
}
