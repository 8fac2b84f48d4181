// What becomes of lists, line by line, by the code that installs them: the worker's work over the built
// engine, under node.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Outcome, Text, Work } from '../src/background/compile/work.js';

const folder = mkdtempSync(join(tmpdir(), 'nomine-outcomes-'));
const path = (from: string): string => fileURLToPath(new URL(from, import.meta.url));
const [bundled, module] = [join(folder, 'work.mjs'), path('../../dist/wasm/engine_bg.wasm')];
let work: Work;

before(async () => {
  await build({
    entryPoints: [path('../src/background/compile/work.ts')], bundle: true, format: 'esm', platform: 'neutral', outfile: bundled, logLevel: 'error',
    plugins: [{
      name: 'engine',
      setup(bundler) {
        bundler.onResolve({ filter: /^nomine:engine$/ }, () => ({ path: 'engine', namespace: 'engine' }));
        bundler.onLoad({ filter: /.*/, namespace: 'engine' }, () => ({ contents: `export * as glue from ${JSON.stringify(path('../../dist/wasm/engine.js'))};`, resolveDir: folder }));
      },
    }],
  });
  const fetched = globalThis.fetch;
  globalThis.fetch = (async () => new Response(readFileSync(module), { headers: { 'content-type': 'application/wasm' } })) as typeof fetch;
  const made = (await import(pathToFileURL(bundled).href)) as { work: Work; start(address: string): Promise<void> };
  await made.start('engine.wasm');
  globalThis.fetch = fetched;
  work = made.work;
});
after(() => rmSync(folder, { recursive: true }));

const own = (text: string): Text => ({ id: 'own', title: 'Mine', text, syntax: 'adblock' });
const told = ({ troubles }: Outcome): (readonly [number, boolean | undefined])[] => troubles.map(({ line, partly }) => [line, partly]);

describe('filters that are being written', () => {
  test('are read as a whole, for this very browser', async () => {
    const text = '! mine\n!#if env_firefox\n||fox.example^\n!#else\n||chrome.example^\n||chrome.example^$nonsense\n!#endif\n||both.example^\n';
    const [firefox, chromium] = [await work.check(own(text), 'firefox'), await work.check(own(text), 'chromium')];
    assert.deepEqual([firefox.filters, told(firefox)], [2, []], 'neither the condition nor what is not meant for this browser is accused');
    assert.deepEqual([chromium.filters, told(chromium)], [2, [[6, false]]]);
  });

  test('that the rules of Chromium cannot express are named there, and not in Firefox, whose engine applies them', async () => {
    const text = '||a.example^\n||b.example^$script,domain=site.*\n||c.example^$all\n';
    const chromium = await work.check(own(text), 'chromium');
    assert.deepEqual([chromium.filters, chromium.notInRules, told(chromium)], [3, 1, [[2, false], [3, true]]]);
    assert.match(chromium.troubles[0]?.reason ?? '', /under any top-level domain/u);
    assert.deepEqual(told(await work.check(own(text), 'firefox')), []);
  });

  test('come out as they do when they are installed', async () => {
    const text = '||a.example^\n||b.example^$domain=site.*\n||c.example^$nonsense\n##.ad\nx.example##+js(no-such-thing)\n!#if env_chromium\n||d.example^\n';
    for (const browser of ['chromium', 'firefox']) {
      const [installed] = (await work.compile([own(text)], browser, 0)).outcomes;
      assert.deepEqual({ ...(await work.check(own(text), browser)), title: '' }, { ...installed, title: '' }, browser);
    }
  });
});

test('of very many lines that are not in force some are kept, in their order, and how many more there are', async () => {
  const text = Array.from({ length: 250 }, (_, index) => `||a${index}.example^$nonsense\n`).join('');
  const [outcome] = (await work.compile([own(text)], 'chromium', 0)).outcomes;
  assert.deepEqual([outcome?.refused, outcome?.troubles.length, outcome?.more], [250, 200, 50]);
  assert.deepEqual(outcome?.troubles.map(({ line }) => line), Array.from({ length: 200 }, (_, index) => index + 1));
  assert.equal((await work.check(own(text), 'chromium')).troubles.length, 250, 'while they are written, all of them');
});
