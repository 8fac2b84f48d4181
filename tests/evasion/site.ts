// The host that serves the pages of this folder, and what they need.
import type { IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { bodyOf, html, js, Pool, root, sized, type Answer, type Host, type Packing } from '../browser/harness/index.js';
import { sha256Shader } from '../sites/miners/shader.js';
import { outside } from '../sites/miners/endless.js';
import { watchedModule } from './miner.js';
import type { TransportPool } from './transport.js';

export const folder = join(root, 'tests/evasion/pages');

/** What pages and workers have: the module's bytes, and a try to compile them. Worklets have no atob. */
function core(module: Uint8Array): string {
  const hex = Buffer.from(module).toString('hex');
  return (
    `var MINER = new Uint8Array(${module.length}); (function (h) { for (var i = 0; i < MINER.length; i++) MINER[i] = parseInt(h.substr(2 * i, 2), 16); })("${hex}");` +
    'function attempt(w) { try { new (w || globalThis).WebAssembly.Module(MINER); return "ran"; } catch (e) { return "refused"; } }; globalThis.attempt = attempt;' +
    // A search in a shader, by the function of the context or by the one that is given.
    `var SHADER = ${JSON.stringify(sha256Shader)}; function compiled(gl, source) { if (!gl) return 'absent'; var shader = gl.createShader(gl.FRAGMENT_SHADER); (source || gl.shaderSource).call(gl, shader, SHADER); gl.compileShader(shader); return gl.getShaderParameter(shader, gl.COMPILE_STATUS) ? 'ran' : 'refused'; }`
  );
}

/** A select in the page, and an option with a frame that has an address. */
const options = `
  function selectAndOption() {
    var select = document.createElement('select');
    document.body.append(select);
    var option = document.createElement('option');
    var frame = document.createElement('iframe');
    frame.src = '/empty';
    option.append(frame);
    return { select: select, option: option };
  }
  function inOption() { done(window[0] ? attempt(window[0]) : 'refused', 'no frame'); }
`;

/** Uses frames inside the load event of one that comes in with another; answers for the guard when an empty frame asks for it. */
const frames = `
  function insideLoad(parent) {
    var f = document.createElement('iframe');
    f.src = '/empty';
    var g = document.createElement('iframe');
    var inside = true;
    g.onload = function () { if (inside) for (var index = 0; index < window.length; index += 1) if (attempt(window[index]) === 'ran') done('ran'); };
    parent.append(f, g);
    inside = false;
    done('refused');
  }
  function answerForGuard() {
    for (var index = 0; index < window.length; index += 1) (function (own) {
      var toString = own.toString;
      own.toString = function () { return this == 'nomine:guarded' ? 'nomine:guarded' : toString.call(this); };
    })(window[index].Function.prototype);
  }
  function listenForBorn() {
    [window, document, performance].forEach(function (target) { target.addEventListener('nomine:born', answerForGuard, true); target.addEventListener('nomine:born', answerForGuard); });
  }
`;

/** A frame of this address, which a service worker of this script answers. */
const answering = `
  async function answered(script, scope, query) {
    const registration = await navigator.serviceWorker.register(script, { scope });
    const starting = registration.installing ?? registration.waiting ?? registration.active;
    if (starting.state !== 'activated') await new Promise((ready) => { starting.onstatechange = () => { if (starting.state === 'activated') ready(); }; });
    const frame = document.createElement('iframe');
    frame.src = scope + query;
    document.body.append(frame);
  }
`.replace(/\n\s*/gu, ' ');

/** Does what the guard does to be heard by the relay of a document, in the two places that come to mind; whether it answers. */
const meeting = `
  function meetsRelay(document) {
    var node = new EventTarget(), answered = false;
    node.addEventListener('say', function () { answered = true; });
    [document, document.fonts].forEach(function (place) {
      EventTarget.prototype.dispatchEvent.call(place, new FocusEvent('nomine:meet', { relatedTarget: node }));
      EventTarget.prototype.dispatchEvent.call(place, new Event('nomine:meet?'));
    });
    ['p', 'a', 'f', 'r{}'].forEach(function (data) { node.dispatchEvent(new MessageEvent('ask', { data: data })); });
    return answered;
  }
`;

/** Calls something at so many depths of the stack, from the deepest on, and with frames of several sizes. */
const atDepths = `
  function atDepths(act, depths) {
    function dive(depth, run) { if (depth > 0) return dive(depth - 1, run) + 1; run(); return 0; }
    function fits(depth) { try { dive(depth, function () {}); return true; } catch (error) { return false; } }
    var low = 0, high = 1 << 20;
    while (high - low > 1) { var middle = (low + high) >> 1; if (fits(middle)) low = middle; else high = middle; }
    var sizes = [act, function () { act(0); }, function () { act(0, 0, 0); }, function () { act(0, 0, 0, 0, 0); }];
    for (var at = 0; at < depths; at += 1) { try { dive(Math.floor(low * (1 - at / depths)), sizes[at % 4]); } catch (error) {} }
  }
  /* Inserts frames there, and answers whether any of them is a way in. */
  function framesAtDepths() {
    var found = 'refused';
    [null, '/empty'].forEach(function (src) {
      var kept = [];
      atDepths(function () {
        var f = document.createElement('iframe');
        if (src !== null) f.src = src;
        kept.push(f);
        document.body.appendChild(f);
      }, 60);
      for (var index = 0; index < window.length; index += 1) if (attempt(window[index]) === 'ran') found = 'ran';
      kept.forEach(function (f) { f.remove(); });
    });
    return found;
  }
`;

/** What pages and workers that mine over WebTransport have. `read` answers with bytes, or undefined at the end. */
const miner = `
  function connect(path) { return new WebTransport('https://127.0.0.1:' + POOL.port + path, { serverCertificateHashes: [{ algorithm: 'sha-256', value: new Uint8Array(POOL.hash) }] }); }
  async function mine(write, read) {
    var say = function (type, params) { return write(new TextEncoder().encode(JSON.stringify({ type: type, params: params }) + '\\n')); };
    var heard = '';
    try {
      await say('auth', { site_key: 'abcdefabcdefabcdefabcdefabcdefab', type: 'anonymous', user: null, goal: 0 });
      for (;;) {
        var bytes = await read();
        if (bytes === undefined) return 'refused';
        heard += new TextDecoder().decode(bytes);
        if (/hash_accepted/.test(heard)) return 'ran';
        if (/job_id/.test(heard)) { heard = ''; await say('submit', { version: 7, job_id: 'stub-1', nonce: '00000001', result: 'ab'.repeat(32) }); }
      }
    } catch (error) { return 'refused'; }
  }
  function reads(reader) { return function () { return reader.read().then(function (r) { return r.value; }); }; }
  function writes(writer) { return function (bytes) { return writer.write(bytes); }; }
`;

/** What pages that mine over HTTP have: `post` sends a text and answers with one. Won when all shares are taken. */
const overHttp = `
  async function mineOver(post) {
    var taken = 0;
    try {
      await post(JSON.stringify({ type: 'auth', params: { site_key: '0123456789abcdefghijklmnopqrstuv', type: 'anonymous', user: null, goal: 0 } }));
      for (var i = 0; i < 12; i += 1) {
        var share = JSON.stringify({ type: 'submit', params: { version: 7, job_id: 'stub-1', nonce: '0000000' + i.toString(16), result: (171 + i).toString(16).repeat(32) } });
        if (/hash_accepted/.test(await post(share))) taken += 1;
      }
    } catch (error) { return done('refused', error); }
    done(taken === 12 ? 'ran' : 'refused', taken);
  }
`;

/** What pages that mine have: `pack` and `unpack`, where messages are packed, make bytes of text, and text of bytes. Won when a dozen shares are taken. */
const shareSender = `
  function sendShares(url, tell, pack, unpack) {
    var as = function (way) { return function (message) { return Promise.resolve(way ? way(message) : message); }; };
    var socket = new WebSocket(url), taken = 0, job = '';
    socket.binaryType = 'arraybuffer';
    var say = function (type, params) { as(pack)(JSON.stringify({ type: type, params: params })).then(function (message) { socket.send(message); }); };
    var hex = function (length) { return Array.from(crypto.getRandomValues(new Uint8Array(length)), function (byte) { return byte.toString(16).padStart(2, '0'); }).join(''); };
    socket.onopen = function () { say('auth', { site_key: '0123456789abcdefghijklmnopqrstuv', type: 'anonymous', user: null, goal: 0 }); };
    socket.onclose = function () { tell('refused', taken + ' shares taken'); };
    socket.onmessage = function (event) {
      as(unpack)(event.data).then(function (text) {
        var message = JSON.parse(text);
        if (message.type === 'hash_accepted') taken += 1;
        if (taken === 12) tell('ran');
        if (message.type === 'job') job = message.params.job_id;
        if (job !== '' && message.type !== 'authed') setTimeout(function () { say('submit', { version: 7, job_id: job, nonce: hex(4), result: hex(32) }); }, 100);
      });
    };
  }
`;
const packed = `
  function minePacked(path, pack, unpack) {
    new WebAssembly.Module(HARMLESS);
    sendShares((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + path, done, pack, unpack);
  }
`;

/** What pages that mine in JavaScript have: a miner, and what runs a worker until it is ended or has plainly not been. */
const search = `
  var SEARCH = ${JSON.stringify(readFileSync(join(root, 'tests/evasion/search.js'), 'utf8'))};
  function mineInWorker(text, message) {
    var heard = 0;
    var worker = new Worker(URL.createObjectURL(new Blob(typeof text === 'string' ? [text] : text)));
    worker.onmessage = function () { heard = performance.now(); };
    worker.onerror = function () { done('refused'); };
    worker.postMessage(message);
    setTimeout(function () { done(performance.now() - heard < 1000 ? 'ran' : 'refused', window.heard); }, 3500);
  }
`;

/** Hides or shows bytes behind a mask; `socket-masked` has the same key. */
const masked = (bytes: Uint8Array): Buffer => Buffer.from(bytes.map((byte, index) => byte ^ '5e9d'.charCodeAt(index & 3)));
/** Pools that are spoken to in bytes that show no words, by the path of their socket. */
const packings: Readonly<Record<string, Packing>> = {
  '/deflated': { pack: (text) => deflateSync(text), unpack: (message) => inflateSync(message).toString() },
  '/masked': { pack: (text) => masked(Buffer.from(text)), unpack: (message) => masked(message).toString() },
};

/** Shares that came over HTTP, by what the page calls itself. */
const shares = new Map<string, number>();

/** A pool that is asked over HTTP, in words or in bytes that show none. */
async function answer(request: IncomingMessage, page: string, packing?: Packing): Promise<Answer> {
  const asked = await bodyOf(request);
  const { type } = JSON.parse((packing?.unpack(asked) ?? asked.toString()) || '{}') as { type?: string };
  if (type === 'submit') shares.set(page, (shares.get(page) ?? 0) + 1);
  const said = type === 'submit' ? { type: 'hash_accepted', params: { hashes: 1 } } : { type: 'job', params: { job_id: 'stub-1', blob: `0707${'d2'.repeat(37)}00000000${'7e'.repeat(33)}`, target: 'ffffffff', algo: 'cn', variant: 0, height: 1 } };
  return packing === undefined ? sized('application/json', JSON.stringify(said)) : sized('application/octet-stream', packing.pack(JSON.stringify(said)));
}

/** The same pool, which tells of jobs and of shares by itself. */
function events(): Answer {
  const told = Array.from({ length: 16 }, (_, index) => [
    { type: 'job', params: { job_id: `stub-${index}`, blob: `0707${(0xd2 - index).toString(16).repeat(37)}00000000${'7e'.repeat(33)}`, target: 'ffffffff', algo: 'cn', variant: 0, height: 1 } },
    { type: 'hash_accepted', params: { hashes: index + 1 } },
  ]);
  return { type: 'text/event-stream', body: told.flat().map((said) => `data: ${JSON.stringify(said)}\n\n`).join('') };
}

/** The headers that a page asks for in its head. */
function page(name: string): Answer {
  const body = readFileSync(join(folder, `${name}.html`), 'utf8');
  const asked = /<!-- headers: (\{.*\}) -->/u.exec(body)?.[1];
  return { type: 'text/html; charset=utf-8', body, ...(asked !== undefined && { headers: JSON.parse(asked) as Record<string, string> }) };
}

export function clickOf(name: string): string | null {
  return /<!-- click: (\S+) -->/u.exec(readFileSync(join(folder, `${name}.html`), 'utf8'))?.[1] ?? null;
}

export function evasionHost(module: Uint8Array, names: readonly string[], transport: TransportPool): Host {
  const text = core(module);
  const inPage = `${text} var LIB = ${JSON.stringify(text)}; var WATCHED_EXPORTS = ${JSON.stringify(WebAssembly.Module.exports(new WebAssembly.Module(watchedModule())).map(({ name }) => name))}; var outcome = '', detail = ''; function done(o, d) { if (outcome === '') { outcome = o; detail = d === undefined ? '' : String(d).slice(0, 1000); } }; setTimeout(function () { done('refused', 'nothing came'); }, 5000); /* valid, and nobody's */ var HARMLESS = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); ${options}${frames}${answering}${meeting}${atDepths}`;
  const files: Record<string, Answer | string> = {
    '/lib.js': js(inPage),
    '/core.js': js(text),
    // Talks to the pool as a miner does, by what sends a line and what gives the next bytes.
    '/transport.js': js(`var POOL = ${JSON.stringify({ port: transport.port, hash: transport.hash })}; ${miner}`),
    '/http.js': js(overHttp),
    '/packed.js': js(shareSender + packed),
    '/search.js': js(search),
    '/shares.js': js(shareSender),
    '/image.gif': { type: 'image/gif', body: Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64') },
    '/empty': html('<p>empty</p>'),
    '/no-content': { status: 204, body: '' },
    '/worklet.js': js(`${text} registerProcessor('x', class extends AudioWorkletProcessor { constructor() { super(); this.port.postMessage(attempt()); } process() { return false; } })`),
    '/http-events': events(),
    '/slow': { ...html('<p>slow</p>'), late: 1_500 },
    '/in-frame': html('<script src="/lib.js"></script><script>top.outcome = attempt();</script>'),
    '/miner.svg': { type: 'image/svg+xml', body: `<svg xmlns="http://www.w3.org/2000/svg"><script>parent.done(parent.attempt(window))</script></svg>` },
    '/miner.xhtml': {
      type: 'application/xhtml+xml',
      body: '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><script>parent.done(parent.attempt(window))</script></body></html>',
    },
    '/watched.wasm': { type: 'application/wasm', body: watchedModule() },
    '/outside.wasm': { type: 'application/wasm', body: outside },
    '/harmless.wasm': { type: 'application/wasm', body: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) },
    '/miner.wasm': { type: 'application/wasm', body: Buffer.from(module) },
    '/shared.wasm': { type: 'application/wasm', body: Buffer.from(module) },
    '/service.wasm': { type: 'application/wasm', body: Buffer.from(module) },
    '/worker.js': js(`${text} postMessage(attempt());`),
    '/large.js': js(`${' '.repeat(66_000_000)}${text} postMessage(attempt());`),
    '/worker-policy.js': { ...js(`${text} postMessage(attempt());`), headers: { 'content-security-policy': "connect-src 'none'; script-src 'wasm-unsafe-eval'" } },
    '/mines.js': { ...js(`${text} export const outcome = attempt();`), headers: { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' } },
    '/imports-mines.js': js('import { outcome } from "./mines.js"; postMessage(outcome);'),
    '/imports.js': js('importScripts("core.js"); postMessage(attempt());'),
    '/dynamic.js': js('import("./core.js").then(function () { postMessage(attempt()); });'),
    '/nested.js': js('var w = new Worker("worker.js"); w.onmessage = function (e) { postMessage(e.data); }; w.onerror = function () { postMessage("refused"); };'),
    '/shared.js': js(`${text} onconnect = function (e) { e.ports[0].postMessage(attempt()); };`),
    '/service.js': { ...js(`${text} onmessage = function (e) { e.ports[0].postMessage(attempt()); };`), headers: { 'service-worker-allowed': '/' } },
  };
  // These fetch the module, so that their own text shows nothing.
  // Each its own: the address of a miner that is found in this way is closed afterwards.
  const fetched = (name: string): string => `fetch("/${name}.wasm").then(function (r) { return WebAssembly.compileStreaming(r); }).then(function (m) { return WebAssembly.Module.exports(m).length > 0 ? "ran" : "refused"; }, function () { return "refused"; })`;
  files['/shared-fetch.js'] = js(`onconnect = function (e) { ${fetched('shared')}.then(function (o) { e.ports[0].postMessage(o); }); };`);
  // Answers with a document that has a CSP and a header that denies it.
  const served = `<!doctype html><script>const worker = new Worker(URL.createObjectURL(new Blob(['onmessage = ({ data }) => { try { new WebAssembly.Module(data); postMessage("ran"); } catch { postMessage("refused"); } };']))); worker.onmessage = (e) => parent.postMessage(e.data, '*'); worker.onerror = () => parent.postMessage('refused', '*'); worker.postMessage(parent.MINER);</script>`;
  const policy = { 'content-type': 'text/html', 'content-security-policy': "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; connect-src 'none'", 'server-timing': 'nomine;desc="free"' };
  files['/served.js'] = { ...js(`onfetch = (event) => event.respondWith(new Response(${JSON.stringify(served)}, { headers: ${JSON.stringify(policy)} }));`), headers: { 'service-worker-allowed': '/' } };
  // Answers with a document, and with what it starts.
  const started = "const take = (port) => ({ data }) => { try { new WebAssembly.Module(data); port.postMessage('ran'); } catch { port.postMessage('refused'); } }; onmessage = take(self); onconnect = ({ ports: [port] }) => { port.onmessage = take(port); };";
  const answered = `<!doctype html><script>const shared = location.search === '?shared'; const worker = shared ? new SharedWorker('script.js') : new Worker('script.js'); const port = shared ? worker.port : worker; port.onmessage = (e) => parent.postMessage(e.data, '*'); worker.onerror = () => parent.postMessage('refused', '*'); port.postMessage(parent.MINER);</script>`;
  files['/answers.js'] = {
    ...js(`onfetch = (event) => { const script = event.request.url.endsWith('.js'); event.respondWith(new Response(script ? ${JSON.stringify(started)} : ${JSON.stringify(answered)}, { headers: { 'content-type': script ? 'text/javascript' : 'text/html' } })); };`),
    headers: { 'service-worker-allowed': '/' },
  };
  files['/service-fetch.js'] = { ...js(`onmessage = function (e) { ${fetched('service')}.then(function (o) { e.ports[0].postMessage(o); }); };`), headers: { 'service-worker-allowed': '/' } };
  for (const name of names) files[`/${name}.html`] = page(name);
  return {
    pages: files,
    headers: { 'cross-origin-resource-policy': 'same-origin' },
    socket: (socket, url) => new Pool(undefined, undefined, packings[url.pathname]).socket(socket, url),
    handle: (request, url) => {
      if (url.pathname === '/http-shares') return { type: 'text/plain', body: String(shares.get(url.search) ?? 0) };
      return url.pathname.startsWith('/http-pool') ? answer(request, url.search, packings[url.pathname.slice('/http-pool'.length)]) : undefined;
    },
  };
}
