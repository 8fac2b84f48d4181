# shellcheck shell=bash
# Messages, and small questions that every piece asks.

export DEBIAN_FRONTEND=noninteractive
cache=${NOMINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nomine}

say() { printf '%s\n' "$*" >&2; }

# Stop with a message that says what a person can do about it.
die() {
  printf 'build.sh: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# value OPTION VALUE... : dies where an option that needs a value has none.
value() { [ $# -ge 2 ] && [ -n "$2" ] || die "$1 needs a value" "see ./build.sh help"; }

# The browser that an option names.
known_browser() {
  case $1 in chromium | firefox) ;; *) die "unknown browser \"$1\"" 'Known: chromium, firefox.' ;; esac
}

no_arguments() {
  [ $# -le 1 ] || die "$1 takes no \"$2\"" "see ./build.sh help"
}

on_debian() { [ -f /etc/debian_version ] && have apt-get; }

# at_least 1.95.0 1.96 : is the second version the first one or newer?
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# outdated OUT IN... : is OUT missing, or older than a file among or under IN...?
outdated() {
  local out=$1
  shift
  [ -e "$out" ] || return 0
  [ -n "$(find "$@" -newer "$out" -type f -print -quit 2>/dev/null)" ]
}

# quietly LOG COMMAND... : run it; show what it wrote only if it fails.
quietly() {
  local log=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 60 "$log" >&2
    say "(all of it: $log)"
  fi
  return "$status"
}
