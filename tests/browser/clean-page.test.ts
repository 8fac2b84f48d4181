// Promise: a page that does not mine is left alone. Worker, WebAssembly, fetch and WebSocket of
// an ordinary page work, nothing is counted, and every request arrives that arrives without us.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addModule, sites } from '../sites/hosts.js';
import { html, inEachBrowser, until, type Host, type Stage } from './harness/index.js';

interface Outcome {
  readonly done: unknown;
  readonly failed: unknown;
  readonly requests: readonly string[];
}

async function visit({ browser, world }: Stage, url: string): Promise<Outcome> {
  world.hits.length = 0;
  const page = await browser.newPage();
  await page.goto(url);
  const done = await until('the page is done', () => page.evaluate('window.finished ?? null'));
  const failed = await page.evaluate('window.failed');
  const requests = [...world.hitsOf('clean.test')].map((hit) => `${hit.kind} ${hit.host}${hit.path}`).sort();
  await page.close();
  return { done, failed, requests };
}

const outcomes = new Map<string, Outcome>();
const url = 'https://clean.test/';

inEachBrowser('a clean page without the extension', () => sites().hosts, (stage) => {
  test('works', async () => {
    const outcome = await visit(stage, url);
    assert.deepEqual(outcome.done, { sum: 42, said: 'echo hello' });
    outcomes.set(stage.name, outcome);
  });
}, { extension: false });

inEachBrowser('a clean page with the extension', () => sites().hosts, (stage) => {
  test('works just the same', async () => {
    assert.deepEqual(await visit(stage, url), outcomes.get(stage.name));
  });

  test('nothing is counted', async () => {
    const page = await stage.browser.newPage();
    await page.goto(url);
    await until('the page is done', () => page.evaluate('window.finished ?? null'));
    const state = await stage.extension.state(page);
    assert.equal(state.count, 0);
    assert.deepEqual(state.events, []);
    assert.equal(await stage.extension.badge(state.tabId), '');
    assert.equal(await stage.extension.title(state.tabId), 'Nomine: 0 stopped on this page');
    await page.close();
  });

  test('a second visit, after the background went to sleep, is no different', async () => {
    await stage.browser.stopBackground();
    assert.deepEqual(await visit(stage, url), outcomes.get(stage.name));
  });
});

/** What frames and windows of the same site do, each in the realm of its first, empty document. */
const beside = `(async () => {
  const use = async (window) => {
    const worker = new window.Worker(window.URL.createObjectURL(new window.Blob(['onmessage = ({ data }) => postMessage([new WebAssembly.Instance(data).exports.add(40, 2), name]);'])), { name: 'own' });
    const answer = new Promise((done) => { worker.onmessage = ({ data }) => done(data.join()); worker.onerror = (event) => done('error ' + event.message); });
    const bytes = await (await window.fetch('/add.wasm')).arrayBuffer();
    worker.postMessage(await window.WebAssembly.compile(bytes));
    return [await answer, bytes instanceof window.ArrayBuffer];
  };
  const loaded = (target) => new Promise((done) => { target.onload = done; });
  const frame = document.createElement('iframe');
  frame.src = '/beside';
  document.body.append(frame);
  frame.contentWindow.before = 1;
  await loaded(frame);
  const opened = window.open('/beside', 'beside', 'width=200,height=200');
  opened.before = 1;
  await loaded(opened);
  const all = { frame: await use(frame.contentWindow), opened: await use(opened) };
  opened.close();
  return JSON.stringify(all);
})()`;

const policy = { 'content-security-policy': "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:" };
const sameSite = (): Record<string, Host> => {
  const pages = { '/': html('<h1>around</h1>'), '/beside': html('<p>beside</p>'), '/add.wasm': { type: 'application/wasm', body: addModule } };
  return { 'open.test': { pages }, 'policy.test': { pages, headers: policy } };
};

for (const extension of [false, true]) {
  inEachBrowser(`frames and windows of the same site ${extension ? 'with' : 'without'} the extension`, sameSite, (stage) => {
    for (const host of Object.keys(sameSite())) {
      test(`compile and start workers, and nothing is counted (${host})`, async () => {
        const page = await stage.browser.newPage();
        await page.goto(`https://${host}/`);
        const work = ['42,own', true];
        assert.deepEqual(JSON.parse(await page.evaluate<[], string>(beside)), { frame: work, opened: work });
        if (extension) assert.deepEqual((await stage.extension.state(page)).events, []);
        await page.close();
      });
    }
  }, { extension });
}
