// THREATS.md and the expectations of the tests say the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../browser/harness/index.js';
import { exceptions, expected, techniques } from './techniques.js';

const rows = new Map(
  [...readFileSync(join(root, 'THREATS.md'), 'utf8').matchAll(/^\| .+? \| (handled|not) \| (handled|not) \| `([a-z0-9-]+)` \| (.*?) ?\|$/gmu)].map(
    ([, chromium, firefox, name, remark]) => [name ?? '', { chromium, firefox, remark: remark ?? '' }],
  ),
);
const word = { stopped: 'handled', open: 'not' } as const;

test('there are at least sixty techniques, and each exception is one of them', () => {
  assert.ok(techniques.length >= 60, String(techniques.length));
  for (const name of Object.keys(exceptions)) assert.ok(techniques.includes(name), name);
});

test('THREATS.md has a row for each technique, and no other', () => {
  assert.deepEqual([...rows.keys()].sort(), techniques);
});

test('THREATS.md says of each what the tests expect, and why where it is not handled', () => {
  for (const name of techniques) {
    const row = rows.get(name);
    assert.equal(row?.chromium, word[expected(name, 'chromium')], name);
    assert.equal(row?.firefox, word[expected(name, 'firefox')], name);
    if (row?.chromium === 'not' || row?.firefox === 'not') assert.notEqual(row.remark, '', name);
  }
});
