// Store archives: packed twice, the same bytes; and nothing in them that a store refuses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';

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
