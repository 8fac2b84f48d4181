// Promise: input beyond all reason does to a page what it does without us: the same errors, no errors of
// ours, and the page goes on. What standards say of smaller oddities is in specification.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modules } from '../sites/hosts.js';
import { html, inEachBrowser, js, until, type Host } from './harness/index.js';

/** So many workers are started at once, and ended: `NOMINE_WORKERS=10000` takes minutes. */
const workers = Number(process.env['NOMINE_WORKERS'] ?? 300);
const within = 200_000 + workers * 100;

/** Each answers with a word that must be the same with and without the extension. */
const attempts: Readonly<Record<string, string>> = {
  'a module of 2 GB': `
    const bytes = new Uint8Array(2 ** 31);
    bytes.set([0, 97, 115, 109, 1, 0, 0, 0]);
    const of = (error) => error.name;
    let made = 'made';
    try { new WebAssembly.Module(bytes); } catch (error) { made = of(error); }
    return [made, await WebAssembly.compile(bytes).then(() => 'made', of)].join();`,
  [`${workers} workers at once`]: `
    const url = URL.createObjectURL(new Blob(['postMessage(1)']));
    for (let count = 0; count < ${workers}; count += 1) new Worker(url).terminate();
    const last = new Worker(url);
    return new Promise((done) => { last.onmessage = ({ data }) => { last.terminate(); done('answered ' + data); }; });`,
  'frames in frames': `
    window.depth = 0;
    let inner = window;
    for (let level = 0; level < 60; level += 1) {
      const frame = inner.document.createElement('iframe');
      (inner.document.body ?? inner.document.documentElement).append(frame);
      if (frame.contentWindow === null) break;
      inner = frame.contentWindow;
      depth += 1;
    }
    return String(depth);`,
  'a page that frames itself': `
    const frame = document.createElement('iframe');
    frame.src = location.href;
    document.body.append(frame);
    await new Promise((done) => { frame.onload = done; setTimeout(done, 5000); });
    return String(document.querySelectorAll('iframe').length);`,
  'shared bytes that change meanwhile': `
    if (typeof SharedArrayBuffer === 'undefined') return 'none';
    const bytes = new Uint8Array(new SharedArrayBuffer(1 << 20));
    bytes.set([0, 97, 115, 109, 1, 0, 0, 0]);
    const worker = new Worker(URL.createObjectURL(new Blob(['onmessage = ({ data }) => { for (;;) data[9 + Math.random() * 1000 | 0] = Math.random() * 256; }'])));
    worker.postMessage(bytes);
    const seen = new Set();
    for (let count = 0; count < 200; count += 1) { try { new WebAssembly.Module(bytes); seen.add('made'); } catch (error) { seen.add(error.name); } }
    worker.terminate();
    return [...seen].join();`,
  'a response that lies': `
    const lie = new Response('x', { headers: { 'content-type': 'application/wasm' } });
    for (const name of ['arrayBuffer', 'body', 'headers', 'ok', 'type', 'url', 'then']) Object.defineProperty(lie, name, { get() { throw new Error('asked for ' + name); } });
    return WebAssembly.compileStreaming(lie).then(() => 'made', (error) => error.name + ': ' + error.message);`,
};

const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' };
const page: Host = {
  headers,
  pages: {
    '/': html(`<body><script>
      window.strange = [];
      addEventListener('error', ({ message }) => strange.push(message));
      addEventListener('unhandledrejection', ({ reason }) => strange.push(String(reason)));
    </script></body>`),
    '/module.wasm': { type: 'application/wasm', body: readFileSync(join(modules, '@nimiq/core-web/worker-wasm.wasm')) },
    '/worker.js': js('postMessage(1)'),
  },
};
const hosts = (): Record<string, Host> => ({ 'odd.test': page });
const without = new Map<string, unknown>();

for (const extension of [false, true]) {
  inEachBrowser(`bad input ${extension ? 'with' : 'without'} the extension`, hosts, (stage) => {
    for (const [name, code] of Object.entries(attempts)) {
      test(name, { timeout: within + 40_000 }, async () => {
        const opened = await stage.browser.newPage();
        await opened.goto('https://odd.test/');
        // By the page's own eval: what a driver evaluates in Firefox has a WebAssembly of its own.
        const attempt = `void (async () => { ${code} })().then((found) => { window.found = found; }, (error) => { window.found = String(error); })`;
        await opened.evaluate(`window.eval(${JSON.stringify(attempt)})`);
        const found = await until('an outcome', () => opened.evaluate<readonly [], string | null>('window.found ?? null'), { within });
        assert.deepEqual(await opened.evaluate('strange'), [], 'nothing is thrown into the page');
        if (extension) assert.equal(found, without.get(stage.name + name));
        else without.set(stage.name + name, found);
        await opened.close();
      });
    }
    if (!extension) return;

    test('a background that is gone: the page works, and a miner is refused all the same', async () => {
      const opened = await stage.browser.newPage();
      await opened.goto('https://odd.test/');
      await stage.browser.stopBackground();
      assert.equal(await opened.evaluate('new Promise((done) => { new Worker("/worker.js").onmessage = ({ data }) => done(data); })'), 1);
      const miner = 'fetch("/module.wasm").then((response) => WebAssembly.compileStreaming(response)).then(() => "runs", (error) => error.name)';
      assert.equal(await opened.evaluate(`window.eval(${JSON.stringify(miner)})`), 'CompileError');
      assert.deepEqual(await opened.evaluate('strange'), []);
      await opened.close();
    });
  }, { extension });
}
