// Promise: the scriptlets that lists ask for run before the page's own code, on the sites that they
// name and nowhere else, and do what their documentation says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, until, type Answer, type Host, type Page } from './harness/index.js';

const filters = `
read.test##+js(aopr, miner.start)
read.test##+js(aopr, later.on.run)
~spared.read.test,read.test##+js(aopr, other)
spared.read.test#@#+js(aopr, miner.start)
write.test##+js(aopw, Miner)
write.test##+js(aopw, navigator.miner)
script.test##+js(acis, startMining, /key-[0-9]+/)
script.test##+js(acis, atob, , script.test/bad)
set.test##+js(set, config.mining, false)
set.test##+js(set, startMiner, noopFunc)
set.test##+js(set, threads, 4)
set.test##+js(set, typed, true)
rtc.test##+js(nowebrtc)
fetch.test##+js(no-fetch-if, /pool|jobs/ method:POST)
fetch.test##+js(no-fetch-if, tracker.js)
xhr.test##+js(no-xhr-if, /work method:/GET/i)
socket.test##+js(nowsif, /^wss?:\\/\\/pool\\./)
entity.*##+js(aopr, wide)
/^number[0-9]+\\.test$/##+js(aopr, wide)
off.test##+js()
`;

/** Each part runs as a script of its own; what it says is kept, or the name of its error. */
const parts = (...scripts: readonly string[]): Answer =>
  html(`<script>window.seen = {}; window.errors = []; window.addEventListener('error', function (event) { errors.push(event.message); });
    window.run = function (name, what) { try { seen[name] = String(what()); } catch (error) { seen[name] = error.name; } };</script>
    ${scripts.map((script) => `<script>${script}</script>`).join('\n')}`);
const site = (page: Answer, more: Readonly<Record<string, Answer | string>> = {}): Host => ({ pages: { '/': page, ...more } });

const reading = parts(
  `window.miner = { start: function () { return 'mines'; } };`,
  `run('read', function () { return miner.start(); });`,
  `run('beside', function () { return typeof miner; });`,
  `window.later = {}; later.on = { run: 1 };`,
  `run('later', function () { return later.on.run; });`,
  `window.other = 'value'; run('other', function () { return other; });`,
  `window.ended = 'no'; miner.start(); window.ended = 'passed';`,
  `window.wide = 1; run('wide', function () { return wide; });`,
  `if (parent !== window) parent.postMessage(seen.read, '*');`,
);
const asking = parts(`
  window.results = {};
  function note(name) { return function (value) { results[name] = value; }; }
  function ask(name, resource, options) { fetch(resource, options).then(function (r) { return r.text().then(function (t) { return [r.status, r.ok, r.statusText, t, new URL(r.url, location).pathname].join(' '); }); }).then(note(name), function (e) { results[name] = e.name; }); }
  ask('post', '/pool', { method: 'POST', body: 'x' });
  ask('get', '/pool');
  ask('request', new Request('/jobs', { method: 'POST', body: 'y' }));
  ask('tracker', new URL('/tracker.js', location));
  ask('other', '/other', { method: 'POST' });
  results.native = [fetch.name, fetch.length, Function.prototype.toString.call(fetch).replace(/\\s+/g, ' '), Object.keys(window).includes('fetch')].join();`);
const requesting = parts(`
  window.results = {};
  function ask(name, method, path, type, later) {
    var request = new XMLHttpRequest(); var states = [];
    request.onreadystatechange = function () { states.push(request.readyState); };
    request.onload = function () {
      var body = request.response;
      results[name] = [request.status, states.join(''), body instanceof ArrayBuffer ? 'buffer ' + body.byteLength : typeof body === 'string' ? body : JSON.stringify(body), request.responseURL.indexOf(path) >= 0, request.getResponseHeader('content-length')].join('|');
    };
    request.open(method, path, later);
    if (type) request.responseType = type;
    request.send(method === 'POST' ? 'x' : null);
  }
  ask('get', 'GET', '/work', '', true);
  ask('lower', 'get', '/work?1', 'arraybuffer', true);
  ask('json', 'GET', '/work?2', 'json', true);
  ask('sync', 'GET', '/work?3', '', false);
  ask('post', 'POST', '/work', '', true);
  ask('other', 'GET', '/other', '', true);`);
