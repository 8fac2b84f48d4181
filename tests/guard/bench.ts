// What the guard costs, as ratios: the same page in a browser with the extension and in one without, in
// turns, so that a busy machine slows both; by the clock, and by the processor time of the browser's
// processes (loading the page and the extension's background included). A third browser has an extension
// that does nothing, by two empty scripts in the two worlds that ours has: the least that any has to cost. Usage: bench.ts [ROUNDS] [PART OF A NAME]; `NOMINE_BROWSERS` chooses.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extension, html, js, names, open, root, World, type Browser, type Host, type Page } from '../browser/harness/index.js';
import { modules } from '../sites/hosts.js';
import { leb } from '../sites/miners/endless.js';
import { children, held, times, used } from '../browser/harness/processes.js';

const rounds = Number(process.argv[2] ?? 9);
const part = process.argv[3] ?? '';

/** A valid module of about this size: plain arithmetic, no hash. */
function filler(size: number): Buffer {
  const section = (id: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([id, ...leb(content.length)]), content]);
  const operators = Array.from({ length: 60 }, (_, index) => [0x20, 0, 0x41, index & 63, 0x6a, 0x21, 0]).flat();
  const body = [0, ...operators, 0x20, 0, 0x0b];
  const one = Buffer.from([...leb(body.length), ...body]);
  const count = Math.ceil(size / one.length);
  return Buffer.concat([
    Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    section(1, Buffer.from([1, 0x60, 1, 0x7f, 1, 0x7f])),
    section(3, Buffer.concat([Buffer.from(leb(count)), Buffer.alloc(count)])),
    section(10, Buffer.concat([Buffer.from(leb(count)), ...Array.from({ length: count }, () => one)])),
  ]);
}
const wasm = (megabytes: number): { type: string; body: Buffer } => ({ type: 'application/wasm', body: filler(megabytes << 20) });

/** Octane 2 without its parts that take minutes or want more than a page. */
const octane = ['base', 'richards', 'deltablue', 'crypto', 'raytrace', 'regexp', 'splay', 'navier-stokes', 'box2d', 'earley-boyer'];

const host: Host = {
  folders: { '/m/': modules },
  socket: (socket) => socket.on('message', (data) => socket.send(String(data))),
  pages: {
    '/': html('<p>nothing</p>'),
    '/hash': html('<script src="/m/hash-wasm/dist/argon2.umd.min.js"></script>'),
    '/octane': html(octane.map((name) => `<script src="/m/benchmark-octane/lib/octane/${name}.js"></script>`).join('')),
    '/worker.js': js('postMessage(1);'),
    '/many': html([...Array(60).keys()].map((index) => `<script src="/many.js?${index}"></script>${index < 40 ? `<img src="/many.gif?${index}">` : ''}`).join('')),
    '/many.js': js('window.many = (window.many ?? 0) + 1;'),
    '/many.gif': { type: 'image/gif', body: readFileSync(join(root, 'extension/neutral/1x1.gif')) },
    '/10.wasm': wasm(10),
    '/30.wasm': wasm(30),
  },
};

interface Measure {
  readonly name: string;
  /** Body of an async function; its value is milliseconds. */
  readonly code: string;
  readonly page?: string;
  /** What is divided by to get one of them. */
  readonly each?: number;
  /** Rounds, where all of them would take too long. */
  readonly rounds?: number;
  /** What is told is the memory that is held more after it, in kilobytes. */
  readonly memory?: boolean;
}

const started = (make: string): string => `const times = [];
  for (let index = 0; index < 60; index += 1) {
    const from = performance.now();
    const worker = ${make};
    await new Promise((done, failed) => { worker.onmessage = done; worker.onerror = failed; });
    times.push(performance.now() - from);
    worker.terminate();
  }
  return times.sort((a, b) => a - b)[30];`;

const loading = 'const [entry] = performance.getEntriesByType("navigation"); return entry.loadEventStart - entry.responseEnd;';

