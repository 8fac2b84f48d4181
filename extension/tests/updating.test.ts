// The engine's part in updates as the background page loads it: dist/wasm of this build, under node.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';

interface Glue {
  default(options: { module_or_path: Uint8Array }): Promise<unknown>;
  compile(lists: readonly { title: string; text: string }[], browser: string): Compilation;
  trimList(text: string, rule: object): { text: string; left_out: number };
  applyPatch(text: string, patch: string, name: string): string;
  openBundle(bytes: Uint8Array, keys: readonly string[], here: object): unknown;
}
interface Compilation {
  gate(before?: number): { reason: string; words: string; host?: string } | null;
  lists(): { metadata: { title: string; diff_path: string; expires_hours: number | null; diff_expires_hours: number | null } }[];
  rules(browser: string, firstId: number, firstList?: number): { rules: { action: { type: string }; condition: { requestDomains?: string[] } }[]; left_out: { list: number }[] };
}

const dist = new URL('../../dist/wasm/', import.meta.url);
let glue: Glue;

before(async () => {
  glue = (await import(new URL('engine.js', dist).href)) as Glue;
  await glue.default({ module_or_path: await readFile(new URL('engine_bg.wasm', dist)) });
});

const hosts = (count: number): string => Array.from({ length: count }, (_, index) => `||m${index}.example^\n`).join('');
const gate = (text: string, filters?: number): ReturnType<Compilation['gate']> => glue.compile([{ title: 't', text }], 'chromium').gate(filters);

test('a version that would break things is held back, with words', () => {
  assert.equal(gate(hosts(20), 30) ?? null, null);
  assert.match(gate(hosts(20), 40)?.words ?? '', /shrink from 40 to 20/u);
  assert.match(gate(hosts(1_000), 100)?.words ?? '', /grow from 100 to 1000/u);
  assert.equal(gate('||a.example^\n||fonts.gstatic.com^\n')?.host, 'fonts.gstatic.com');
  assert.equal(gate('nothing here\n')?.reason, 'empty');
});

test('what a list says of itself is read', () => {
  const [list] = glue.compile([{ title: '', text: '! Title: T\n! Expires: 2 days\n! Diff-Expires: 12 hours\n! Diff-Path: ../p/1.patch#t\n||a.example^\n' }], 'firefox').lists();
  assert.deepEqual([list?.metadata.title, list?.metadata.expires_hours, list?.metadata.diff_expires_hours, list?.metadata.diff_path], ['T', 48, 12, '../p/1.patch#t']);
});

test('rules can be had of the later lists alone', () => {
  const compilation = glue.compile([{ title: 'Ours', text: '||ours.example^\n' }, { title: 'Theirs', text: '||theirs.example^\n' }], 'chromium');
  assert.deepEqual(compilation.rules('chromium', 1, 1).rules.map(({ condition }) => condition.requestDomains), [['theirs.example']]);
});

/** Of what Chromium takes (30,000 rules, of them 5,000 that redirect or change headers) and Firefox (5,000), some is left for site policies. */
describe('what there is room for in each browser', () => {
  const lines = (count: number, of: (index: number) => string): string => Array.from({ length: count }, (_, index) => `${of(index)}\n`).join('');
  const paths = (name: string, count: number): { title: string; text: string } => ({ title: name, text: lines(count, (index) => `/${name}-${index}/x.js`) });
  const shared = (browser: string, ...lists: { title: string; text: string }[]): { rules: number; lost: number[] } => {
    const { rules, left_out: left } = glue.compile(lists, browser).rules(browser, 1);
    return { rules: rules.length, lost: lists.map((_, index) => left.filter(({ list }) => list === index).length) };
  };

  test('Chromium: 25,000 rules, of which large lists get the same share, and small ones all they need', () => {
    const { rules, lost: [first = 0, second = 0, small] } = shared('chromium', paths('first', 16_000), paths('second', 14_000), paths('small', 100));
    assert.ok(rules > 24_990 && rules <= 25_000, String(rules));
    assert.equal(small, 0);
    assert.ok(Math.abs(16_000 - first - (14_000 - second)) <= 1, `${first}, ${second}`);
    assert.ok(first > 0 && second > 0);
  });
  test('Chromium: 4,500 that change something, and no fewer of the others for it', () => {
    const policies = { title: 'policies', text: lines(6_000, (index) => `||a.example^$csp=worker-src ${index}.example`) };
    const found = glue.compile([policies, paths('paths', 3_000)], 'chromium').rules('chromium', 1);
    assert.equal(found.rules.filter(({ action }) => action.type === 'modifyHeaders').length, 4_500);
    assert.deepEqual([found.left_out.filter(({ list }) => list === 0).length >= 1_500, found.left_out.some(({ list }) => list === 1)], [true, false]);
  });
  test('Chromium: 300,000 hosts are one rule', () => {
    assert.deepEqual(shared('chromium', { title: 'hosts', text: lines(300_000, (index) => `||m${index}.example^`) }), { rules: 1, lost: [0] });
  });
  test('Firefox: 4,000 rules, shared likewise', () => {
    const { rules, lost: [first = 0, second = 0, small] } = shared('firefox', paths('first', 3_000), paths('second', 3_500), paths('small', 50));
    assert.ok(rules > 3_990 && rules <= 4_000, String(rules));
    assert.deepEqual([small, Math.abs(3_000 - first - (3_500 - second)) <= 1], [0, true]);
  });
  test('Firefox: 30,000 hosts; a list that is too large does not push the others out', () => {
    const hosts = (name: string, count: number): { title: string; text: string } => ({ title: name, text: lines(count, (index) => `||${name}${index}.example^`) });
    assert.deepEqual(shared('firefox', hosts('fits', 29_000)).lost, [0]);
    assert.deepEqual(shared('firefox', hosts('large', 30_000), hosts('small', 900)).lost, [30_000, 0]);
  });
});

test('what is not about miners is left out, and differences are applied', () => {
  assert.deepEqual(glue.trimList('||a.example^\n||b.example^\n', { drop: ['b\\.example'] }), { text: '||a.example^\n\n', left_out: 1 });
  assert.equal(glue.applyPatch('one\ntwo\n', 'd1 1\n', ''), 'two\n');
  assert.throws(() => glue.applyPatch('one\n', '<html>', ''), /broken/u);
  assert.throws(() => glue.trimList('a', { drop: ['('] }), /regular expression/u);
});

test('bundles that are none are refused in words', () => {
  const bytes = new TextEncoder().encode('<!doctype html>');
  assert.throws(() => glue.openBundle(bytes, ['k'], { now: 1 }), /not a bundle/u);
});