const talking = parts(`
  window.results = {};
  function talk(name, address) {
    var socket = new WebSocket(address); var events = [];
    socket.onopen = function () { events.push('open'); socket.close(); };
    socket.onerror = function () { events.push('error'); };
    socket.onclose = function (event) { events.push('close'); results[name] = events.join() + (name === 'pool' ? event.code : '') + ' ' + new URL(socket.url).host; };
  }
  talk('pool', 'wss://pool.socket.test/');
  talk('chat', 'wss://chat.socket.test/');
  results.native = [WebSocket.name, WebSocket.length, WebSocket.OPEN, Object.getPrototypeOf(WebSocket.prototype) === EventTarget.prototype].join();`);
const answers: Host = { handle: (request) => ({ body: `real ${request.method}` }) };
const sockets: Host = { socket: (socket) => socket.send('hello') };

const hosts = (): Record<string, Host> => ({
  'read.test': site(reading),
  'www.read.test': site(reading),
  'spared.read.test': site(reading),
  'plain.test': site(reading),
  'entity.test': site(reading),
  'entity.co.uk': site(reading),
  'entity.example.test': site(reading),
  'number12.test': site(reading),
  'frames.test': site(html('<script>addEventListener("message", function (event) { window.told = event.data; });</script><iframe src="https://read.test/"></iframe>')),
  'inner.read.test': site(html('<iframe id="blank"></iframe><script>window.miner = { start: 1 };</script>')),
  'write.test': site(parts(
    `run('write', function () { window.Miner = function () {}; return 'written'; });`,
    `run('read', function () { return typeof window.Miner; });`,
    `run('chain', function () { navigator.miner = 1; return 'written'; });`,
    `run('other', function () { window.Minor = 1; return Minor; });`,
  )),
  'script.test': site(
    parts(
      `window.first = typeof startMining;`,
      `window.stage = 'before'; window.startMining = function () {}; /* key-123 */ window.stage = 'after';`,
      `window.startMining = 'set'; window.second = startMining;`,
      `</script><script src="/bad.js"></script><script src="/good.js"></script><script src="data:text/javascript;base64,${btoa('startMining; /* key-9 */ window.carried = 1;')}">`,
    ),
    {
      '/bad.js': { type: 'text/javascript', body: `window.bad = 'start'; atob('YQ=='); window.bad = 'decode';` },
      '/good.js': { type: 'text/javascript', body: `window.good = atob('YQ==');` },
    },
  ),
  'set.test': site(parts(
    `window.config = { mining: true, other: 1 };`,
    `run('chain', function () { return config.mining; }); run('beside', function () { return config.other; });`,
    `config.mining = true; run('again', function () { return config.mining; });`,
    `window.startMiner = function () { return 'mines'; }; run('function', function () { return startMiner(); }); run('text', function () { return startMiner.toString(); });`,
    `window.threads = 16; run('number', function () { return threads; });`,
    `window.typed = 'a text'; run('typed', function () { return typed; });`,
  )),
  'rtc.test': site(parts(
    `run('made', function () { var c = new RTCPeerConnection({ iceServers: [] }); c.createDataChannel('x'); c.close(); return typeof c.createOffer; });`,
    `run('alias', function () { return typeof webkitRTCPeerConnection === 'undefined' || new webkitRTCPeerConnection().createDataChannel('x') === undefined; });`,
    `run('events', function () { return 'onicecandidate' in new RTCPeerConnection(); });`,
  )),
  'fetch.test': { ...answers, pages: { '/': asking } },
  'xhr.test': { ...answers, pages: { '/': requesting } },
  'socket.test': site(talking),
  'pool.socket.test': sockets,
  'chat.socket.test': sockets,
});

