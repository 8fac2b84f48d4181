// Judges the corpus and prints what is found, missed and wrongly accused:
//   node measure.mjs NOMINE CORPUS [--held-out | --all] [--report FILE] [--no-times]
// CORPUS holds miners/, mutated/, published/, benign/, javascript/ and shaders/; labels.mjs says what a
// verdict should be. Times are the inspector's own, in WebAssembly under Node, as the guard asks it.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { basename, join, relative } from 'node:path';
import { expectation, lot, reserved, right, whole } from './labels.mjs';
import { times } from './times.mjs';

const args = process.argv.slice(2);
const heldOut = args.includes('--held-out');
const all = args.includes('--all');
const report = args.includes('--report') ? args[args.indexOf('--report') + 1] : null;
const [nomine, corpus] = args;
if (!nomine || !corpus) {
  console.error('usage: node measure.mjs NOMINE CORPUS [--held-out | --all] [--report FILE] [--no-times]');
  process.exit(2);
}
const severity = { allow: 0, watch: 1, block: 2 };

/** Every verdict of one folder, the parts of one miner as one: whichever is refused, nothing is mined. */
async function judged(set) {
  const folder = join(corpus, set);
  if (!existsSync(folder)) return [];
  const child = spawn(nomine, ['scan', '--json', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done, failed) => {
    child.once('error', failed).once('close', (code, signal) => done(signal ?? code));
  });
  const found = new Map();
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const item = JSON.parse(line);
    const expected = expectation(corpus, item.path);
    const held = reserved(item.path.split('!')[0]);
    if (!expected || (!all && held !== heldOut)) continue;
    const path = whole(item.path);
    const known = found.get(path);
    if (!known || (severity[item.verdict] ?? -1) > (severity[known.verdict] ?? -1)) found.set(path, { ...item, ...expected, held });
  }
  // 0 nothing found, 1 miners found, 2 something could not be read; anything else is a scan cut short.
  const end = await ended;
  if (![0, 1, 2].includes(end)) throw new Error(`${set}: the scan ended with ${end}`);
  return [...found.values()];
}

const items = [];
for (const set of ['miners', 'published', 'mutated', 'benign', 'javascript', 'shaders']) items.push(...await judged(set));

const group = (some, key) => {
  const groups = new Map();
  for (const item of some) if (key(item) !== undefined) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups];
};
const good = (some) => some.filter((item) => !item.error && right(item.wanted, item.verdict)).length;
const share = (some) => {
  // A miner that could not be read was not found.
  const judgedOnes = some.filter((item) => !item.error || item.wanted === 'block').length;
  return judgedOnes ? `${((100 * good(some)) / judgedOnes).toFixed(1)} %` : '–';
};
/** All modules as they are, and of the many others some hundreds, which a hash of the name chooses. */
const timed = (set, most) => items.filter((item) => item.path.includes(`/${set}/`)).map((item) => item.path)
  .sort((a, b) => (lot(a) < lot(b) ? -1 : 1)).slice(0, most);
const clock = args.includes('--no-times') ? null : await times([
  ...timed('miners', Infinity), ...timed('published', Infinity), ...timed('benign', Infinity),
  ...timed('mutated', 400), ...timed('javascript', 300), ...timed('shaders', 300),
]);
const spent = (some) => {
  const sizes = some.map((item) => ({ ms: clock?.get(item.path), bytes: statSync(item.path, { throwIfNoEntry: false })?.size ?? 0 })).filter(({ ms }) => ms !== undefined);
  if (!sizes.length) return ['–', '–', '–'];
  const sorted = sizes.map(({ ms }) => ms).sort((a, b) => a - b);
  const total = sorted.reduce((sum, ms) => sum + ms, 0);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))].toFixed(2);
  return [at(0.5), at(0.99), (sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1e3 / total).toFixed(0)];
};
const count = (some, verdict) => some.filter((item) => (item.error ? verdict === 'error' : item.verdict === verdict)).length;
const row = (name, some) => `| ${name} | ${some.length} | ${count(some, 'block')} | ${count(some, 'watch')} | ${count(some, 'allow')} | ${count(some, 'error')} | ${share(some)} | ${spent(some).join(' | ')} |`;
const head = [
  '| set | inspected | block | watch | allow | not inspected | right | median ms | p99 ms | MB/s |',
  '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
];

