// Store archives: packed twice, the same bytes; and nothing in them that a store refuses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { sources } from './sources.js';

const built = existsSync('dist/chromium/manifest.json') && existsSync('dist/firefox/manifest.json');
const pack = (): string => execFileSync(process.execPath, ['build/package.mjs']).toString();

/** Entries of an archive, by the local headers (APPNOTE.TXT, 4.3.7). */
function entries(path: string): Map<string, string> {
  const archive = readFileSync(path);
  const found = new Map<string, string>();
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50; ) {
    const [method, size, nameSize, extraSize] = [archive.readUInt16LE(at + 8), archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26), archive.readUInt16LE(at + 28)];
    const start = at + 30 + nameSize + extraSize;
    const bytes = archive.subarray(start, start + size);
    found.set(archive.toString('utf8', at + 30, at + 30 + nameSize), (method === 8 ? inflateRawSync(bytes) : bytes).toString('utf8'));
    at = start + size;
  }
  return found;
}

describe('store archives', { skip: built ? false : 'the extension is not built' }, () => {
  test('packing again gives the same bytes, also after Chromium was run from the folder', (context) => {
    const first = pack();
    assert.match(first, /^[0-9a-f]{64} {2}dist\/package\/nomine-[0-9.]+-chromium\.zip/m);
    assert.match(first, /-firefox\.zip/);
    const left = 'dist/chromium/_metadata/left-by-a-test';
    context.after(() => rmSync(left, { recursive: true }));
    mkdirSync(left, { recursive: true });
    writeFileSync(`${left}/ruleset`, 'indexed');
    assert.equal(pack(), first);
  });

  test('building again elsewhere, lists and extension from nothing, gives the same bytes', (context) => {
    const wanted = pack();
    const away = mkdtempSync(join(tmpdir(), 'nomine-again-'));
    context.after(() => rmSync(away, { recursive: true }));
    const command = join(process.env['CARGO_TARGET_DIR'] ?? 'target', 'debug/nomine');
    for (const name of sources()) cpSync(name, join(away, name));
    // The compiled crates are taken over: that cargo's part is the same bytes anywhere is wasm_flags' work.
    cpSync('dist/wasm', join(away, 'dist/wasm'), { recursive: true });
    symlinkSync(resolve('node_modules'), join(away, 'node_modules'));
    const there = { cwd: away, stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
    execFileSync(resolve(command), ['compile', '--lists', 'blocklists', '--out', 'dist/rules'], there);
    execFileSync(process.execPath, ['extension/build.mjs'], there);
    // There is no version control there, so no source archive: that one is not rebuilt but copied.
    const again = execFileSync(process.execPath, ['build/package.mjs'], { cwd: away, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    assert.deepEqual(again.trimEnd().split('\n'), wanted.trimEnd().split('\n').filter((line) => !line.includes('-source.zip')));
    assert.match(again, /-chromium\.zip[^]*-firefox\.zip/);
  });

  for (const browser of ['chromium', 'firefox']) {
    test(`what ${browser}'s store gets`, () => {
      const [, path = ''] = new RegExp(`(dist/package/\\S+-${browser}\\.zip)`).exec(pack()) ?? [];
      const files = entries(path);
      const manifest = JSON.parse(files.get('manifest.json') ?? '{}') as Record<string, unknown>;
      assert.equal(manifest['manifest_version'], 3);
      assert.equal('key' in manifest, false, "the store's own key");
      for (const name of ['background.js', 'guard.js', 'engine.wasm', '_locales/en/messages.json', 'ui/popup.html']) assert.ok(files.has(name), name);
      assert.deepEqual([...files.keys()].filter((name) => /^_(?!locales\/)|(?:^|\/)\.|\.ts$|\.map$/.test(name)), []);
    });
  }
});