inEachBrowser('scriptlets', hosts, (stage) => {
  async function visit(host: string): Promise<Page> {
    const page = await stage.browser.newPage();
    await page.goto(`https://${host}/`);
    return page;
  }
  const seen = (page: Page, where = 'window.seen'): Promise<Record<string, string>> => page.evaluate(where);
  const settled = (page: Page, count: number): Promise<Record<string, string>> =>
    until('all is answered', async () => {
      const found = await seen(page, 'window.results');
      return Object.keys(found).length >= count && found;
    });

  for (const host of ['read.test', 'www.read.test']) {
    test(`abort-on-property-read ends scripts on ${host}`, async () => {
      const page = await visit(host);
      assert.deepEqual(await seen(page), { read: 'ReferenceError', beside: 'object', later: 'ReferenceError', other: 'ReferenceError', wide: '1' });
      assert.equal(await page.evaluate('window.ended'), 'no', 'the script ended where it read');
      assert.deepEqual(await page.evaluate('window.errors'), [], 'and the page did not hear of it');
      await page.close();
    });
  }

  test('exceptions take back what they name, and other sites are not touched', async () => {
    for (const [host, other] of [['spared.read.test', 'value'], ['plain.test', 'value']] as const) {
      const page = await visit(host);
      assert.deepEqual(await seen(page), { read: 'mines', beside: 'object', later: host === 'plain.test' ? '1' : 'ReferenceError', other, wide: '1' }, host);
      await page.close();
    }
  });

  test('sites by any ending, and by expression', async () => {
    for (const [host, wide] of [['entity.test', 'ReferenceError'], ['entity.co.uk', 'ReferenceError'], ['entity.example.test', '1'], ['number12.test', 'ReferenceError']] as const) {
      const page = await visit(host);
      assert.equal((await seen(page))['wide'], wide, host);
      await page.close();
    }
  });

  test('in frames of the named site, and in empty frames inside it', async () => {
    const outer = await visit('frames.test');
    assert.equal(await until('the frame says what it saw', () => outer.evaluate<[], string>('window.told')), 'ReferenceError');
    await outer.close();
    const page = await visit('inner.read.test');
    assert.equal(
      await page.evaluate(() => {
        const inner = (document.querySelector('#blank') as HTMLIFrameElement).contentWindow as unknown as { miner?: { start: unknown } };
        inner.miner = { start: 1 };
        try {
          return String(inner.miner.start);
        } catch (error) {
          return (error as Error).name;
        }
      }),
      'ReferenceError',
    );
    await page.close();
  });

  test('abort-on-property-write ends scripts that write', async () => {
    const page = await visit('write.test');
    assert.deepEqual(await seen(page), { write: 'ReferenceError', read: 'undefined', chain: 'ReferenceError', other: '1' });
    await page.close();
  });

  test('abort-current-script ends only the scripts that it describes', async () => {
    const page = await visit('script.test');
    const found = await page.evaluate('[window.first, window.stage, window.second, window.bad, window.good, window.carried ?? "never", errors.length].join()');
    assert.equal(found, 'undefined,before,set,start,a,never,0');
    await page.close();
  });

  test('set-constant holds against the page, but not against another type', async () => {
    const page = await visit('set.test');
    assert.deepEqual(await seen(page), {
      chain: 'false', beside: '1', again: 'false', function: 'undefined', text: 'function startMiner() { [native code] }', number: '4', typed: 'a text',
    });
    await page.close();
  });

  test('nowebrtc leaves connections that lead nowhere', async () => {
    const page = await visit('rtc.test');
    assert.deepEqual(await seen(page), { made: 'function', alias: 'true', events: 'false' });
    await page.close();
  });

  test('no-fetch-if answers what fits, and nothing else', async () => {
    const page = await visit('fetch.test');
    const found = await settled(page, 6);
    assert.deepEqual({ ...found, native: '' }, {
      post: '200 true OK  /pool', get: '200 true OK real GET /pool', request: '200 true OK  /jobs', tracker: '200 true OK  /tracker.js', other: '200 true OK real POST /other', native: '',
    });
    assert.match(found['native'] ?? '', /^fetch,\d,function fetch\(\) \{ \[native code\] \},true$/);
    assert.deepEqual(stage.world.hitsOf('fetch.test').map(({ method, path }) => `${method} ${path}`).sort(), ['GET /', 'GET /pool', 'POST /other']);
    await page.close();
  });

  test('no-xhr-if answers what fits, and nothing else', async () => {
    const page = await visit('xhr.test');
    const found = await settled(page, 6);
    const { post, other, ...rest } = found;
    assert.deepEqual(rest, { get: '200|11234||true|0', lower: '200|11234|buffer 0|true|0', json: '200|11234|{}|true|0', sync: '200|11234||true|0' });
    assert.match(post ?? '', /^200\|\d+\|real POST\|true/);
    assert.match(other ?? '', /^200\|\d+\|real GET\|true/);
    assert.deepEqual(stage.world.hitsOf('xhr.test').map(({ method, path }) => `${method} ${path}`).sort(), ['GET /', 'GET /other', 'POST /work']);
    await page.close();
  });

  test('no-websocket-if lets what fits fail as a network does', async () => {
    const page = await visit('socket.test');
    const found = await settled(page, 3);
    assert.deepEqual(found, { pool: 'error,close1006 pool.socket.test', chat: 'open,close chat.socket.test', native: 'WebSocket,1,1,true' });
    await page.close();
  });

  test('nothing on a site that is allowed, from the very next load; again when it is taken back', async () => {
    for (const policy of ['allow', 'monitor'] as const) {
      await stage.extension.ask('site.set', { name: 'read.test', scope: 'site', policy, until: null });
      const page = await visit('www.read.test');
      assert.equal((await seen(page))['read'], 'mines', policy);
      await stage.extension.ask('site.set', { name: 'www.read.test', scope: 'host', policy: 'protect', until: null });
      await page.reload();
      assert.equal((await seen(page))['read'], 'ReferenceError', 'a protected host inside');
      for (const [name, scope] of [['read.test', 'site'], ['www.read.test', 'host']] as const) await stage.extension.ask('site.remove', { name, scope });
      await page.reload();
      assert.equal((await seen(page))['read'], 'ReferenceError', 'taken back');
      await page.close();
    }
  });
}, { filters });

