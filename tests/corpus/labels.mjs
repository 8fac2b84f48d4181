// What a verdict should be for each thing in the corpus.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Hashes that everybody uses. Alone, without a search, such a module is a library like any other. */
const GENERAL = new Set(['argon2', 'blake256', 'blake2b', 'blake3', 'groestl', 'keccak', 'scrypt', 'sha1', 'sha256d', 'skein']);

const rules = {
  block: (verdict) => verdict === 'block',
  'watch or block': (verdict) => verdict !== 'allow',
  'watch at most': (verdict) => verdict !== 'block',
  allow: (verdict) => verdict === 'allow',
};

/** The name that the parts of one miner share: `x~1.wasm` and `x~2.wasm` are `x.wasm`, and so is `x.js`,
 * which was made of it. */
export const whole = (path) => (path.includes('/mutated/') ? path.replace(/(~\d)?\.(wasm|js)$/, '.wasm') : path);

/** Changed whenever the misses of the third that was held out have been looked at: then another is. */
const DRAW = 'sixth draw';

/** What chance decides about a file, the same every time. */
export const lot = (path) => createHash('sha256').update(`${DRAW} ${basename(whole(path))}`).digest('hex');

/** A third of everything, by a hash of the file's name, is held out: it is left out unless asked for, so
 * that tuning never sees it. A changed miner goes with the one that it was made from. */
export const reserved = (path) => parseInt(lot(path).slice(0, 2), 16) % 3 === 0;

const lines = (name) => readFileSync(join(here, name), 'utf8').split('\n').map((line) => line.trim().split(/\s+/))
  .filter(([first]) => first && !first.startsWith('#'));

function list(name, entry) {
  return new Map(lines(name).map(([first, ...rest]) => [first.replace('/', '__'), entry(rest)]));
}
const benign = list('benign.txt', ([label]) => label ?? 'plain');
const bundles = list('javascript.txt', ([label]) => label ?? 'plain');
const published = list('miners.txt', ([label, ...files]) => ({ label, files }));

/** A name with an ending is the whole name or, where it begins with the dot, the ending; else it is how names begin. */
const named = (file, name) => (name.startsWith('.') ? file.endsWith(name) : /\.\w+$/.test(name) ? file === name : file.startsWith(name));

const wantedOf = { miner: 'block', library: 'watch or block', wallet: 'watch at most', captcha: 'watch at most', kdf: 'watch at most', plain: 'allow' };

/** The row that a path belongs to and the rule it is judged by; nothing where it is not judged. */
export function expectation(corpus, path) {
  const [set, ...parts] = relative(corpus, path.split('!')[0]).split(sep);
  const file = parts.at(-1);
  const bare = file.includes('-hash-');
  const built = (family) => (bare && GENERAL.has(family) ? { kind: 'bare', wanted: 'watch at most' } : { kind: 'miner', wanted: 'block' });
  switch (set) {
    case 'miners':
      if (!file.endsWith('.wasm') || parts[0].startsWith('.')) return null;
      return { ...built(parts[0]), built: parts[0], row: `${built(parts[0]).kind === 'bare' ? 'bare hash' : 'miner'}: ${parts[0]}` };
    case 'mutated':
      if (!/\.(wasm|js)$/.test(file)) return null;
      return { ...built(parts[1]), change: parts[0], built: parts[1], row: `changed: ${parts[0]}` };
    case 'published': {
      const entry = published.get(parts[0]);
      if (!entry?.files.some((name) => named(file, name))) return null;
      return { kind: entry.label === 'wallet' ? 'harmless' : 'miner', wanted: wantedOf[entry.label], row: `published ${entry.label}` };
    }
    case 'benign': {
      const label = wantedOf[benign.get(parts[0])] ? benign.get(parts[0]) : 'plain';
      // What a captcha or a password hash brings along need not be seen as one: only blocking is wrong.
      return { kind: 'harmless', wanted: label === 'plain' ? 'allow' : 'watch at most', label, row: `harmless: ${label}` };
    }
    case 'javascript': {
      const label = bundles.get(parts[0]) ?? 'plain';
      return { kind: 'harmless', wanted: wantedOf[label], label, row: label === 'plain' ? 'harmless: JavaScript bundles' : `harmless: JavaScript of a ${label}` };
    }
    case 'shaders': return { kind: 'harmless', wanted: 'allow', label: 'plain', row: 'harmless: shaders' };
    default: return null;
  }
}

export const right = (wanted, verdict) => rules[wanted](verdict);
