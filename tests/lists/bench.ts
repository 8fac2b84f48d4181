// Measures the installation of lists in a real browser: 317 filters (the size of NoCoin), 11,500
// domains (UT1) and 300,000 domains, made up for the purpose; and what a daily update moves with and
// without differences. Nothing but this machine is contacted.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { names, open, Extension, World, html, js, pause, type Answer, type Browser } from '../browser/harness/index.js';

/** Names that look like those of lists, always the same ones. */
function domains(count: number): string[] {
  let state = 0x2545_f491;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const ends = ['com', 'net', 'org', 'ru', 'xyz', 'top', 'info', 'co.uk'];
  return Array.from({ length: count }, (_, index) => `${Array.from({ length: 5 + random(12) }, () => letters[random(26)]).join('')}${index.toString(36)}.${ends[random(ends.length)] ?? 'com'}`);
}

const sizes: readonly (readonly [string, string])[] = [
  ['317', domains(317).map((name) => `||${name}^\n`).join('')],
  ['11500', `${domains(11_500).join('\n')}\n`],
  ['300000', `${domains(300_000).join('\n')}\n`],
];

/** Resident memory of all processes below this one, in MiB. */
function memory(): number {
  const parents = new Map<number, number>();
  const pages = new Map<number, number>();
  for (const name of readdirNumbers('/proc')) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      parents.set(name, Number(fields[1]));
      const rollup = readFileSync(`/proc/${name}/smaps_rollup`, 'utf8');
      pages.set(name, Number(/^Pss:\s+(\d+)/mu.exec(rollup)?.[1] ?? 0));
    } catch {
      // Gone meanwhile, or not ours.
    }
  }
  let sum = 0;
  for (const [name, kilobytes] of pages) {
    for (let at: number | undefined = name; at !== undefined && at > 1; at = parents.get(at)) {
      if (at !== process.pid) continue;
      if (name !== process.pid) sum += kilobytes;
      break;
    }
  }
  return sum / 1024;
}

function readdirNumbers(folder: string): number[] {
  return readdirSync(folder).map(Number).filter((number) => Number.isSafeInteger(number) && number > 0);
}

/** In the page: asks for something small again and again, and notes the longest wait. */
const asking = `
  window.longest = 0;
  (async () => {
    for (;;) {
      const began = performance.now();
      await fetch('/ping').catch(() => undefined);
      window.longest = Math.max(window.longest, performance.now() - began);
      await new Promise((done) => setTimeout(done, 10));
    }
  })();
`;

/** The longest wait for a page's request while something else goes on, in milliseconds. */
async function waits<T>(browser: Browser, act: () => Promise<T>): Promise<{ result: T; longest: number; all: number }> {
  const page = await browser.newPage();
  await page.goto('https://site.test/');
  await page.evaluate('void (window.longest = 0)');
  const began = performance.now();
  const result = await act();
  const all = performance.now() - began;
  const longest = await page.evaluate<[], number>('window.longest');
  await page.close();
  return { result, longest, all };
}

console.log('| browser | entries | installed in (ms) | longest request meanwhile (ms) | memory before, at most, after, with the next background (MiB) | engine loads in (ms) |');
console.log('|---|---|---|---|---|---|');
for (const name of names) {
  let text = '';
  const world = await World.start({
    'site.test': { pages: { '/': html(`<script>${asking}</script>`), '/ping': js('1') } },
    'lists.test': { handle: (): Answer => ({ type: 'text/plain', headers: { 'content-encoding': 'gzip' }, body: gzipSync(text) }) },
  });
  const browser = await open(name, { world });
  try {
    const extension = await Extension.of(browser);
    for (const [label, body] of sizes) {
      text = body;
      const before = memory();
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, memory())), 250);
      const { result, longest, all } = await waits(browser, () => extension.ask('lists.add', { url: `https://lists.test/${label}.txt`, title: label }));
      clearInterval(watch);
      const list = result.lists.find((one) => one.title === label);
      if (list === undefined || list.lastError !== null) throw new Error(`${label}: ${list?.lastError} ${list?.errorDetail}`);
      await pause(12_000);
      const after = memory();
      await browser.stopBackground();
      const found = await extension.ask('about.get', {});
      const tested = await extension.ask('lists.test', { url: `https://${(body.split('\n')[200] ?? '').replace(/[|^]/gu, '')}/`, from: 'https://site.test/', kind: 'script' });
      if (!tested.blocked) throw new Error('not in force');
      await pause(3_000);
      const next = memory();
      console.log(`| ${name} | ${list.entries} (${list.inForce} in force) | ${Math.round(all)} | ${Math.round(longest)} | ${Math.round(before)}, ${Math.round(most)}, ${Math.round(after)}, ${Math.round(next)} | ${found.engine.loadMilliseconds} |`);
      await extension.ask('lists.remove', { id: list.id });
    }
  } finally {
    await browser.close();
    await world.stop();
  }
}
