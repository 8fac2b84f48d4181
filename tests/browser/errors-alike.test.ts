// Promise: what goes wrong in a page or in a worker is told as without the extension: the same events,
// messages, names, places in the code and calls in stack traces; and addresses mean the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, js, outcomeOf, type Answer, type Host, type Stage } from './harness/index.js';

/** Scripts of workers, by their addresses. What is on the first line is further to the right behind a guard. */
const scripts: Readonly<Record<string, Answer>> = {
  '/throws.js': js('\n  throw new RangeError("mine")'),
  '/throws-late.js': js('\nsetTimeout(() => { null.x }, 10)'),
  '/throws-object.js': js('\nthrow { any: 1 }'),
  '/throws-inside.js': js('\nimportScripts("/throws.js")'),
  '/lacks-import.js': js('\nimportScripts("/nothing.js")'),
  '/speaks-first.js': js('\nonerror = () => true; postMessage("once"); importScripts("/nothing.js")'),
  '/handles.js': js('\nonerror = (...all) => { postMessage(all.map(String)); return true }; setTimeout(() => { null.x }, 10)'),
  '/handles-own.js': js('\nonerror = (...all) => { postMessage(all.map(String)); return true };\nnew WebSocket("ws://[")'),
  '/traces-own.js': js('\ntry { new WebSocket("ws://[") } catch ({ stack }) { postMessage(stack) }'),
  '/handles-foreign.js': js('\nonerror = (...all) => { postMessage(all.map(String)); return true };\n importScripts("https://other.test/throws.js")'),
  '/where.js': js('setTimeout(() => postMessage([location.href, new Request("own").url]))'),
  '/led.js?to=/where.js': { status: 302, headers: { location: '/where.js' } },
  '/rejects.js': js('onunhandledrejection = ({ reason }) => postMessage("rejected " + reason); Promise.reject(3)'),
  '/trace.js': js('\n\n  postMessage(new Error("x").stack); function deep() { return new Error("y").stack } postMessage(deep()); try { null.x } catch (e) { postMessage(e.stack) }'),
  '/order.js': js('const log = []; queueMicrotask(() => log.push("microtask")); Promise.resolve().then(() => log.push("promise")); setTimeout(() => { log.push("timer"); postMessage(log) }); onmessage = () => log.push("message"); log.push("script")'),
  '/relative.js': js(`
    const path = (given) => given === undefined ? 'none' : new URL(given.url).pathname;
    (async () => {
      const cache = await caches.open('alike');
      await cache.put('put', new Response('one'));
      await cache.add('own.txt');
      await cache.addAll(['/deep/own.txt', new Request('own.txt?again')]);
      postMessage([
        path((await cache.keys('put'))[0]), (await cache.keys()).length, await (await cache.match('put'))?.text(), await (await caches.match('/put'))?.text(),
        (await cache.matchAll('own.txt')).length, await cache.delete('own.txt'), Response.redirect('led', 301).headers.get('location'), path(new Request('own.txt')), path(await fetch('own.txt')),
      ]);
      await caches.delete('alike');
    })().catch((error) => postMessage(String(error)));`),
  '/own.txt': { type: 'text/plain', body: 'own' },
  '/deep/own.txt': { type: 'text/plain', body: 'own' },
  '/own.txt?again': { type: 'text/plain', body: 'own' },
  '/hashbang.js': js('#!/usr/bin/env node\npostMessage("said")'),
  '/text.txt': { type: 'text/plain', body: 'postMessage("said")' },
  '/text-sure.txt': { type: 'text/plain', body: 'postMessage("said")', headers: { 'x-content-type-options': 'nosniff' } },
  '/led.js?to=/text.txt': { status: 302, headers: { location: '/text.txt' } },
  '/led.js?to=/order.js': { status: 302, headers: { location: '/order.js' } },
  '/led.js?to=https://other.test/back.js': { status: 302, headers: { location: 'https://other.test/back.js' } },
  '/led.js?to=https://other.test/own.js': { status: 302, headers: { location: 'https://other.test/own.js' } },
  '/gone.js': { status: 500, type: 'text/javascript', body: 'postMessage("said")' },
};

/** What throws something without a trace. */
const traceless = 'new Worker({ toString() { throw 7 } })';

