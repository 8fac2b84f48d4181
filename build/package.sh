# shellcheck shell=bash
# Archives for the stores: the same sources give the same bytes.

step_package() {
  no_arguments package "$@"
  step_build
  [ -f dist/chromium/manifest.json ] || die 'dist/chromium was not built.'
  node build/package.mjs
}
