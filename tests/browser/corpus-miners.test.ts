// Miners that the corpus builds from the sources of their coins (tests/corpus/build_miners.py), one of
// each family, run as a page would run them: unlisted, in a worker, against a pool of their own words.
// Without the extension they hand in shares; with it none, or, where a module could be honest, none
// once its behaviour has told. `./build.sh bench corpus` builds the corpus; NOMINE_CORPUS says where it is.
// Without that there is nothing to run, as it takes a quarter of an hour. NOMINE_FAMILIES chooses some, with
// commas between: some families (ethash, progpow) make a large table before their first hash, for minutes.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { html, inEachBrowser, js, pause, until, type Host } from './harness/index.js';

const corpus = process.env['NOMINE_CORPUS'] ?? '';
const folder = join(corpus, 'miners');
const chosen = process.env['NOMINE_FAMILIES']?.split(',');

interface Search {
  readonly memory: WebAssembly.Memory;
  _initialize?(): void;
  key?(at: number, length: number): void;
  goal(): number;
  search(start: number, count: number): number;
}

/** Whether this build of a hash works at all; some compilers' do not. */
function works(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    const module = new WebAssembly.Module(bytes);
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) if (kind === 'function') (imports[from] ??= {})[name] = () => 0;
    const search = new WebAssembly.Instance(module, imports).exports as unknown as Search;
    search._initialize?.();
    new Uint8Array(search.memory.buffer, search.goal(), 32).fill(255);
    return search.search(7, 1) === 7;
  } catch {
    return false;
  }
}

/** Family to the first of its searches that works; RandomX wants 256 MB first, so it is not tried here. */
function families(): Record<string, Uint8Array<ArrayBuffer>> {
  const found: Record<string, Uint8Array<ArrayBuffer>> = {};
  if (corpus === '' || !existsSync(folder)) return found;
  for (const family of readdirSync(folder)) {
    if (chosen !== undefined && !chosen.includes(family)) continue;
    for (const file of readdirSync(join(folder, family)).sort()) {
      if (!/-loop-(?:clang|emcc|zig)-.*\.wasm$/u.test(file)) continue;
      const bytes = new Uint8Array(readFileSync(join(folder, family, file)));
      if (family !== 'randomx' && !works(bytes)) continue;
      found[family] = bytes;
      break;
    }
  }
  return found;
}

const worker = (isRandomX: boolean): string => `
  (async () => {
    const module = await WebAssembly.compile(await (await fetch('/data.bin')).arrayBuffer());
    const imports = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) if (kind === 'function') (imports[from] ??= {})[name] = () => 0;
    const { memory, _initialize, header, goal, key, search } = (await WebAssembly.instantiate(module, imports)).exports;
    _initialize?.();
    new Uint8Array(memory.buffer, header(), 80).fill(7);
    if (${isRandomX}) key(header(), 16);
    new Uint8Array(memory.buffer, goal(), 32).fill(255)[31] = ${isRandomX ? 255 : 63}; // of RandomX, which takes most of a second, each hash is a share
    let nonce = 0, batch = 1;
    (function round() {
      const started = performance.now();
      if (search(nonce, batch) >= 0) postMessage(nonce);
      if (performance.now() - started < 100) batch *= 2;
      nonce += batch;
      setTimeout(round, 0);
    })();
  })();`;

/** A miner's page and a pool that counts what it is told. */
function site(bytes: Uint8Array, isRandomX: boolean): { host: Host; shares(): number } {
  let shares = 0;
  return {
    shares: () => shares,
    host: {
      socket: (socket) => socket.on('message', () => (shares += 1)),
      pages: {
        '/': html(`<script>
          const socket = new WebSocket('wss://' + location.host + '/');
          const worker = new Worker('/task.js');
          worker.onmessage = ({ data }) => socket.send('found ' + data);
        </script>`),
        '/task.js': js(worker(isRandomX)),
        '/data.bin': { type: 'application/octet-stream', body: bytes },
      },
    },
  };
}

const miners = Object.entries(families());
for (const extension of [false, true]) {
  const sites = Object.fromEntries(miners.map(([family, bytes]) => [`${family}.test`, site(bytes, family === 'randomx')]));
  const hosts = (): Record<string, Host> => Object.fromEntries(Object.entries(sites).map(([name, { host }]) => [name, host]));
  inEachBrowser(`miners of the corpus ${extension ? 'with' : 'without'} the extension`, hosts, (stage) => {
    if (miners.length === 0) test('miners of the corpus', { skip: corpus === '' ? 'NOMINE_CORPUS is not set' : `${folder} is not there` });
    for (const [family] of miners) {
      const pool = sites[`${family}.test`];
      if (pool === undefined) continue;
      test(family, async (context) => {
        const page = await stage.browser.newPage();
        const before = pool.shares();
        await page.goto(`https://${family}.test/`);
        try {
          if (!extension) {
            await until('shares', () => pool.shares() > before + 1, { within: 90_000 });
            return;
          }
          const event = await until('it is stopped', async () => (await stage.extension.state(page)).events.find(({ outcome }) => outcome === 'block'), { within: 60_000 });
          await pause(2_500);
          const taken = pool.shares();
          context.diagnostic(`${family}: ${event.how}, ${event.family} ${event.algorithm}, ${taken - before} shares before it was stopped`);
          if (event.how === 'content') assert.equal(taken, before);
          await pause(3_000);
          assert.equal(pool.shares(), taken, 'no share after it was stopped');
        } finally {
          await page.close();
        }
      });
    }
  }, { extension });
}
