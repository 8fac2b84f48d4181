// The engine's part in updates as the background page loads it: dist/wasm of this build, under node.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

interface Glue {
  default(options: { module_or_path: Uint8Array }): Promise<unknown>;
  compile(lists: readonly { title: string; text: string }[], browser: string): Compilation;
  trimList(text: string, rule: object): { text: string; left_out: number };
  applyPatch(text: string, patch: string, name: string): string;
  openBundle(bytes: Uint8Array, keys: readonly string[], here: object): unknown;
}
interface Compilation {
  gate(before?: number): { reason: string; words: string; host?: string } | null;
  lists(): { metadata: { title: string; diff_path: string; expires_hours: number | null } }[];
  rules(browser: string, firstId: number, firstList?: number, room?: { rules?: number; altering?: number; domains?: number }): { rules: { condition: { requestDomains?: string[] } }[]; left_out: { list: number }[] };
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
  const [list] = glue.compile([{ title: '', text: '! Title: T\n! Expires: 2 days\n! Diff-Path: ../p/1.patch#t\n||a.example^\n' }], 'firefox').lists();
  assert.deepEqual([list?.metadata.title, list?.metadata.expires_hours, list?.metadata.diff_path], ['T', 48, '../p/1.patch#t']);
});

test('rules can be had of the later lists alone, and lists share what room there is', () => {
  const compilation = glue.compile([{ title: 'Ours', text: '||ours.example^\n' }, { title: 'Theirs', text: '||theirs.example^\n' }], 'chromium');
  assert.deepEqual(compilation.rules('chromium', 1, 1).rules.map(({ condition }) => condition.requestDomains), [['theirs.example']]);
  const paths = (name: string, count: number): string => Array.from({ length: count }, (_, index) => `||a${index}.example/${name}\n`).join('');
  const shared = glue.compile([{ title: 'Large', text: paths('large', 60) }, { title: 'Small', text: paths('small', 4) }], 'chromium').rules('chromium', 1, 0, { rules: 40 });
  assert.equal(shared.rules.length, 40);
  assert.ok(shared.left_out.length > 0 && shared.left_out.every(({ list }) => list === 0), 'the small list loses nothing');
  const large = glue.compile([{ title: 'Large', text: hosts(900) }, { title: 'Small', text: '||small.example^\n' }], 'firefox').rules('firefox', 1, 0, { domains: 500 });
  assert.deepEqual(large.rules.map(({ condition }) => condition.requestDomains), [['small.example', 'small.example.']]);
  const policies = Array.from({ length: 6_000 }, (_, index) => `||a.example^$csp=worker-src ${index}.example\n`).join('');
  const altering = glue.compile([{ title: 'Policies', text: policies }], 'chromium').rules('chromium', 1);
  assert.deepEqual([altering.rules.length, altering.left_out.length >= 1_000], [5_000, true], 'what Chromium takes of those that change something');
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
