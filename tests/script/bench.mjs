// How fast the inspector reads scripts, in wasm under node, beside one V8 RegExp alternation of the
// same literals over the same text. CPU time, best of five rounds, after one that warms up.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { least } from '../cpu.mjs';
import { load } from './inspector.mjs';

const most = 64 << 20;
const folder = process.argv[2] ?? 'node_modules';
const texts = [];
let total = 0;
(function collect(path) {
  for (const name of readdirSync(path).sort()) {
    const file = join(path, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat || total > most) continue;
    if (stat.isDirectory()) collect(file);
    else if (/\.[cm]?js$/.test(name) && stat.size > 20_000) {
      const bytes = readFileSync(file);
      texts.push({ bytes, text: bytes.toString('utf8') });
      total += bytes.length;
    }
  }
})(folder);
if (texts.length === 0) {
  console.error(`bench script: no scripts above 20 kB in ${folder}`);
  process.exit(2);
}

const toml = readFileSync('blocklists/signatures/script.toml', 'utf8');
const literals = [...toml.matchAll(/^literals = \[([^\]]*)\]/gm)]
  .flatMap((row) => [...row[1].matchAll(/'([^']*)'/g)].map((item) => item[1]))
  .filter((literal) => literal.length >= 6);
const alternation = new RegExp(
  literals.map((literal) => literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'),
  'g',
);

function best(act) {
  act();
  return least(act, 5);
}

const inspector = load('dist/wasm/inspector.wasm');
const outcomes = { allow: 0, watch: 0, block: 0 };
for (const { bytes } of texts) outcomes[inspector.inspect('script', bytes)] += 1;
const wasm = best(() => {
  for (const { bytes } of texts) inspector.inspect('script', bytes);
});
let matches = 0;
const regexp = best(() => {
  matches = 0;
  for (const { text } of texts) for (const _ of text.matchAll(alternation)) matches += 1;
});
const speed = (milliseconds) => (total / 1000 / milliseconds).toFixed(0);
console.log(`${texts.length} scripts, ${(total / 1e6).toFixed(1)} MB, ${literals.length} literals`);
console.log(`inspector.wasm, all of script inspection  ${speed(wasm)} MB/s`);
console.log(`V8 RegExp alternation, literals only       ${speed(regexp)} MB/s (${matches} matches)`);
console.log(`ratio ${(regexp / wasm).toFixed(1)}`);
console.log(`verdicts: ${JSON.stringify(outcomes)}`);
