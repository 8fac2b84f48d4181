// Promise: on a bare machine the checks get what they need, or a plain message and an exit code say
// what is missing. The commands that would install something are stood in for.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, after, describe, test } from 'node:test';
import { sources } from './sources.js';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nomine-build-'));
  for (const name of ['build.sh', 'build']) cpSync(name, join(folder, name), { recursive: true });
});
after(() => rmSync(folder, { recursive: true }));

/** Runs a script after the pieces of build.sh have been read; `did` is what the stand-ins noted. */
function bash(script: string): { code: number | null; said: string; printed: string; did: string } {
  const notes = join(folder, 'notes');
  writeFileSync(notes, '');
  const pieces = 'set -euo pipefail; for piece in common tools steps test; do . build/$piece.sh; done; note() { echo "$*" >>notes; }; ';
  const ran = spawnSync('bash', ['-c', pieces + script], { cwd: folder, encoding: 'utf8', env: { ...process.env, NOMINE_CACHE: join(folder, 'cache') } });
  return { code: ran.status, said: ran.stderr, printed: ran.stdout, did: readFileSync(notes, 'utf8') };
}

/** A toolchain without formatter and linter, which come with `installs`. */
const bare = (installs: string): string => `
  cargo() { case $1 in fmt | clippy) [ -e added ] ;; *) return 1 ;; esac; }
  have() { case $1 in rustup) ${installs === 'rustup'} ;; *) command -v "$1" >/dev/null ;; esac; }
  rustup() { note "rustup $*"; touch added; }
  apt_install() { note "apt $*"; ${installs === 'apt' ? 'touch added' : 'return 1'}; }
  on_debian() { true; }
  dpkg() { [ "$2" = rustc-web ]; }
  rm -f added
`;

describe('the formatter and the linter', () => {
  test('are added by rustup where it is there, once', () => {
    assert.deepEqual(bash(`${bare('rustup')} need_rust_lints; need_rust_lints`), {
      code: 0, printed: '', said: "adding Rust's formatter and linter\n", did: 'rustup component add rustfmt clippy\n',
    });
  });

  test("come from Debian's packages for Debian's compiler", () => {
    const { code, did } = bash(`${bare('apt')} need_rust_lints`);
    assert.equal(code, 0);
    assert.equal(did, 'apt rustfmt-web rust-web-clippy\n');
  });

  test('are named where they cannot be had, with an exit code', () => {
    const { code, said } = bash(`${bare('')} need_rust_lints`);
    assert.equal(code, 1);
    assert.match(said, /cargo fmt.*cargo clippy.*missing/);
    assert.match(said, /rustup component add rustfmt clippy/);
    assert.match(said, /apt-get install rustfmt-web rust-web-clippy/);
  });
});

describe('deep tests without the tools for fuzzing', () => {
  test('end with the count of all that was checked, and say what is missing', () => {
    const { code, printed } = bash(`
      cargo() { return 1; }
      have() { [ "$1" != rustup ] && command -v "$1" >/dev/null; }
      step_build() { :; }; node_packages() { :; }; lints() { passed=7; }
      suite() { passed=$((passed + 5)); }; run_node_tests() { :; }; node_tests() { echo a.test.ts; }
      step_test --deep`);
    assert.notEqual(code, 0);
    assert.match(printed, /Fuzzing needs the nightly toolchain of Rust/);
    assert.match(printed, /rustup toolchain install nightly/);
    assert.equal(printed.trimEnd().split('\n').at(-1), '17 passed, 1 failed');
  });
});

describe('a browser that is too old for the extension', () => {
  const named = (browser: string, says: string): string => {
    const program = join(folder, browser);
    writeFileSync(program, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
    return program;
  };
  const asked = (browser: 'chromium' | 'firefox', says: string): ReturnType<typeof bash> => {
    const program = named(browser, says);
    return bash(`need_geckodriver() { :; }; ${browser.toUpperCase()}=${program}; need_browser ${browser}; echo "$${browser.toUpperCase()}"`);
  };
  before(() => cpSync('extension/manifest', join(folder, 'extension/manifest'), { recursive: true }));

  test('is named with what is needed, and nothing goes on', () => {
    for (const [browser, says, found] of [['chromium', 'Chromium 120.0.6099.224 built on Debian', /Chromium 145 or newer is needed; \S+ is 120\.0/], ['firefox', 'Mozilla Firefox 128.5.0esr', /Firefox 140\.0 or newer is needed; \S+ is 128\.5\.0/]] as const) {
      const { code, said, printed } = asked(browser, says);
      assert.equal(code, 1);
      assert.match(said, found);
      assert.match(said, new RegExp(`${browser.toUpperCase()}=/path`));
      assert.equal(printed, '');
    }
  });

  test('is taken where it is new enough, or does not say', () => {
    for (const [browser, says] of [['chromium', 'Chromium 145.0.1.2'], ['chromium', 'Google Chrome 156.0.7000.1 beta'], ['firefox', 'Mozilla Firefox 140.0'], ['firefox', 'no version']] as const) {
      const { code, printed } = asked(browser, says);
      assert.equal(code, 0, says);
      assert.equal(printed.trim(), join(folder, browser));
    }
  });
});

describe('the shell scripts that are looked at', () => {
  test('are found with version control and without it', () => {
    const script = 'shell_scripts | sort';
    const found = bash(script).printed.split('\n').filter((name) => name !== '');
    assert.ok(found.includes('build.sh') && found.includes('build/tools.sh'), found.join(' '));
    const expected = sources().filter((name) => name.endsWith('.sh')).sort();
    const here = execFileSync('bash', ['-c', `. build/test.sh; ${script}`], { encoding: 'utf8' }).split('\n').filter((name) => name.endsWith('.sh'));
    assert.deepEqual(here.sort(), expected);
  });
});

describe('clean --all', () => {
  test('leaves nothing behind that building, testing and measuring made', () => {
    const tracked = sources();
    const beside = (name: string): string[] => tracked.filter((path) => path.split('/').at(-1) === name).map(dirname);
    const made = readFileSync('.gitignore', 'utf8').split('\n').flatMap((line) => {
      if (line === 'node_modules/') return beside('package-lock.json').map((dir) => join(dir, 'node_modules'));
      if (line === '__pycache__/') return [...new Set(tracked.filter((path) => path.endsWith('.py')).map(dirname))].map((dir) => join(dir, '__pycache__'));
      return line.startsWith('/') ? [line.slice(1)] : [];
    });
    assert.ok(made.includes('tests/peers/node_modules') && made.includes('tests/corpus/mutator/target') && made.length > 9, made.join(' '));
    for (const path of made) {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'file'), '');
    }
    execFileSync('./build.sh', ['clean', '--all'], { cwd: folder });
    assert.deepEqual(made.filter((path) => existsSync(join(folder, path))), []);
  });
});
