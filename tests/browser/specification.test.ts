// Promise: what the standards say of WebAssembly, workers, sockets and requests is as true with the extension
// as without it. No registry package carries the web platform's own tests, so these are written
// from the specifications; every answer is compared word by word.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { around, bodyOf, html, inEachBrowser, js, root, sized, until, type Host, type Stage } from './harness/index.js';

type Answers = Readonly<Record<string, string>>;

const folder = join(root, 'tests/sites/specification');
/** What pages and workers have in common; the first is what the others stand on. */
const parts = ['checks', 'webassembly', 'sockets', 'requests'];
const part = (name: string): string => readFileSync(join(folder, `${name}.js`), 'utf8');

/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
const add = Buffer.from('0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b', 'hex');

const scripts = `${[...parts, 'workers'].map((name) => `<script src="/${name}.js"></script>`).join('')}
    <script>runChecks().then((all) => { window.answers = JSON.stringify(all); });</script>`;
const policy = { 'content-security-policy': "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; worker-src 'self' blob: data:" };

const pages = {
  page: html(scripts),
  'page under a policy': html(scripts, policy),
  'page in a frame': around('/page', 'answers'),
  'page in a frame under a policy': around('/page-under-a-policy', 'answers'),
  worker: html(`<script>new Worker('/inside.js').onmessage = ({ data }) => { window.answers = data; };</script>`),
  'module worker': html(`<script>new Worker('/inside.mjs', { type: 'module' }).onmessage = ({ data }) => { window.answers = data; };</script>`),
} as const;

const inside = `${parts.map(part).join('\n')}\nrunChecks().then((all) => postMessage(JSON.stringify(all)));`;

const pathOf = (name: string): string => `/${name.replaceAll(' ', '-')}`;

function hosts(): Record<string, Host> {
  return {
    'specification.test': {
      pages: {
        ...Object.fromEntries(Object.entries(pages).map(([name, page]) => [pathOf(name), page])),
        ...Object.fromEntries([...parts, 'workers'].map((name) => [`/${name}.js`, js(part(name))])),
        '/inside.js': js(inside),
        '/inside.mjs': js(inside),
        '/add.wasm': { type: 'application/wasm', body: add },
        '/echo.js': js('onmessage = ({ data }) => postMessage([data, name, location.pathname]);'),
        '/module.js': js('import { part } from "/part.js"; postMessage([part, new URL(import.meta.url).pathname]);'),
        '/part.js': js('export const part = 42;'),
        '/shared.js': js('let count = 0; onconnect = ({ ports: [port] }) => port.postMessage(++count);'),
        '/classic.js': js('var fromClassic = 42;'),
        '/events': { type: 'text/event-stream', body: `id: 7\ndata: ${JSON.stringify({ id: 'e'.repeat(64) })}\n\nevent: named\ndata: two\ndata: lines\n\ndata: three\n\n` },
        '/service.js': js('onmessage = ({ data, ports: [port] }) => port.postMessage([data, registration.scope]);'),
      },
      handle: async (request, { pathname }) => {
        if (pathname === '/slow') return { type: 'text/plain', body: 'late', late: 2000 };
        if (pathname === '/whence') return sized('application/json', JSON.stringify(request.headers.referer ?? ''));
        if (pathname !== '/said') return undefined;
        const { method, url, headers } = request;
        return sized('application/json', JSON.stringify({ method, url, type: headers['content-type'], own: headers['x-a'], body: (await bodyOf(request)).toString('base64') }));
      },
      socket: (socket, url) => {
        if (url.pathname === '/none') return socket.terminate();
        socket.on('message', (data, binary) => socket.send(data, { binary }));
      },
    },
  };
}

async function answers(stage: Stage, kind: string): Promise<Answers> {
  const page = await stage.browser.newPage();
  await page.goto(`https://specification.test${pathOf(kind)}`);
  const text = await until<string>('all checks have run', () => page.evaluate('window.answers ?? null'), { within: 120_000, every: 200 });
  await page.close();
  return JSON.parse(text) as Answers;
}

/** What differs all the same, and why; one that no longer does fails the test. */
const known: readonly { readonly in: RegExp; readonly check: string; readonly why: string }[] = [
  { in: /^chromium .*worker$/, check: 'request: referrer of XMLHttpRequest', why: 'the worker was started from a blob: address, and only fetch can name another referrer' },
  { in: / page/, check: 'worker: stack begins in its own code', why: "the guard stands on the first line of the worker's script" },
  { in: /^chromium page(?: in a frame)?$/, check: 'worker: not there', why: 'the guard loads the script, and a failure to load reaches the page as an error that was thrown' },
  { in: /^chromium page(?: in a frame)?$/, check: 'worker: not JavaScript', why: 'as above' },
];

const without = new Map<string, Answers>();

inEachBrowser('specification without the extension', hosts, (stage) => {
  for (const kind of Object.keys(pages)) {
    test(`in a ${kind}`, async () => {
      const all = await answers(stage, kind);
      assert.ok(Object.keys(all).length > 50, 'the checks are there');
      assert.deepEqual(Object.entries(all).filter(([, answer]) => answer === 'no answer'), []);
      without.set(stage.name + kind, all);
    });
  }
}, { extension: false });

inEachBrowser('specification with the extension', hosts, (stage) => {
  for (const kind of Object.keys(pages)) {
    test(`in a ${kind}`, async (context) => {
      const all = await answers(stage, kind);
      for (const [name, answer] of Object.entries(without.get(stage.name + kind) ?? {})) {
        const why = known.find((one) => one.check === name && one.in.test(`${stage.name} ${kind}`))?.why;
        await context.test(name, () => (why === undefined ? assert.equal(all[name], answer) : assert.notEqual(all[name], answer, `this is mended, and no longer known: ${why}`)));
      }
    });
  }
});
