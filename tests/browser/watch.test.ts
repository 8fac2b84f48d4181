// Promise: code that could be honest runs under observation. Sustained mining with it is ended within
// ten seconds, also when it rests nine tenths of the time; a password hash and a captcha are not touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modules } from '../sites/hosts.js';
import { argon2, caller, searching, seated, starting } from '../sites/miners/endless.js';
import { hidden } from './hidden.js';
import { html, inEachBrowser, js, pause, until, type Host, type Page, type Stage } from './harness/index.js';

/** Seconds of work after which a miner has to be gone; the promise is ten, a loaded machine counts slower. */
const limit = 15;

/**
 * A search with Argon2: `rest` is how many times as long it waits as a hash takes that nothing else disturbed,
 * `memory` how many KiB a hash takes.
 */
const search = (rest: number, memory = 2048): string => `
  importScripts('/m/hash-wasm/dist/argon2.umd.min.js');
  const salt = new Uint8Array(16).fill(7);
  (async () => {
    let least = Infinity;
    for (let nonce = 0; ; nonce += 1) {
      const started = performance.now();
      const hash = await hashwasm.argon2d({ password: 'block' + nonce, salt, parallelism: 1, iterations: 1, memorySize: ${memory}, hashLength: 32, outputType: 'binary' });
      if (hash[0] < 64) postMessage({ nonce, at: Date.now() });
      least = Math.min(least, performance.now() - started);
      await new Promise((done) => setTimeout(done, least * ${rest}));
    }
  })();`;

/** Starts a call that never returns and hashes on and on: in the module itself, or by one module that calls another. */
const endless = (apart: boolean): string => `
  const load = async (name) => new WebAssembly.Module(await (await fetch('/' + name)).arrayBuffer());
  const begin = async () => {
    const hash = new WebAssembly.Instance(await load(${apart} ? 'argon2.bin' : 'searching.bin')).exports;
    hash.Hash_GetBuffer();
    hash.Hash_SetMemorySize(1025 * 1024);
    const at = hash.Hash_GetBuffer();
    new Uint8Array(hash.memory.buffer, at, 2048).fill(7);
    new Int32Array(hash.memory.buffer, at + 1024 * 1024, 6).set([1, 32, 1024, 1, 0x13, 0]);
    const { go } = ${apart} ? new WebAssembly.Instance(await load('caller.bin'), { m: { hash: hash.Hash_Calculate } }).exports : hash;
    return go;
  };`;