/** What the first script of a page sees of how the calls came, and whether they were there before it. */
const early = { ...(html(`<script>window.miner = { start: 1 }; try { window.read = String(miner.start); } catch (error) { window.read = error.name; }
  window.traces = performance.getEntriesByType('resource').map(function (entry) { return entry.name; }).filter(function (name) { return name.indexOf('nomine') >= 0 || name.indexOf('extension:') >= 0; }).length;
  document.addEventListener('nomine:calls', function (event) { window.heard = event.detail; }); document.dispatchEvent(new Event('nomine:calls?'));</script>
  <iframe id="blank"></iframe><iframe id="inner" srcdoc="<script>parent.inner = (function () { parent.postMessage('', '*'); window.miner = { start: 1 }; try { return String(miner.start); } catch (error) { return error.name; } })();</script>"></iframe>`) as object) };
const sealed = { ...early, headers: { 'content-security-policy': "default-src 'none'; connect-src 'none'; script-src 'unsafe-inline'; frame-src 'self'" } };

inEachBrowser('scriptlets of a followed list', () => ({
  'read.test': { pages: { '/': reading, '/early': early as Answer, '/sealed': sealed as Answer } },
  'www.read.test': site(reading),
  'spared.read.test': site(reading),
  'plain.test': site(reading),
  'entity.test': site(reading),
}), (stage) => {
  const text = 'read.test##+js(aopr, miner.start)\nspared.read.test#@#+js(aopr, miner.start)\nentity.*##+js(aopr, wide)\nread.test##+js(unheard-of)\n';
  async function read(host: string): Promise<string | undefined> {
    const page = await stage.browser.newPage();
    await page.goto(`https://${host}/`);
    const found = await page.evaluate<[], Record<string, string>>('window.seen');
    await page.close();
    return found['read'];
  }

  test('run from the very next load, on the sites that they name', { timeout: 60_000 }, async () => {
    assert.equal(await read('read.test'), 'mines');
    await stage.extension.ask('lists.addText', { title: 'scriptlets', text });
    assert.deepEqual(await Promise.all(['read.test', 'www.read.test', 'spared.read.test', 'plain.test'].map(read)), ['ReferenceError', 'ReferenceError', 'mines', 'mines']);
  });

  for (const path of ['early', 'sealed']) {
    test(`before the first script of a page and in its frames, without a trace (${path})`, async () => {
      const page = await stage.browser.newPage();
      await page.goto(`https://read.test/${path}`);
      assert.deepEqual(await page.evaluate<[], unknown[]>('[window.read, window.inner, window.traces, window.heard ?? null]'), ['ReferenceError', 'ReferenceError', 0, null]);
      await page.close();
    });
  }

  test('what a browser cannot run is told', async () => {
    const { lists } = await stage.extension.ask('lists.get', {});
    const id = lists.find(({ title }) => title === 'scriptlets')?.id ?? assert.fail('the list');
    const { problems } = await stage.extension.ask('lists.problems', { id });
    assert.deepEqual(problems.map(({ line }) => line), stage.name === 'firefox' ? [4] : [3, 4]);
    const page = await stage.browser.newPage();
    await page.goto('https://entity.test/');
    assert.equal((await page.evaluate<[], Record<string, string>>('window.seen'))['wide'], stage.name === 'firefox' ? 'ReferenceError' : '1');
    await page.close();
  });

  test('not on an allowed site, and no more when the list is off', async () => {
    await stage.extension.ask('site.set', { name: 'read.test', scope: 'site', policy: 'allow', until: null });
    assert.equal(await read('read.test'), 'mines');
    await stage.extension.ask('site.remove', { name: 'read.test', scope: 'site' });
    assert.equal(await read('read.test'), 'ReferenceError');
    const { lists } = await stage.extension.ask('lists.get', {});
    const id = lists.find(({ title }) => title === 'scriptlets')?.id ?? '';
    await stage.extension.ask('lists.enable', { id, enabled: false });
    assert.equal(await read('read.test'), 'mines');
  });
});
