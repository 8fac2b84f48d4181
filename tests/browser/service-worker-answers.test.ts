// Promise: a site whose service worker answers for its workers' scripts, as installed web applications
// do, sees what it would without the extension: names, addresses, requests, caches and refusals. In
// Chromium, where the guard loads such scripts itself, all but what THREATS.md says of that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, js, outcomeOf, type Host, type Stage } from './harness/index.js';

const worker = js(`const seen = [self.name, self.location.href, performance.getEntriesByType('resource').length];
  const nested = new Worker('/nested.js', { name: 'within' });
  nested.onmessage = ({ data }) => postMessage([...seen, data, performance.getEntriesByType('resource').map(({ name }) => name)]);`);
const nested = js('postMessage([self.name, self.location.href]);');
const shared = js('onconnect = ({ ports: [port] }) => port.postMessage([self.name, self.location.href]);');

const serviceWorker = js(`
  const seen = [];
  addEventListener('install', (event) => { skipWaiting(); event.waitUntil(caches.open('own').then((cache) => cache.add('/before.js'))); });
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  const kept = async (request) => {
    const answer = await fetch(request);
    await (await caches.open('own')).put(request, answer.clone());
    return answer;
  };
  addEventListener('fetch', (event) => {
    const { pathname } = new URL(event.request.url);
    if (pathname === '/seen') return event.respondWith(Response.json(seen));
    seen.push([event.request.url, event.request.destination]);
    if (pathname === '/before.js') event.respondWith(caches.match('/before.js'));
    else if (pathname === '/kept.js') event.respondWith(kept(event.request));
    else if (pathname === '/made.js') event.respondWith(new Response('postMessage([self.name, self.location.href]);', { headers: { 'content-type': 'text/javascript' } }));
    else if (/^[/](?:through|gone|led)/.test(pathname)) event.respondWith(fetch(event.request));
  });`);

const page = html(`<script>
  const answer = (worker) => new Promise((done) => {
    const from = worker.port ?? worker;
    from.onmessage = ({ data }) => done(data);
    worker.onerror = ({ type, message }) => done([type, message]);
  });
  (async () => {
    await navigator.serviceWorker.register('/own.js');
    while (navigator.serviceWorker.controller === null) await new Promise((done) => setTimeout(done, 20));
    const told = {};
    for (const name of ['before', 'through', 'kept', 'made', 'past', 'gone', 'lost', 'led', 'moved']) {
      told[name] = [await answer(new Worker(name + '.js', { name: 'em-pthread' })), await answer(new Worker(name + '.js?module#part', { type: 'module' }))];
    }
    told.shared = [await answer(new SharedWorker('through-shared.js', 'one')), await answer(new SharedWorker('past-shared.js'))];
    told.cached = await (await (await caches.open('own')).match('/kept.js')).text();
    told.requests = await (await fetch('/seen')).json();
    const entries = performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType !== 'img' && initiatorType !== 'fetch');
    told.entries = entries.map(({ name }) => name).filter((name) => !name.endsWith('favicon.ico'));
    told.json = entries.map((entry) => entry.toJSON().name).filter((name) => !name.endsWith('favicon.ico'));
    const address = new URL('through.js', location.href).href;
    told.byName = [performance.getEntriesByName(address).length, performance.getEntriesByName(address, 'resource').length, performance.getEntriesByName(address, 'mark').length];
    window.outcome = JSON.stringify(told);
  })();
</script>`);

const hosts = (): Record<string, Host> => ({
  'installed.test': {
    pages: {
      '/': page, '/own.js': serviceWorker, '/nested.js': nested, '/through-shared.js': shared, '/past-shared.js': shared,
      ...Object.fromEntries(['before', 'through', 'kept', 'past', 'arrived'].map((name) => [`/${name}.js`, worker])),
      '/led.js': { status: 302, headers: { location: '/arrived.js' } },
      '/moved.js': { status: 302, headers: { location: '/arrived.js' } },
    },
  },
});

/** What a worker says of itself, or how it failed. */
type Said = readonly (string | number | null | readonly string[])[];

interface Told extends Readonly<Record<string, unknown>> {
  readonly shared: readonly Said[];
  readonly cached: string;
}

const outcomes = new Map<string, unknown>();

async function told(stage: Stage): Promise<unknown> {
  const all = await outcomeOf<Told>(stage, 'https://installed.test/', 30_000);
  if (stage.name === 'firefox') return all;
  const { shared, cached } = all;
  const said = (one: string): readonly Said[] => (all[one] as readonly Said[]).map(([own, address = null, , nested = null]) => [own ?? null, address, nested]);
  const answers = [...['through', 'kept', 'made', 'past'].flatMap(said), said('moved')[0]];
  const failures = ['gone', 'lost'].map((one) => (all[one] as readonly Said[]).map(([type]) => type));
  return { shared, cached, answers, failures };
}

inEachBrowser('a service worker answers, without the extension', hosts, (stage) => {
  test('what the page and its workers see', async () => {
    const outcome = await told(stage);
    assert.ok(JSON.stringify(outcome).includes('"em-pthread","https://installed.test/through.js"'), JSON.stringify(outcome));
    outcomes.set(stage.name, outcome);
  });
}, { extension: false });

inEachBrowser('a service worker answers', hosts, (stage) => {
  test('they see the same', async () => {
    assert.deepEqual(await told(stage), outcomes.get(stage.name));
  });
});
