// Promise: a page that does not mine is left alone. Worker, WebAssembly, fetch and WebSocket of
// an ordinary page work, nothing is counted, and every request arrives that arrives without us.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sites } from '../sites/hosts.js';
import { inEachBrowser, until, type Stage } from './harness/index.js';

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
