// `./build.sh run`: real miners on real-looking sites, all of it on this machine; first without the
// extension (they mine), then with it. With a display a browser opens; without one, a table is
// printed and screenshots are written.
import { parseArgs } from 'node:util';
import { relative } from 'node:path';
import { Extension, World, open, pause, root, shot, until, type Browser, type Name } from '../browser/harness/index.js';
import { sites } from '../sites/hosts.js';

const { values } = parseArgs({ options: { browser: { type: 'string', default: 'chromium' }, headless: { type: 'boolean', default: false } } });
const name = values.browser as Name;
const display = !values.headless && (process.platform === 'darwin' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']));
const watching = 4000;

const stops = [
  ['news.test', 'CryptoNight, loaded from coinhive.com'],
  ['blog.test', 'the same, in an advert'],
  ['shop.test', 'the same, from the site itself'],
  ['hidden.test', 'the same, everything renamed'],
  ['forum.test', 'Argon2d: the web miner of @nimiq/core-web'],
  ['games.test', 'Keccak: @blackhan-software/wasm-miner'],
  ['clean.test', 'no miner: worker, WebAssembly, WebSocket'],
] as const;

/** What was stopped on each site, for the demo's first page. */
const stopped: Record<string, string> = {};
const opened = 'hidden.test';

const index = `<!doctype html><meta charset="utf-8"><title>Real miners</title><style>
    :root { color-scheme: light dark; }
    body { max-width: 58em; margin: 3em auto; padding: 0 1em; font: 17px/1.5 system-ui, sans-serif; }
    td { padding: .4em 1.2em .4em 0; vertical-align: top; }
    td:last-child { color: light-dark(#0b6b5d, #6fd3c1); }
  </style>
  <h1>Real miners, none of which will run</h1>
  <p>Every site below is served by this machine, and no pool is real. ${opened} is open in a tab of its own already; open
  another, then look at Nomine's button in the toolbar (Chromium keeps it behind the puzzle piece until you pin it): it
  counts what was stopped, and a click says why.</p>
  <table>${stops.map(([host, what]) => `<tr><td><a href="https://${host}/" target="_blank">${host}</a></td><td>${what}</td><td id="${host}"></td></tr>`).join('')}</table>
  <script>
    setInterval(async () => {
      const stopped = await (await fetch('/stopped')).json();
      for (const [host, what] of Object.entries(stopped)) document.getElementById(host).textContent = 'stopped: ' + what;
    }, 1000);
  </script>`;

interface Seen {
  readonly hashes: number;
  readonly shares: number;
  readonly stopped: readonly string[];
}

async function visit(browser: Browser, host: string, extension?: Extension): Promise<Seen> {
  const { pool } = web;
  const before = pool.shares.length;
  const page = await browser.newPage();
  await page.goto(`https://${host}/`);
  await pause(watching);
  const own = await page.evaluate<[], { hashes: number; accepted: number }>('({ hashes: window.hashes ?? 0, accepted: window.accepted ?? 0 })');
  const shares = Math.max(pool.shares.length - before, own.accepted);
  let stopped: string[] = [];
  if (extension !== undefined) {
    const { events } = await extension.state(page);
    stopped = events.filter((event) => event.outcome === 'block').map((event) => `${event.subject} ${short(event.url)}: ${event.filter ?? (event.evidence[0]?.detail || event.family)}`);
    await page.screenshot(shot(`demo-${name}-${host.split('.')[0]}`));
    const popup = await extension.popup(page);
    await until('the popup is filled', () => popup.evaluate('document.querySelector("#headline").textContent !== ""'));
    await popup.resize(460, 640);
    await popup.screenshot(shot(`demo-${name}-${host.split('.')[0]}-popup`));
    await popup.resize(1100, 800);
    await popup.close();
  }
  await page.close();
  return { hashes: own.hashes, shares, stopped };
}

const short = (url: string): string => url.replace(/^[a-z]+:\/\//, '').slice(0, 48);

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n');
}

const web = sites();
const world = await World.start({
  ...web.hosts,
  'demo.test': {
    pages: { '/': { type: 'text/html; charset=utf-8', body: index } },
    handle: (_request, { pathname }) => (pathname === '/stopped' ? { type: 'application/json', body: JSON.stringify(stopped) } : undefined),
  },
});

async function headless(): Promise<boolean> {
  const options = { world } as const;
  console.log(`visiting ${stops.length} sites with ${name}, without the extension, then with it`);
  const seen = new Map<string, Seen>();
  const bare = await open(name, { ...options, extension: false });
  try {
    for (const [host] of stops) seen.set(host, await visit(bare, host));
  } finally {
    await bare.close();
  }
  const browser = await open(name, options);
  const rows: string[][] = [['SITE', 'WHAT', 'WITHOUT', 'WITH', 'STOPPED, AND WHY']];
  let good = true;
  try {
    const extension = await Extension.of(browser);
    for (const [host, what] of stops) {
      const { hashes, shares, stopped } = await visit(browser, host, extension);
      const before = seen.get(host)!;
      const count = (all: { hashes: number; shares: number }): string => (all.hashes + all.shares === 0 ? '-' : `${all.hashes || all.shares} hashes`);
      const [first = 'nothing', ...rest] = stopped;
      rows.push([host, what, count(before), count({ hashes, shares }), first]);
      for (const other of rest) rows.push(['', '', '', '', other]);
      const clean = host === 'clean.test';
      if (clean ? stopped.length > 0 : stopped.length === 0 || before.hashes + before.shares === 0) good = false;
    }
  } finally {
    await browser.close();
  }
  console.log(`\n${table(rows)}\n`);
  console.log(`screenshots: ${relative(root, shot('x')).replace(/x\.png$/, '')}demo-${name}-*.png`);
  if (!good) console.error('not everything went as it should: see the table');
  return good;
}

async function visible(): Promise<void> {
  const browser = await open(name, { world, visible: true });
  const extension = await Extension.of(browser);
  const demo = await browser.newPage();
  await demo.goto('https://demo.test/');
  const miner = await browser.newPage();
  await miner.goto(`https://${opened}/`);
  await extension.stopped(miner);
  const tab = await extension.tabId(demo);
  await extension.evaluate(async (id: number) => {
    const { tabs } = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
    await tabs.update(id, { active: true });
  }, tab);
  console.log('A browser is open on the demo. What is stopped is told here too. Ctrl+C ends it.');
  let last = 0;
  for (;;) {
    // Ends when the person closes the browser: then nobody answers any more.
    const answer = await extension.ask('log.query', { text: '', before: null, limit: 50 }).catch(() => null);
    if (answer === null) break;
    for (const event of [...answer.events].reverse()) {
      if (event.id <= last) continue;
      last = event.id;
      const why = event.filter ?? event.family;
      console.log(`${event.site}: stopped ${event.subject} ${short(event.url)} (${why})`);
      if (stops.some(([host]) => host === event.site)) stopped[event.site] ??= `${event.subject}, ${why}`;
    }
    await pause(1000);
  }
  await browser.close();
}

try {
  if (display) await visible();
  else process.exitCode = (await headless()) ? 0 : 1;
} finally {
  await world.stop();
}
process.exit();