/** What is tried in the page: each line an expression, or a function of the page that may be asynchronous. */
const tries: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(scripts).flatMap((path) => [[`a worker from ${path}`, `() => worker('${path}')`], [`a module worker from ${path}`, `() => worker('${path}', { type: 'module' })`]])),
  'a worker from nothing': "() => worker('/nothing.js')",
  'a worker that is spoken to at once': "() => worker('/order.js', {}, (one) => one.postMessage('early'))",
  'a worker within a worker': "() => worker(blob('const inner = new Worker(\"' + location.origin + '/throws.js\"); inner.onerror = (e) => { e.preventDefault(); postMessage([e.message, e.filename, e.lineno]) }'))",
  'a blob worker that throws': "() => worker(blob('\\n  throw new RangeError(\"mine\")'))",
  'a blob worker that traces': "() => worker(blob('\\n\\n  postMessage(new Error(\"x\").stack)'))",
  'a blob worker with a hashbang': "() => worker(blob('#!/usr/bin/env node\\npostMessage(\"said\")'))",
  'a data worker with a hashbang': "() => worker('data:text/javascript,' + encodeURIComponent('#!/usr/bin/env node\\npostMessage(\"said\")'))",
  'an address that is none': "() => new Worker('https://[')",
  'a trace of an address that is none': "() => { try { new Worker('https://['); } catch (error) { return error.stack; } }",
  'a trace that the page makes': `() => {
    Error.prepareStackTrace = (error, calls) => calls.map((call) => [call.getFunctionName(), call.getFileName()].join());
    try { new WebSocket('x y'); } catch (error) { return error.stack; } finally { delete Error.prepareStackTrace; }
  }`,
  'traces that the page takes apart': `() => {
    Error.prepareStackTrace = (_, calls) => calls;
    const caught = (act) => { try { act(); } catch (error) { return [error?.name ?? error, error?.stack?.map?.((call) => call.getFileName())]; } };
    try { return [caught(() => new Worker('https://[')), caught(() => ${traceless}), caught(() => new Worker({ toString() { throw { any: 1 } } }))]; } finally { delete Error.prepareStackTrace; }
  }`,
  'a trace of a module that is none': '() => { try { new WebAssembly.Module(new Uint8Array(3)); } catch (error) { return error.stack; } }',
  'fetch, of nobody': "() => fetch('https://nobody.test/')",
  'fetch, of no address': "() => fetch('https://[')",
  'fetch, unhandled': "async () => { void fetch('https://nobody.test/'); while (errors.length === 0) await wait(20); }",
  'fetch, given up': '() => { const control = new AbortController(); control.abort(new RangeError("mine")); return fetch("/", { signal: control.signal }); }',
  'where an error was made': "() => { const places = []; for (const act of [() => new WebSocket('x y'), () => new Worker('/', { type: 'x' }), () => new WebAssembly.Module(new Uint8Array(3)), () => new XMLHttpRequest().send()]) try { act(); } catch (e) { places.push([e.name, e.fileName ?? e.filename, e.lineNumber, e.columnNumber, e.stack]); } return places; }",
  ...Object.fromEntries(
    [
      'new WebSocket("ws://[")', 'new Worker("https://[")', 'new Worker({ toString() { throw new RangeError("mine") } })', traceless, 'new WebAssembly.Module(new Uint8Array(3))', 'new XMLHttpRequest().send()',
      'URL.createObjectURL(1)', 'document.body.appendChild(1)', 'document.body.append(document)', 'document.body.insertBefore(document.body, null)', 'document.createRange().insertNode(1)',
    ].flatMap((act) => [
      [`uncaught: ${act}`, `async () => { setTimeout(() => { ${act} }); while (errors.length === 0) await wait(20); }`],
      [`uncaught at once, handled by onerror: ${act}`, `() => { const told = []; onerror = (...all) => { told.push(all.map(String)); return true }; try { addEventListener("own", () => { ${act} }, { once: true }); dispatchEvent(new Event("own")); } finally { onerror = null } return told; }`],
    ]),
  ),
  'uncaught in a blob worker': "() => worker(blob('\\nonerror = (...all) => { postMessage(all.map(String)); return true };\\nnew WebSocket(\"ws://[\")'))",
  'a digest of no kind': "() => crypto.subtle.digest('X', new Uint8Array(1))",
  'a digest of nothing': '() => crypto.subtle.digest()',
  'compile nothing': '() => WebAssembly.compile()',
  'compile what is no module': '() => WebAssembly.compile(new Uint8Array(9))',
  'instantiate nothing': '() => WebAssembly.instantiate()',
  'stream nothing': '() => WebAssembly.compileStreaming()',
  'stream from nobody': "() => WebAssembly.compileStreaming(fetch('https://nobody.test/'))",
  'stream, given up': "async () => { const control = new AbortController(); const found = await fetch('/module.wasm', { signal: control.signal }); control.abort(); return WebAssembly.compileStreaming(found); }",
  'stream and start, given up in between': "async () => { const control = new AbortController(); const found = await fetch('/module.wasm', { signal: control.signal }); void Promise.resolve().then(() => control.abort()); return WebAssembly.instantiateStreaming(found); }",
  'a service worker from a blob': "() => navigator.serviceWorker.register(blob('1'))",
  'a service worker from nothing': "() => navigator.serviceWorker.register('/nothing.js')",
  'a worklet from nothing': "() => new OfflineAudioContext(1, 128, 44100).audioWorklet.addModule('/nothing.js')",
};

