// Each page tries one way around the guard. Without the extension it gets what it wants (so that the
// page itself is proved); with it, it does not, except where THREATS.md says that it does.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { names, open, pause, until, World, type Browser, type Name, type Page } from '../browser/harness/index.js';
import { minerModule } from './miner.js';
import { clickOf, evasionHost } from './site.js';
import { mayBeStopped, techniques, wanted } from './techniques.js';
import { TransportPool } from './transport.js';

const only = process.env['NOMINE_EVASION']?.split(',');
const chosen = only === undefined ? techniques : techniques.filter((name) => only.some((part) => name.startsWith(part)));

/** A page mostly waits; but in Firefox a driver has to change tabs for each question, which takes longer. */
const pagesAtOnce: Readonly<Record<Name, number>> = { chromium: 4, firefox: 1 };

type Scheme = 'https' | 'http';

/** Over plain http no header says that a script is a worker's, so Firefox's guard has another way to them. */
const schemes = (name: string): readonly Scheme[] => (/^(?:shared-)?worker-network/u.test(name) ? ['https', 'http'] : ['https']);

interface Seen {
  readonly outcome: string;
  readonly detail: string;
}

/** What a page says. One that does not answer, as where its renderer died, is no proof of anything. */
const run = (stage: Stage, name: string, scheme: Scheme): Promise<Seen> => Promise.race([visit(stage, name, scheme), pause(30_000).then(() => ({ outcome: 'nothing', detail: 'the page does not answer' }))]);

/** One page after another in the same tab, as long as that answers: opening one takes longer than most of them do. */
async function visit(stage: Stage, name: string, scheme: Scheme): Promise<Seen> {
  const { browser, tabs } = stage;
  const page: Page = tabs.pop() ?? (await browser.newPage());
  const said = (): Promise<unknown> => until('an outcome', () => page.evaluate('window.outcome || null'), { within: 20_000, every: 40 });
  try {
    await page.goto(`${scheme}://evasion.test/${name}.html`);
    const click = clickOf(name);
    if (click === null) await said();
    else await inTurn(stage, () => page.click(click).then(said));
    const seen = { outcome: String(await page.evaluate('window.outcome')), detail: String(await page.evaluate('window.detail')) };
    tabs.push(page);
    return seen;
  } catch (error) {
    await page.close();
    throw error;
  }
}

/** A tab that is clicked on has to be in front, and to stay there. */
function inTurn(stage: Stage, act: () => Promise<unknown>): Promise<unknown> {
  stage.clicked = stage.clicked.then(act, act);
  return stage.clicked;
}

interface Stage {
  readonly browser: Browser;
  readonly world: World;
  readonly transport: TransportPool;
  /** Free ones. */
  readonly tabs: Page[];
  /** The end of the last click. */
  clicked: Promise<unknown>;
}

async function withBrowser(name: Name, extension: boolean): Promise<Stage> {
  const transport = await TransportPool.start();
  const world = await World.start({ 'evasion.test': evasionHost(minerModule(), techniques, transport) });
  const browser = await open(name, {
    world,
    extension,
    // Chromium without a graphics card draws WebGL in software only when asked to. The pool for WebTransport is no part of the world.
    arguments: name === 'chromium' ? ['--enable-unsafe-swiftshader', `--host-resolver-rules=MAP * 127.0.0.1:${world.port},EXCLUDE 127.0.0.1`] : [],
    preferences: { 'network.proxy.no_proxies_on': '127.0.0.1' },
  });
  if (extension) {
    // Registered scripts are in force from the first page after the start.
    await until('the guard is in force', async () => {
      const page = await browser.newPage();
      try {
        await page.goto('https://evasion.test/wasm-module.html');
        return (await page.evaluate('window.outcome')) === 'refused';
      } finally {
        await page.close();
      }
    });
  }
  return { browser, world, transport, tabs: [], clicked: Promise.resolve() };
}

for (const name of names) {
  for (const guarded of [false, true]) {
    describe(`evasion (${name}, ${guarded ? 'guarded' : 'plain'})`, { concurrency: pagesAtOnce[name] }, () => {
      let stage: Stage;
      before(async () => {
        stage = await withBrowser(name, guarded);
      }, { timeout: 120_000 });
      after(async () => {
        await stage?.browser.close();
        await stage?.world.stop();
        stage?.transport.stop();
      }, { timeout: 60_000 });
      for (const technique of chosen) {
        for (const scheme of schemes(technique)) {
          test(scheme === 'https' ? technique : `${technique} over plain http`, async () => {
            const right = wanted(technique, name, guarded);
            let seen = await run(stage, technique, scheme);
            if (seen.outcome !== right) {
              await pause(300); // a loaded machine: once more before it counts
              seen = await run(stage, technique, scheme);
            }
            if (seen.outcome === 'refused' && mayBeStopped(technique, name, guarded)) return;
            assert.equal(seen.outcome, right, seen.detail);
          });
        }
      }
    });
  }
}
