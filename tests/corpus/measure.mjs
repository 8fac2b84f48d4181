// Judges the corpus and prints what is found, missed and wrongly accused:
//   node measure.mjs NOMINE CORPUS [--held-out] [--report FILE]
// CORPUS holds miners/<family>/, mutated/<transformation>/<family>/, benign/<package>/, javascript/<package>/.
// A third of every set, chosen by a hash of the file's name, is held out: it is left out unless
// --held-out asks for it alone, so that tuning never sees it.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const heldOut = args.includes('--held-out');
const all = args.includes('--all');
const report = args.includes('--report') ? args[args.indexOf('--report') + 1] : null;
const [nomine, corpus] = args;
if (!nomine || !corpus) {
  console.error('usage: node measure.mjs NOMINE CORPUS [--held-out | --all] [--report FILE]');
  process.exit(2);
}
const here = dirname(fileURLToPath(import.meta.url));

const reserved = (path) => createHash('sha256').update(basename(path)).digest()[0] % 3 === 0;
const labels = new Map(readFileSync(join(here, 'benign.txt'), 'utf8').split('\n')
  .map((line) => line.trim().split(/\s+/)).filter(([name]) => name && !name.startsWith('#'))
  .map(([name, label]) => [name.replace('/', '__'), label ?? '']));

async function scan(folder) {
  const items = [];
  if (!existsSync(folder)) return items;
  const child = spawn(nomine, ['scan', '--json', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) items.push(JSON.parse(line));
  return items.filter((item) => all || reserved(item.path.split('!')[0]) === heldOut);
}

const rows = [];
function row(set, items, wanted) {
  const count = { block: 0, watch: 0, allow: 0, error: 0 };
  for (const item of items) count[item.error ? 'error' : item.verdict] += 1;
  const judged = items.length - count.error;
  rows.push({ set, modules: items.length, ...count, right: judged ? (100 * items.filter((i) => !i.error && wanted(i)).length) / judged : 100 });
}
const by = (items, key) => {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
};
const part = (root, index) => (item) => relative(root, item.path).split(sep)[index];

const misses = [];
const miners = join(corpus, 'miners');
for (const [family, items] of by(await scan(miners), part(miners, 0))) {
  row(`miner: ${family}`, items, (i) => i.verdict === 'block');
  misses.push(...items.filter((i) => i.verdict !== 'block'));
}
const mutated = join(corpus, 'mutated');
const changed = await scan(mutated);
for (const [name, items] of by(changed, part(mutated, 0))) row(`changed: ${name}`, items, (i) => i.verdict === 'block');
for (const [name, items] of by(changed, part(mutated, 1))) row(`changed, by family: ${name}`, items, (i) => i.verdict === 'block');
const benign = join(corpus, 'benign');
const harmless = await scan(benign);
for (const [label, items] of by(harmless, (i) => labels.get(part(benign, 0)(i)) || 'plain')) {
  row(`harmless: ${label}`, items, (i) => i.verdict === 'allow' || (label !== 'plain' && i.verdict === 'watch'));
}
const accused = harmless.filter((i) => i.verdict === 'block' || (i.verdict === 'watch' && !labels.get(part(benign, 0)(i))));
const bundles = await scan(join(corpus, 'javascript'));
if (bundles.length) row('harmless: JavaScript bundles', bundles, (i) => i.verdict === 'allow');
accused.push(...bundles.filter((i) => i.verdict !== 'allow'));

const text = [
  '| set | inspected | block | watch | allow | not inspected | right |',
  '|---|---:|---:|---:|---:|---:|---:|',
  ...rows.map((r) => `| ${r.set} | ${r.modules} | ${r.block} | ${r.watch} | ${r.allow} | ${r.error} | ${r.right.toFixed(1)} % |`),
].join('\n');
console.log(text);
const list = (title, items) => items.length && console.log(`\n${title}\n${items.map((i) => `  ${i.verdict.padEnd(6)} ${relative(corpus, i.path)}  ${i.family ?? ''} ${i.algorithm ?? ''}`).join('\n')}`);
list('Missed:', misses);
list('Accused wrongly:', accused);
if (report) {
  const date = new Date().toISOString().slice(0, 10);
  const version = execFileSync(nomine, ['--version'], { encoding: 'utf8' }).trim();
  writeFileSync(report, `# Detection, measured ${date}\n\n\`./build.sh bench corpus\`, ${version}${heldOut ? ', the held-out third only' : all ? ', everything' : ', without the held-out third'}.\n\n${text}\n`);
}