const measures: readonly Measure[] = [
  { name: 'page load', code: loading },
  { name: 'page load, 100 requests', page: '/many', code: loading },
  { name: '100 frames', each: 100, code: 'const from = performance.now(); for (let i = 0; i < 100; i += 1) document.body.append(document.createElement("iframe")); void window.length; return performance.now() - from;' },
  { name: 'worker from a blob', code: `const text = URL.createObjectURL(new Blob(['postMessage(1);'])); ${started('new Worker(text)')}` },
  { name: 'worker from the network', code: started("new Worker('/worker.js')") },
  ...[10, 30].map((size) => ({
    name: `streaming compile, ${size} MB`,
    code: `const from = performance.now(); await WebAssembly.compileStreaming(fetch('/${size}.wasm')); return performance.now() - from;`,
  })),
  {
    name: 'echo of 100,000 messages',
    code: `const socket = new WebSocket('wss://' + location.host + '/'); await new Promise((done) => { socket.onopen = done; });
      const from = performance.now(); let back = 0;
      await new Promise((done) => {
        socket.onmessage = () => { back += 1; if (back === 100000) done(); else if (back % 1000 === 0) send(); };
        const send = () => { for (let i = 0; i < 1000; i += 1) socket.send('{"say":"hello","number":' + i + '}'); };
        send();
      });
      socket.close(); return performance.now() - from;`,
  },
  {
    name: 'watched Argon2, 40 hashes',
    page: '/hash',
    code: `const hash = (n) => hashwasm.argon2id({ password: 'p' + n, salt: new Uint8Array(16), parallelism: 1, iterations: 2, memorySize: 4096, hashLength: 32 });
      for (let n = 0; n < 8; n += 1) await hash(n);
      const from = performance.now(); for (let n = 0; n < 40; n += 1) await hash(n); return performance.now() - from;`,
  },
  {
    name: 'Octane 2 (1,000,000 / score)',
    page: '/octane',
    rounds: 3,
    code: `return 1e6 / await new Promise((done, failed) => BenchmarkSuite.RunSuites({ NotifyScore: (score) => done(Number(score)), NotifyError: (name, error) => failed(name + error), NotifyStep() {}, NotifyResult() {} }));`,
  },
  { name: 'memory of 200 frames', each: 200, rounds: 3, memory: true, code: 'for (let i = 0; i < 200; i += 1) document.body.append(document.createElement("iframe")); await new Promise((done) => setTimeout(done, 1000)); return 0;' },
  { name: 'instance.exports, a million times', code: `const it = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));
      const from = performance.now(); let seen = 0; for (let i = 0; i < 1e6; i += 1) if (it.exports) seen += 1; return performance.now() - from;` },
];

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN;

/** A browser and the processes that it began with. */
interface Side {
  readonly browser: Browser;
  readonly roots: readonly string[];
}

/** An extension with two empty scripts, where ours has its own. */
function idle(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nomine-idle-'));
  const script = { js: ['empty.js'], matches: ['<all_urls>'], run_at: 'document_start', all_frames: true, match_origin_as_fallback: true };
  const manifest = {
    manifest_version: 3, name: 'idle', version: '1', host_permissions: ['<all_urls>'], browser_specific_settings: { gecko: { id: 'idle@nomine.example' } },
    background: { service_worker: 'empty.js', scripts: ['empty.js'] },
    content_scripts: [{ ...script, world: 'ISOLATED' }, { ...script, world: 'MAIN' }],
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'empty.js'), '');
  return folder;
}

async function side(name: (typeof names)[number], world: World, extension: boolean, folder?: string): Promise<Side> {
  const before = new Set(children());
  const browser = await open(name, { world, extension, ...(folder !== undefined && { folder }) });
  return { browser, roots: children().filter((id) => !before.has(id)) };
}

/** [what the page measured, or kilobytes; processor time of the whole] */
async function once({ browser, roots }: Side, { code, page: path = '/', memory = false }: Measure): Promise<readonly [number, number]> {
  const page: Page = await browser.newPage();
  try {
    const start = times(roots);
    await page.goto(`https://bench.test${path}`);
    const holds = memory ? held(roots) : 0;
    const value = await page.evaluate<readonly [], number>(`(async () => { ${code} })()`);
    return [memory ? held(roots) - holds : value, used(roots, start)];
  } finally {
    await page.close();
  }
}

for (const name of names) {
  const world = await World.start({ 'bench.test': host });
  const plain = await side(name, world, false);
  const guarded = await side(name, world, true);
  const least = await side(name, world, true, idle());
  await Extension.of(guarded.browser);
  const columns = ['without', 'idle adds', 'with', 'added', 'ratio', 'processor'];
  process.stdout.write(`\n${name} ${plain.browser.version}, ${rounds} rounds\n${'measure'.padEnd(36)}${columns.map((title) => title.padStart(13)).join('')}\n`);
  for (const measure of measures.filter(({ name }) => name.includes(part))) {
    const off: (readonly [number, number])[] = [];
    const idling: (readonly [number, number])[] = [];
    const on: (readonly [number, number])[] = [];
    try {
      for (let round = 0; round <= Math.min(rounds, measure.rounds ?? rounds); round += 1) {
        const [without, between, within] = [await once(plain, measure), await once(least, measure), await once(guarded, measure)];
        if (round === 0) continue; // both warm up
        off.push(without);
        idling.push(between);
        on.push(within);
      }
      const each = measure.each ?? 1;
      const of = (all: readonly (readonly [number, number])[], at: 0 | 1): number => median(all.map((one) => one[at]));
      const [a, c, b] = [of(off, 0), of(idling, 0), of(on, 0)];
      const unit = measure.memory === true ? 'kB' : 'ms';
      const cells = [`${(a / (unit === 'kB' ? each : 1)).toFixed(2)} ${unit}`, `${((c - a) / each).toFixed(2)} ${unit}`, `${(b / (unit === 'kB' ? each : 1)).toFixed(2)} ${unit}`, `${((b - a) / each).toFixed(2)} ${unit}`, (b / a).toFixed(2), (of(on, 1) / of(off, 1)).toFixed(2)];
      process.stdout.write(`${measure.name.padEnd(36)}${cells.map((cell) => cell.padStart(13)).join('')}\n`);
    } catch (error) {
      process.stdout.write(`${measure.name.padEnd(36)}${String(error).slice(0, 100)}\n`);
    }
  }
  await plain.browser.close();
  await least.browser.close();
  await guarded.browser.close();
  await world.stop();
}
process.exit(0);