const miner = (item) => item.kind === 'miner';
const changed = items.filter((item) => item.change);
const totals = (from) => [
  ['miners as they are', from.filter((item) => miner(item) && !item.change)],
  ['miners, changed', from.filter((item) => miner(item) && item.change)],
  ['bare hashes, as they are and changed (watch at most)', from.filter((item) => item.kind === 'bare')],
  ['harmless modules', from.filter((item) => item.kind === 'harmless' && !/JavaScript|shaders/.test(item.row))],
  ['harmless JavaScript bundles', from.filter((item) => item.kind === 'harmless' && item.row.includes('JavaScript'))],
  ['harmless shaders', from.filter((item) => item.kind === 'harmless' && item.row.includes('shaders'))],
].filter(([, some]) => some.length).map(([name, some]) => row(name, some));
const rows = group(items, (item) => (item.change && item.kind === 'bare' ? undefined : item.row)).map(([name, some]) => row(name, some));

// Family by change: how many of a hundred are blocked.
const families = [...new Set(changed.filter(miner).map((item) => item.built))].sort();
const changes = [...new Set(changed.map((item) => item.change))].sort();
const cell = (family, change) => {
  const some = changed.filter((item) => miner(item) && item.built === family && item.change === change && !item.error);
  return some.length ? `${Math.round((100 * good(some)) / some.length)}` : '';
};
const matrix = changes.length ? [
  `| blocked, of 100 | ${families.join(' | ')} |`,
  `|---|${families.map(() => '---:').join('|')}|`,
  ...changes.map((change) => `| ${change} | ${families.map((family) => cell(family, change)).join(' | ')} |`),
] : [];

const slow = [...(clock ?? [])].map(([path, ms]) => ({ path, ms, size: statSync(path).size })).map((item) => ({ ...item, rate: item.ms / (item.size / 1e6) }))
  .filter(({ rate }) => rate > 25).sort((a, b) => b.rate - a.rate);
const slowness = clock && [
  `Above 25 ms per MB: ${slow.length} of ${clock.size}${slow.length ? `, ${slow.filter(({ size }) => size > 1e5).length} of them above 100 kB` : ''}.`,
  ...slow.filter(({ size }) => size > 1e5).slice(0, 10).map(({ path, ms, size, rate }) => `- ${relative(corpus, path)}: ${ms.toFixed(1)} ms for ${(size / 1e3).toFixed(0)} kB (${rate.toFixed(0)} ms per MB)`),
].join('\n');

const text = [
  [...head, ...totals(items)].join('\n'),
  all && `The held-out third alone, at which nobody looks while tuning:\n\n${[...head, ...totals(items.filter((item) => item.held))].join('\n')}`,
  [...head, ...rows].join('\n'),
  matrix.join('\n'),
  slowness,
].filter(Boolean).join('\n\n');
console.log(text);
const show = (title, some) => some.length && console.log(`\n${title}\n${some.map((item) => `  ${(item.error ? 'error' : item.verdict).padEnd(6)} ${relative(corpus, item.path)}  ${item.family ?? ''} ${item.algorithm ?? ''}`).join('\n')}`);
// Names of what is held out are never printed, not even where everything is judged.
const wrong = items.filter((item) => (item.error || !right(item.wanted, item.verdict)) && (!item.held));
show('Missed:', wrong.filter(miner));
show('Accused wrongly:', wrong.filter((item) => !miner(item)));
if (report) {
  const date = new Date().toISOString().slice(0, 10);
  const version = execFileSync(nomine, ['--version'], { encoding: 'utf8' }).trim();
  const part = heldOut ? 'the held-out third only' : all ? 'everything' : 'without the held-out third';
  writeFileSync(report, `# Detection, measured ${date}\n\n\`./build.sh bench corpus${heldOut ? ' --held-out' : all ? ' --all' : ''}\`, ${version}, ${part}. Times are of inspector.wasm under Node ${process.versions.node}, warm, CPU time.\n\n${text}\n`);
  console.log(`\nwritten: ${basename(report)}`);
}