const endlessPage = (script: string): string => `<script>
  window.began = 0; window.failed = '';
  const worker = new Worker('${script}');
  worker.onmessage = () => { began = Date.now(); };
  worker.onerror = ({ message }) => { failed = message || 'ended'; };
</script>`;
const endlessWorker = (apart: boolean): string => `${endless(apart)} begin().then((go) => { postMessage(0); setTimeout(go, 0); });`;
/** One whose outside does not show that it hashes on and on, and the same module at work on one key for as long as that takes. */
const hiddenWorker = (use: string): string => `(async () => {
  const { c: memory, d: start, f: take, search, derive } = new WebAssembly.Instance(new WebAssembly.Module(await (await fetch('/hidden.bin')).arrayBuffer()), { a: { a: () => 0, b: () => 0 } }).exports;
  memory.grow(1300);
  start();
  const at = take(256);
  new Uint8Array(memory.buffer, at, 256).fill(7);
  ${use}
})();`;
/** The same search, by functions that are in a table; nobody asks the instance for its exports. */
const seatedWorker = `(async () => {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 32768 });
  const table = new WebAssembly.Table({ initial: 64, element: 'anyfunc' });
  new WebAssembly.Instance(new WebAssembly.Module(await (await fetch('/seated.bin')).arrayBuffer()), { m: { t: table, m: memory } });
  const seats = ${JSON.stringify(seated.seats)};
  table.get(seats.Hash_GetBuffer)();
  table.get(seats.Hash_SetMemorySize)(1025 * 1024);
  const at = table.get(seats.Hash_GetBuffer)();
  new Uint8Array(memory.buffer, at, 2048).fill(7);
  new Int32Array(memory.buffer, at + 1024 * 1024, 6).set([1, 32, 1024, 1, 0x13, 0]);
  postMessage(0);
  setTimeout(table.get(seats.go), 0);
})();`;
/** Hashes with a module that cannot count its work, and clears every timer that there may be. */
const clearing = 'const clear = () => { for (let id = 0; id < 2000; id += 1) { clearTimeout(id); clearInterval(String(id)); } };';
const clearingWorker = `${clearing} (async () => {
  const hash = new WebAssembly.Instance(new WebAssembly.Module(await (await fetch('/starting.bin')).arrayBuffer())).exports;
  hash.Hash_GetBuffer();
  hash.Hash_SetMemorySize(1025 * 1024);
  const at = hash.Hash_GetBuffer();
  new Uint8Array(hash.memory.buffer, at, 2048).fill(7);
  new Int32Array(hash.memory.buffer, at + 1024 * 1024, 6).set([1, 32, 1024, 1, 0x13, 0]);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    clear();
    for (const end = performance.now() + 200; performance.now() < end; ) hash.Hash_Calculate(0, 1024);
    postMessage({ at: Date.now() });
    port2.postMessage(0);
  };
  port2.postMessage(0);
})();`;
const binary = (body: Uint8Array): { type: string; body: Uint8Array } => ({ type: 'application/octet-stream', body });

/** Counts what comes from its workers, and for how long. */
const counting = (workers: number, script: string): string => `<script>
  window.shares = 0; window.first = 0; window.last = 0; window.errors = 0;
  for (let index = 0; index < ${workers}; index += 1) {
    const worker = new Worker('${script}');
    worker.onmessage = ({ data }) => { shares += 1; first = first || data.at; last = data.at; };
    worker.onerror = () => { errors += 1; };
  }
</script>`;

