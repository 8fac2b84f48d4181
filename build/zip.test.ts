import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error plain JavaScript without declarations
import { zip } from './zip.mjs';

const small = { bytes: Buffer.from('a') };
const large = { bytes: Buffer.alloc(100_000, 'nomine ') };

test('the order in which entries are given does not change the bytes', () => {
  const one: Buffer = zip(new Map([['b/ü.txt', small], ['a', large]]));
  const two: Buffer = zip(new Map([['a', large], ['b/ü.txt', small]]));
  assert.deepEqual(one, two);
});

const python = spawnSync('python3', ['--version']).status === 0;

test('other programs can read the archive', { skip: python ? false : 'python3 is not here' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'nomine-zip-'));
  try {
    const path = join(folder, 'x.zip');
    writeFileSync(path, zip(new Map([['a', large], ['b/c', small]])));
    const read = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print([(i.filename,i.file_size) for i in z.infolist()])';
    const listing = execFileSync('python3', ['-c', read, path]).toString();
    assert.equal(listing.trim(), "[('a', 100000), ('b/c', 1)]");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