const page = html(`<script>
  const errors = [];
  const line = ({ message, filename, lineno, colno, error }) => [message, filename, lineno, colno, error?.name].join();
  addEventListener('error', (event) => event.message === undefined || errors.push(line(event)));
  addEventListener('unhandledrejection', ({ reason }) => errors.push('rejected ' + told(reason)));
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const blob = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const told = (error) => error instanceof Error || error instanceof DOMException ? [Object.prototype.toString.call(error), error.name, error.message, error.stack] : error;
  const worker = async (address, options, act = () => undefined) => {
    const heard = [];
    const one = new Worker(address, options);
    one.onmessage = ({ data }) => heard.push(data);
    one.onerror = (event) => heard.push(event.constructor.name + ' ' + event.cancelable + ' ' + line(event));
    act(one);
    for (let waited = 0; heard.length === 0 && waited < 40; waited += 1) await wait(100);
    await wait(250);
    one.terminate();
    return heard;
  };
  const tries = { ${Object.entries(tries).map(([name, act]) => `${JSON.stringify(name)}: ${act}`).join(', ')} };
  (async () => {
    const all = {};
    for (const [name, act] of Object.entries(tries)) {
      errors.length = 0;
      let found;
      try { found = await act(); } catch (error) { found = ['thrown', told(error)]; }
      all[name] = { found, errors: [...errors] };
    }
    window.outcome = JSON.stringify(all).replace(/blob:[^\\s:)"',]*:[^\\s:)"',]*/g, 'BLOB');
  })();
</script>`);

const foreign: Answer = { ...js('postMessage("of another site")'), headers: { 'access-control-allow-origin': '*' } };

const hosts = (): Record<string, Host> => ({
  'alike.test': { pages: { '/': page, '/module.wasm': { type: 'application/wasm', body: Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]) } }, handle: (_, { pathname, search }) => scripts[pathname + decodeURIComponent(search)] },
  'other.test': { pages: { '/own.js': foreign, '/back.js': { status: 302, headers: { location: 'https://alike.test/order.js', 'access-control-allow-origin': '*' } }, '/throws.js': js('throw 1') } },
});

/** What is told in Chromium otherwise: it says that the script was imported. */
const imported = "Failed to execute 'importScripts' on 'WorkerGlobalScope': ";

/** And what is still told in another way: that we asked, or the address that stands for a module's; and what has no trace was thrown where the page called us. */
const otherwise: ReadonlySet<string> = new Set([
  'chromium: a worker from /lacks-import.js', 'chromium: a module worker from /throws-object.js',
  ...['chromium', 'firefox'].flatMap((name) => [`${name}: uncaught: ${traceless}`, `${name}: uncaught at once, handled by onerror: ${traceless}`]),
]);

const outcomes = new Map<string, Record<string, unknown>>();
const outcome = (stage: Stage): Promise<Record<string, unknown>> => outcomeOf(stage, 'https://alike.test/', 120_000);

inEachBrowser('what goes wrong, without the extension', hosts, (stage) => {
  test('is told', async () => {
    const found = await outcome(stage);
    assert.ok(JSON.stringify(found['a worker from /throws.js']).includes('mine'));
    outcomes.set(stage.name, found);
  });
}, { extension: false });

inEachBrowser('what goes wrong', hosts, (stage) => {
  const found = new Map<string, unknown>();
  test('is told', async () => {
    for (const [name, told] of Object.entries(await outcome(stage))) found.set(name, JSON.parse(JSON.stringify(told).replaceAll(imported, '')));
  });
  for (const name of Object.keys(tries)) {
    test(`${name}: as without the extension`, (context) => {
      const before = outcomes.get(stage.name);
      if (before === undefined) return context.skip('not without the extension either');
      const expected: unknown = JSON.parse(JSON.stringify(before[name]).replaceAll(imported, ''));
      if (otherwise.has(`${stage.name}: ${name}`)) assert.notDeepEqual(found.get(name), expected);
      else assert.deepEqual(found.get(name), expected);
    });
  }
});
