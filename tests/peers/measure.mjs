// Measures engines in WebAssembly and JavaScript under node, each in a process of its own:
//
//   node measure.mjs [ROW...]               all engines; prints a table
//   node measure.mjs --build ENGINE ROW     compile time, time per request, the stored form
//   node measure.mjs --load ENGINE ROW      load time and memory of the stored form
//
// Times are processor time of the whole process (collecting garbage and compiling included), except
// the 99th percentile, which goes by the clock. Memory is what the library and one loaded engine add.

import { execFileSync } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { ENGINES } from './engines.mjs';

const ROUNDS = 7;
// Rounds before those that count, with a pause behind them: engines compile what runs often.
const WARM = 3;
const PAUSE = 500;
const OUT = 'out/peers';

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function lists(row) {
  const files = (await readdir(OUT)).filter((file) => file.startsWith(`${row}-`)).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file,
      text: await readFile(`${OUT}/${file}`, 'utf8'),
      hosts: file.endsWith('.hosts'),
    })),
  );
}

async function requests() {
  const text = gunzipSync(await readFile(`${process.env.NOMINE_DATA}/requests/main.tsv.gz`)).toString();
  return text.trim().split('\n').map((line) => {
    const [url, from, type] = line.split('\t');
    return { url, from, type };
  });
}

// Processor time of some work, in milliseconds.
async function cost(work) {
  const start = process.cpuUsage();
  await work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

// The 99th percentile of single requests, in microseconds: of each the fastest in three passes (not
// three times in a row, which would measure caches of the last request).
function worst(engine, asked) {
  const fastest = new Float64Array(asked.length).fill(Infinity);
  for (let pass = 0; pass < 3; pass += 1) {
    for (let index = 0; index < asked.length; index += 1) {
      const start = process.hrtime.bigint();
      engine.ask(asked[index]);
      fastest[index] = Math.min(fastest[index], Number(process.hrtime.bigint() - start));
    }
  }
  return fastest.sort()[Math.floor(asked.length * 0.99)] / 1000;
}

const stored = (name, row) => `${OUT}/${row}.${name.replaceAll(/\W/g, '_')}`;

async function measureBuild(name, row) {
  const [rules, asked] = [await lists(row), await requests()];
  const compile = [];
  let engine = null;
  for (let time = 0; time < 3; time += 1) {
    // A fresh instance each time, where there can be more than one.
    if (time === 0 || !name.startsWith('@gorhill')) engine = await ENGINES[name]();
    compile.push(await cost(() => engine.build(rules)));
  }
  for (let round = 0; round < WARM; round += 1) {
    for (const request of asked) engine.ask(request);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  let stopped = 0;
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    stopped = 0;
    rounds.push(
      await cost(() => {
        for (const request of asked) stopped += engine.ask(request) === 1 ? 1 : 0;
      }),
    );
  }
  const bytes = await engine.store?.();
  if (bytes) await writeFile(stored(name, row), bytes);
  return {
    request: (median(rounds) / asked.length) * 1000,
    p99: worst(engine, asked),
    compile: median(compile),
    size: bytes ? bytes.length / 1000 : null,
    stopped,
  };
}

// Bytes in use: the heap, what hangs on it, and memory of WebAssembly.
function used(engine) {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external + (engine?.memory() ?? 0);
}

async function measureLoad(name, row) {
  const before = used(null);
  const engine = await ENGINES[name]();
  const times = [];
  if (engine.load) {
    for (let time = 0; time < 9; time += 1) {
      const bytes = await readFile(stored(name, row));
      times.push(await cost(() => engine.load(bytes)));
    }
  } else {
    engine.build(await lists(row));
  }
  // Whatever was only read for loading is garbage after this.
  await new Promise((resolve) => setImmediate(resolve));
  return { load: times.length > 0 ? median(times) : null, memory: (used(engine) - before) / 1e6 };
}

const figure = (value) =>
  value === null ? '–' : value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

function run(mode, name, row) {
  const options = ['--expose-gc', '--max-old-space-size=8192', process.argv[1], mode, name, row];
  const text = execFileSync(process.execPath, options, { maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(text.toString().trim().split('\n').pop());
}

function all(rows) {
  console.log('| lists | engine | µs per request | p99 | compile, ms | size, kB | load, ms | memory, MB | stopped |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const found = Object.keys(ENGINES).map((name) => [
      name,
      { ...run('--build', name, row), ...run('--load', name, row) },
    ]);
    for (const [name, f] of found) {
      const cells = [f.request, f.p99, f.compile, f.size, f.load, f.memory].map(figure).join(' | ');
      console.log(`| ${row} | ${name} | ${cells} | ${f.stopped} |`);
    }
    const [[, ours], ...others] = found;
    const best = (key) => {
      const values = others.map(([, f]) => f[key]).filter((value) => value !== null);
      return `${figure(Math.min(...values) / ours[key])}×`;
    };
    const cells = ['request', 'p99', 'compile', 'size', 'load', 'memory'].map(best).join(' | ');
    console.log(`| ${row} | best of the others / nomine | ${cells} | |`);
  }
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--build' || mode === '--load') {
  const measured = await (mode === '--build' ? measureBuild : measureLoad)(...rest);
  console.log(JSON.stringify(measured));
} else {
  all(mode ? [mode, ...rest] : ['a', 'b', 'c', 'c300', 'd']);
}