const host: Host = {
  folders: { '/m/': modules },
  pages: {
    '/full': html(counting(1, '/full.js')),
    '/full.js': js(search(0)),
    '/throttled': html(counting(1, '/throttled.js')),
    // Hashes so long that late timers on a loaded machine do not make it a twentieth.
    '/throttled.js': js(search(9, 8192)),
    '/several': html(counting(3, '/full.js')),
    '/clearing': html(`<script>${clearing}</script>${counting(1, '/clearing.js').replace('shares += 1;', 'shares += 1; clear();')}`),
    '/clearing.js': js(clearingWorker),
    '/starting.bin': binary(starting),
    '/in-page': html(`<script>
      window.shares = 0; window.first = 0; window.last = 0; window.failed = '';
      window.postMessage = ({ at }) => { shares += 1; first = first || at; last = at; };
      window.importScripts = (url) => { const script = document.createElement('script'); script.src = url; document.head.append(script); };
      addEventListener('unhandledrejection', ({ reason }) => { failed = String(reason); });
    </script><script src="/m/hash-wasm/dist/argon2.umd.min.js"></script><script src="/half.js"></script>`),
    '/half.js': js(search(1).replace(/importScripts.*/u, '')),
    '/endless': html(endlessPage('/endless.js')),
    '/endless.js': js(endlessWorker(false)),
    '/apart': html(endlessPage('/apart.js')),
    '/apart.js': js(endlessWorker(true)),
    '/endless-in-page': html(`<script>
      window.began = 0; window.failed = '';
      ${endless(false)}
      begin().then((go) => { began = Date.now(); setTimeout(() => { try { go(); } catch (error) { failed = error.name; window.ended = Date.now(); } }, 0); });
    </script>`),
    '/hidden': html(endlessPage('/hidden.js')),
    '/hidden.js': js(hiddenWorker('postMessage(0); setTimeout(() => search(at, 1, 1024), 0);')),
    '/seated': html(endlessPage('/seated.js')),
    '/seated.js': js(seatedWorker),
    '/derive': html(`<script>
      const worker = new Worker('/derive.js');
      worker.onmessage = ({ data }) => { window.outcome = data; };
      worker.onerror = () => { window.outcome = 'ended'; };
    </script>`),
    '/derive.js': js(hiddenWorker(`
      const took = (passes) => { const from = performance.now(); derive(at, passes, 65536); return performance.now() - from; };
      // The first calls can be slower than what comes; then it is tried again, after a rest.
      const long = (passes, tries) => {
        const time = took(passes);
        if (time > 14000) postMessage('derived');
        else if (tries === 0) postMessage('too short to tell');
        else setTimeout(() => long(Math.ceil(passes * 18000 / time), tries - 1), 5000);
      };
      const one = (took(1), took(4) / 4);
      long(Math.ceil(18000 / one), 2);`)),
    '/hidden.bin': binary(hidden),
    '/seated.bin': binary(seated.module),
    '/argon2.bin': binary(argon2),
    '/caller.bin': binary(caller),
    '/searching.bin': binary(searching),
    // Signs in with a password hash of about two seconds, again and again with pauses; then is done.
    '/sign-in': html(`<script src="/m/hash-wasm/dist/argon2.umd.min.js"></script><script>
      (async () => {
        let parallelism = 1, iterations = 1;
        const hash = (password) => hashwasm.argon2id({ password, salt: new Uint8Array(16), parallelism, iterations, memorySize: 16384, hashLength: 32 });
        const started = performance.now();
        await hash('measure');
        iterations = Math.max(1, Math.round(2000 / (performance.now() - started)));
        const results = [];
        for (let round = 0; round < 3; round += 1) {
          results.push(await hash('secret'));
          await new Promise((done) => setTimeout(done, 3000));
        }
        window.outcome = results.every((one) => one === results[0] && one.length === 64) ? 'signed in' : 'wrong';
      })().catch((error) => { window.outcome = String(error); });
    </script>`),
    // A captcha by proof of work, in four workers, that takes some seconds.
    '/captcha': html(`<script>
      const end = Date.now() + 5000; let answers = 0;
      for (let index = 0; index < 4; index += 1) {
        const worker = new Worker('/captcha.js');
        worker.onmessage = () => { answers += 1; if (answers === 4) window.outcome = 'solved'; };
        worker.onerror = () => { window.outcome = 'broken'; };
        worker.postMessage({ end, index });
      }
    </script>`),
    '/captcha.js': js(`importScripts('/m/hash-wasm/dist/argon2.umd.min.js');
      onmessage = async ({ data: { end, index } }) => {
        let hash = '';
        for (let nonce = index; Date.now() < end; nonce += 4)
          hash = await hashwasm.argon2id({ password: 'challenge' + nonce, salt: new Uint8Array(16), parallelism: 1, iterations: 1, memorySize: 1024, hashLength: 32 });
        postMessage(hash);
      };`),
  },
};

async function endsWithin(stage: Stage, path: string): Promise<void> {
  const page = await stage.browser.newPage();
  try {
    await page.goto(`https://watched.test${path}`);
    await until('it mines at first', () => page.evaluate('shares > 0'));
    const event = await stage.extension.stopped(page, ({ how }) => how === 'behaviour');
    assert.match(event.evidence[0]?.detail ?? '', /without end/u);
    await pause(2_000); // Chromium ends a worker a second and a half after it is told to
    const shares = await page.evaluate<readonly [], number>('shares');
    const seconds = await page.evaluate<readonly [], number>('(last - first) / 1000');
    assert.ok(seconds < limit, `mined for ${seconds} s`);
    await pause(3_000);
    assert.equal(await page.evaluate('shares'), shares, 'no share after it was stopped');
  } finally {
    await page.close();
  }
}

