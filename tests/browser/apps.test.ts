// Promise: applications that use workers, WebAssembly and sockets for honest work do the same
// work with the extension as without it. With `./build.sh test --deep`, wherever their page may be.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { appHost, apps, type App } from '../sites/apps/table.js';
import { inEachBrowser, until, type Host, type Stage } from './harness/index.js';

interface Place {
  readonly host: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A service worker answers for all that its pages load. */
  readonly installed?: true;
}

const page: Place = { host: 'apps.test', path: '/' };
const others: Readonly<Record<string, Place>> = {
  'in a frame of the same site': { host: 'framed.test', path: '/around/' },
  'where pages are isolated': {
    host: 'isolated.test',
    path: '/',
    headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' },
  },
  'behind a service worker': { host: 'installed.test', path: '/', installed: true },
  'under a policy': {
    host: 'policy.test',
    path: '/',
    headers: { 'content-security-policy': "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data: wss: https:; worker-src 'self' blob: data:" },
  },
};

const without = new Map<string, string>();

async function run(stage: Stage, { host, path }: Place, app: App): Promise<{ outcome: string; stopped: readonly unknown[] }> {
  const tab = await stage.browser.newPage();
  await tab.goto(`https://${host}${path}${app.name}`);
  const outcome = await until<string>(`${app.name} is done`, () => tab.evaluate('window.outcome ?? null'), { within: 60_000, every: 200 });
  const stopped = stage.extension === undefined ? [] : (await stage.extension.state(tab)).events.filter((event) => event.outcome === 'block');
  await tab.close();
  return { outcome, stopped };
}

async function install(stage: Stage, { host }: Place): Promise<void> {
  const tab = await stage.browser.newPage();
  await tab.goto(`https://${host}/install`);
  await until('the service worker is there', () => tab.evaluate('window.outcome ?? null'));
  await tab.close();
}

async function lacksGraphics(stage: Stage, { host }: Place): Promise<boolean> {
  const tab = await stage.browser.newPage();
  await tab.goto(`https://${host}/`);
  const lacks = await tab.evaluate<[], boolean>('document.createElement("canvas").getContext("webgl2") === null');
  await tab.close();
  return lacks;
}

function compare(where: string, place: Place): void {
  const chosen = place.path === '/' ? apps : apps.filter(({ alone }) => alone !== true);
  const hosts = (): Record<string, Host> => ({ [place.host]: { ...appHost(), ...(place.headers && { headers: place.headers }) } });
  const key = (stage: Stage, app: App): string => [stage.name, place.host, app.name].join(' ');

  inEachBrowser(`applications ${where} without the extension`, hosts, (stage) => {
    if (place.installed === true) before(() => install(stage, place));
    for (const app of chosen) {
      test(app.name, async (context) => {
        if (app.graphics === true && (await lacksGraphics(stage, place))) return context.skip('no WebGL 2 here');
        const { outcome } = await run(stage, place, app);
        assert.ok(outcome.includes(app.expect), outcome);
        without.set(key(stage, app), outcome);
      });
    }
  }, { extension: false });

  inEachBrowser(`applications ${where} with the extension`, hosts, (stage) => {
    if (place.installed === true) before(() => install(stage, place));
    for (const app of chosen) {
      test(`${app.name} does the same`, async (context) => {
        if (!without.has(key(stage, app))) return context.skip('it did not run without the extension');
        const { outcome, stopped } = await run(stage, place, app);
        assert.equal(outcome, without.get(key(stage, app)));
        assert.deepEqual(stopped, []);
      });
    }
  });
}

compare('in a page', page);
if (process.env['NOMINE_DEEP'] !== undefined) for (const [where, place] of Object.entries(others)) compare(where, place);
