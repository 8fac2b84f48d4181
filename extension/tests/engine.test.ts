// The engine as the background page loads it: dist/wasm and dist/rules of this build, under node.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

/** What of the glue is used here; the whole is in dist/wasm/engine.d.ts. */
interface Glue {
  default(options: { module_or_path: Uint8Array }): Promise<{ memory: WebAssembly.Memory }>;
  registrableDomain(host: string): string;
  canonicalHost(url: string): string;
  compile(lists: readonly { title: string; text: string; syntax?: string }[], browser: string): Compilation;
  readonly Engine: { load(bytes: Uint8Array): Engine; typeNumber(type: string): number };
  readonly Inspector: { load(bytes: Uint8Array): { inspectScript(source: Uint8Array): { outcome: string } } };
}
interface Engine {
  readonly filters: number;
  readonly buffer: number;
  readonly capacity: number;
  check(url: string, initiator: string, type: string, method: string): { effect: string; filter: { filter: string; list: string; line: number } | null };
  blocks(url: string, initiator: string, type: string, method: string): boolean;
  ask(urlLength: number, initiatorLength: number, type: number): number;
  serialize(): Uint8Array;
}
interface Compilation {
  takeEngine(): Engine;
  lists(): { title: string; counts: Record<string, number> }[];
  problems(): { list: number; line: number; reason: string; severity: string }[];
  rules(browser: string, firstId: number): { rules: { id: number; condition: { requestDomains?: string[] } }[]; left_out: { line: number; reason: string }[] };
}

const dist = new URL('../../dist/', import.meta.url);
let glue: Glue;
let memory: WebAssembly.Memory;

before(async () => {
  const path = new URL('wasm/engine.js', dist).href;
  glue = (await import(path)) as Glue;
  ({ memory } = await glue.default({ module_or_path: await readFile(new URL('wasm/engine_bg.wasm', dist)) }));
});

test('the built engine names the filter that blocks', async () => {
  const engine = glue.Engine.load(await readFile(new URL('rules/firefox/engine.bin', dist)));
  assert.ok(engine.filters > 400);
  const answer = engine.check('wss://LOLWITKIO.de./proxy', 'https://a.example/', 'websocket', 'GET');
  assert.equal(answer.effect, 'block');
  assert.equal(answer.filter?.filter, '||lolwitkio.de^');
  assert.equal(answer.filter?.list, 'Nomine miners');
  assert.equal(engine.check('https://a.example/miner.js', 'https://a.example/', 'script', 'GET').effect, 'none');
  assert.ok(!engine.blocks('https://a.example/c.wasm', 'https://a.example/', 'xmlhttprequest', 'GET'));
});

test('the rules of Chromium have every filter of the package, so that its engine says what they do', async () => {
  const { rules } = JSON.parse(await readFile(new URL('rules/report.json', dist), 'utf8')) as { rules: { browser: string; left_out: { partly: boolean }[] }[] };
  const chromium = rules.find(({ browser }) => browser === 'chromium') ?? assert.fail('there is a report of them');
  assert.deepEqual(chromium.left_out.filter(({ partly }) => !partly), []);
});

test('where Chromium has no rule for a filter, the engine made for it does not know it', () => {
  const list = [{ title: 'Own', text: '||a.example^\n||b.example^$domain=site.*\n' }];
  for (const [browser, filters] of [['chromium', 1], ['firefox', 2]] as const) {
    const compilation = glue.compile(list, browser);
    compilation.rules(browser, 1);
    assert.equal(compilation.takeEngine().filters, filters, browser);
  }
});

test('the fast path gives the same answers', async () => {
  const engine = glue.Engine.load(await readFile(new URL('rules/firefox/engine.bin', dist)));
  const ask = (url: string, from: string, type: string): number => {
    const view = new Uint8Array(memory.buffer, engine.buffer, engine.capacity);
    const encoder = new TextEncoder();
    const { written: first } = encoder.encodeInto(url, view);
    const { written: second } = encoder.encodeInto(from, view.subarray(first));
    return engine.ask(first, second, glue.Engine.typeNumber(type));
  };
  for (const [url, type] of [['https://crypto-loot.com/lib/x.js', 'script'], ['https://a.example/x.js', 'script'], ['wss://easyhash.de/', 'websocket']] as const) {
    const expected = engine.check(url, 'https://b.example/', type, 'GET').effect === 'block' ? 1 : 0;
    assert.equal(ask(url, 'https://b.example/', type), expected, url);
  }
});

test('lists are compiled in the background', () => {
  const compilation = glue.compile([{ title: 'Own', text: '||own.example^\n||bad.example^$nonsense\n' }, { title: 'Hosts', text: '0.0.0.0 h.example\n', syntax: 'hosts' }], 'firefox');
  assert.deepEqual(compilation.lists().map(({ title, counts }) => [title, counts.filters]), [['Own', 1], ['Hosts', 1]]);
  assert.deepEqual(compilation.problems().map(({ list, line }) => [list, line]), [[0, 2]]);
  const { rules } = compilation.rules('firefox', 5000);
  assert.equal(rules[0]?.id, 5000);
  assert.ok(rules.some(({ condition }) => condition.requestDomains?.includes('h.example')));
  const engine = compilation.takeEngine();
  assert.throws(() => compilation.takeEngine(), /taken already/u);
  const again = glue.Engine.load(engine.serialize());
  assert.ok(again.blocks('https://x.h.example/', '', 'image', 'GET'));
});

test('hosts are named as sites are', () => {
  assert.equal(glue.registrableDomain('a.b.example.co.uk'), 'example.co.uk');
  assert.equal(glue.canonicalHost('https://User@EXAMPLE.com.:8443/x'), 'example.com');
});

test('damaged data is refused with an error', () => {
  assert.throws(() => glue.Engine.load(new Uint8Array([1, 2, 3])), Error);
  assert.throws(() => glue.Inspector.load(new Uint8Array([1, 2, 3])), Error);
});

test('scripts are judged', async () => {
  const inspector = glue.Inspector.load(await readFile(new URL('rules/signatures.bin', dist)));
  const judge = (source: string): string => inspector.inspectScript(new TextEncoder().encode(source)).outcome;
  assert.equal(judge('export const add = (a, b) => a + b;'), 'allow');
});
