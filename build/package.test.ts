// Store archives: packed twice, the same bytes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

const built = existsSync('dist/chromium/manifest.json') && existsSync('dist/firefox/manifest.json');

test('packing again gives the same bytes', { skip: built ? false : 'the extension is not built' }, () => {
  const pack = (): string => execFileSync(process.execPath, ['build/package.mjs']).toString();
  const first = pack();
  assert.match(first, /^[0-9a-f]{64} {2}dist\/package\/nomine-[0-9.]+-chromium\.zip/m);
  assert.match(first, /-firefox\.zip/);
  assert.equal(pack(), first);
});