/** A call that never returns is ended in time, and the processor has nothing more to do. */
async function callEnds(stage: Stage, path: string): Promise<void> {
  const page = await stage.browser.newPage();
  try {
    await page.goto(`https://watched.test${path}`);
    const failed = (): Promise<string> => page.evaluate<readonly [], string>('failed');
    const began = await until('it begins', () => page.evaluate<readonly [], number | null>('began || null'));
    await until('it is ended', async () => (await failed()) !== '', { within: 60_000, every: 200 });
    const took = (await page.evaluate<readonly [], number>('window.ended ?? Date.now()')) - began;
    assert.ok(took < limit * 1000, `computed for ${took} ms`);
    const event = await stage.extension.stopped(page, ({ how }) => how === 'behaviour');
    assert.match(event.evidence[0]?.detail ?? '', /without end/u);
    await pause(2_000); // Chromium ends a worker a second and a half after it is told to
    const after = await stage.browser.processorTime(3_000);
    assert.ok(after < 1_000, `${after} ms of processor time in three seconds`);
  } finally {
    await page.close();
  }
}

async function goesOn(stage: Stage, path: string, wanted: string): Promise<void> {
  const page = await stage.browser.newPage();
  try {
    await page.goto(`https://watched.test${path}`);
    assert.equal(await until('an outcome', () => page.evaluate('window.outcome ?? null'), { within: 60_000 }), wanted);
    assert.deepEqual((await stage.extension.state(page)).events.filter(({ outcome }) => outcome === 'block'), []);
  } finally {
    await page.close();
  }
}

inEachBrowser('watched code', () => ({ 'watched.test': host }), (stage) => {
  test('a search in a worker is ended', () => endsWithin(stage, '/full'));
  test('a search that rests nine tenths of the time is ended', () => endsWithin(stage, '/throttled'));
  test('a search in several workers is ended', () => endsWithin(stage, '/several'));
  test('a search that clears every timer is ended', () => endsWithin(stage, '/clearing'));
  test('a call that never returns is ended', () => callEnds(stage, '/endless'));
  test('a call that never returns and calls another module is ended', () => callEnds(stage, '/apart'));
  test('a call that never returns, behind exports that do not show it, is ended', () => callEnds(stage, '/hidden'));
  test('a call that never returns, of a module whose exports nobody asks for, is ended', () => callEnds(stage, '/seated'));
  test('a call in the page itself that never returns is ended', () => callEnds(stage, '/endless-in-page'));
  test('a search in the page itself is ended, and the page stays usable', async () => {
    await endsWithin(stage, '/in-page');
  });
  test('a password hash of two seconds, three times, is not touched', () => goesOn(stage, '/sign-in', 'signed in'));
  test('a key derivation of a quarter of a minute is not touched', () => goesOn(stage, '/derive', 'derived'));
  test('a captcha of five seconds in four workers is not touched', () => goesOn(stage, '/captcha', 'solved'));
});

inEachBrowser('the same code without the extension', () => ({ 'watched.test': host }), (stage) => {
  for (const path of ['/endless', '/apart', '/hidden', '/seated']) {
    test(`${path} computes on and on`, async () => {
      const page = await stage.browser.newPage();
      await page.goto(`https://watched.test${path}`);
      await until('it begins', () => page.evaluate<readonly [], number | null>('began || null'));
      await pause(limit * 1000);
      assert.equal(await page.evaluate('failed'), '');
      await until('it keeps the processor busy', async () => (await stage.browser.processorTime(3_000)) > 1_000);
      await page.close();
    });
  }
  test('searches mine on and on', async () => {
    const paths = ['/full', '/throttled', '/several'];
    const pages: Page[] = [];
    for (const path of paths) {
      const page = await stage.browser.newPage();
      await page.goto(`https://watched.test${path}`);
      pages.push(page);
    }
    for (const [index, page] of pages.entries()) {
      await until(`${paths[index]} mines for longer than the limit`, () => page.evaluate(`last - first > ${limit * 1000}`), { within: 60_000, every: 500 });
    }
    for (const page of pages) await page.close();
  });
}, { extension: false });
