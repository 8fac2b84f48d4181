// See bench.sh. Warm times are CPU time, best of three after one that warms up, in one run on the same
// modules; every compilation gets other bytes at the module's end, because V8 remembers what it has
// compiled. Cold times are wall time: nothing else of the page runs before it has its verdict.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { least } from '../cpu.mjs';
import { load } from '../script/inspector.mjs';

const inspectorPath = 'dist/wasm/inspector.wasm';
const magic = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

// A fresh process asks for this: one verdict, timed from the bytes of the inspector on.
if (process.argv[2] === '--cold') {
  const bytes = readFileSync(inspectorPath);
  const module = readFileSync(process.argv[3]);
  const start = performance.now();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const at = exports.reserve(module.length);
  new Uint8Array(exports.memory.buffer, at, module.length).set(module);
  const outcome = exports.inspect(0, module.length);
  const took = performance.now() - start;
  const again = performance.now();
  new WebAssembly.Module(module);
  console.log(JSON.stringify([took, outcome, performance.now() - again]));
  process.exit(0);
}

const [folder, every] = [process.argv[2], Number(process.argv[3])];

function modules(path) {
  const found = [];
  for (const name of readdirSync(path).sort()) {
    const file = join(path, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) found.push(...modules(file));
    else if (stat && name.endsWith('.wasm') && stat.size < 64e6) found.push({ file, size: stat.size });
  }
  return found;
}

function best(act) {
  act();
  return Math.max(least(act, 3), 0.001);
}

let salt = 0;
/** The module with another custom section at its end each time. */
function fresh(bytes) {
  salt += 1;
  const name = [salt & 127, (salt >> 7) & 127, (salt >> 14) & 127];
  return Buffer.concat([bytes, Buffer.from([0, 4, 3, ...name])]);
}

const inspector = load(inspectorPath);
const raw = readFileSync(inspectorPath);
console.log(`inspector.wasm  ${raw.length} bytes, ${gzipSync(raw, { level: 9 }).length} with gzip -9`);

const rows = [];
const outcomes = { allow: 0, watch: 0, block: 0 };
const all = modules(folder).filter((_, index) => index % every === 0);
let slowest = { per: 0, file: '' };
for (const { file, size } of all) {
  const bytes = readFileSync(file);
  if (!bytes.subarray(0, 8).equals(magic)) continue;
  let outcome = 'allow';
  const inspect = best(() => {
    outcome = inspector.inspect('module', bytes);
  });
  outcomes[outcome] += 1;
  const per = inspect / (size / 1e6);
  if (size > 100_000 && per > slowest.per) slowest = { per, file };
  if (size <= 500_000) continue;
  const copies = [0, 1, 2, 3].map(() => fresh(bytes));
  let compile;
  try {
    compile = best(() => new WebAssembly.Module(copies.pop()));
  } catch {
    continue;
  }
  rows.push({ ratio: inspect / compile, inspect, compile, size, outcome, file: file.slice(folder.length + 1) });
}
rows.sort((a, b) => a.ratio - b.ratio);
for (const { ratio, inspect, compile, size, outcome, file } of rows) {
  const speed = (time) => (size / 1000 / time).toFixed(0).padStart(6);
  console.log(`${(ratio * 100).toFixed(1).padStart(6)} %  ${speed(inspect)} MB/s, V8 ${speed(compile)}  ${(size / 1e6).toFixed(1).padStart(5)} MB  ${outcome}  ${file}`);
}
const mean = Math.exp(rows.reduce((sum, row) => sum + Math.log(row.ratio), 0) / rows.length);
console.log(`${rows.length} modules above 500 KB: ${(mean * 100).toFixed(1)} % of V8's lazy compilation (geometric mean), median ${(median(rows.map((row) => row.ratio)) * 100).toFixed(1)} %`);
console.log(`slowest above 100 KB: ${slowest.per.toFixed(1)} ms per MB (${slowest.file}); verdicts ${JSON.stringify(outcomes)}`);

// --- Cold ---------------------------------------------------------------------------------------
const miners = modules(existsSync(join(folder, '../miners')) ? join(folder, '../miners') : 'tests/sites');
const blocked = miners.filter(({ file, size }) => size > 10_000 && inspector.inspect('module', readFileSync(file)) === 'block');
blocked.sort((a, b) => Math.abs(a.size - 75_000) - Math.abs(b.size - 75_000));
const miner = blocked[0];
if (!miner) process.exit(0);
console.log(`first verdict on a miner of ${miner.size} bytes (compile, instantiate, copy, inspect), median of 15:`);
const times = [];
for (let round = 0; round < 15; round += 1) {
  const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--cold', miner.file], { encoding: 'utf8' });
  times.push(JSON.parse(text));
}
console.log(`  node      ${median(times.map((t) => t[0])).toFixed(2)} ms; V8 compiles the miner in ${median(times.map((t) => t[2])).toFixed(2)} ms`);

const cold = (inspectorText, minerText) => {
  const decode = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const [bytes, module] = [decode(inspectorText), decode(minerText)];
  const start = performance.now();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const at = exports.reserve(module.length);
  new Uint8Array(exports.memory.buffer, at, module.length).set(module);
  exports.inspect(0, module.length);
  return performance.now() - start;
};
const { default: puppeteer } = await import('puppeteer-core');
const browsers = [
  { browser: 'chrome', name: 'Chromium', executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' },
  { browser: 'firefox', name: 'Firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' },
];
for (const { browser, name, executablePath } of browsers) {
  if (!existsSync(executablePath)) continue;
  const running = await puppeteer.launch({ browser, executablePath, headless: true, args: browser === 'chrome' ? ['--no-sandbox'] : [] });
  const taken = [];
  for (let round = 0; round < 15; round += 1) {
    const page = await running.newPage();
    await page.goto('about:blank');
    const texts = [raw, readFileSync(miner.file)].map((bytes) => bytes.toString('base64'));
    taken.push(await page.evaluate(cold, ...texts));
    await page.close();
  }
  await running.close();
  console.log(`  ${name.padEnd(9)} ${median(taken).toFixed(2)} ms`);
}
