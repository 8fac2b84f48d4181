// Promise: a miner that no guard can judge (in a worker that none can enter, in a script of the page from
// the network) is found by what is loaded, ended, and its address is closed from then on. In Firefox such
// workers are guarded on the wire: there they never start.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modules } from '../sites/hosts.js';
import { html, inEachBrowser, js, pause, until, type Host, type Page } from './harness/index.js';

const policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; worker-src 'self'";

/** Nimiq's miner in workers from the network, in a page whose CSP keeps a guard out of them in Chromium. */
const strictPage: Host = {
  folders: { '/vendor/': join(modules, '@nimiq/core-web') },
  pages: {
    '/boot.js': js("Nimiq = { _path: '/vendor/' }; importScripts('/vendor/worker.js');"),
    '/': html(
      `<script>const Native = Worker; window.Worker = function () { return new Native('/boot.js'); };</script>
      <script src="/vendor/nimiq.js"></script><script>
        window.shares = 0; window.failed = '';
        (async () => {
          await Nimiq.load(location.origin + '/vendor/');
          Nimiq.GenesisConfig.test();
          const pool = new Nimiq.MinerWorkerPool(1);
          pool.noncesPerRun = 4;
          pool.on('share', () => { shares += 1; });
          await pool.startMiningOnBlock(Nimiq.GenesisConfig.GENESIS_BLOCK, 0x203fffff);
        })().catch((error) => { failed = String(error); });
      </script>`,
      { 'content-security-policy': policy },
    ),
  },
};

/** A shared worker whose own text shows nothing: it fetches the module. */
const sharedPage: Host = {
  pages: {
    '/': html(`<script>
      window.attempt = (name) => new Promise((done) => {
        const { port } = new SharedWorker('/shared.js', name);
        port.onmessage = ({ data }) => done(data);
      });
    </script>`),
    '/shared.js': js(`onconnect = ({ ports: [port] }) => fetch('/data.bin')
      .then((response) => response.arrayBuffer()).then((bytes) => WebAssembly.compile(bytes))
      .then((module) => port.postMessage(WebAssembly.Module.exports(module).length > 0 ? 'runs' : 'refused'), () => port.postMessage('refused'));`),
    '/data.bin': { type: 'application/octet-stream', body: readFileSync(join(modules, '@nimiq/core-web/worker-wasm.wasm')) },
  },
};
/** A page that computes without end, with a script whose text is a miner's: Nimiq's asm.js, renamed. */
const busyPage: Host = {
  pages: {
    '/lib.js': js(readFileSync(join(modules, '@nimiq/core-web/worker-js.js'), 'utf8')),
    '/': html(`<script src="/lib.js"></script><script>
      window.rounds = 0; window.loaded = typeof Module !== 'undefined';
      setInterval(() => { const end = performance.now() + 80; while (performance.now() < end); rounds += 1; }, 100);
    </script>`),
  },
};
const hosts = (): Record<string, Host> => ({ 'walled.test': strictPage, 'shared.test': sharedPage, 'busy.test': busyPage });
const shares = (page: Page): Promise<number> => page.evaluate<readonly [], number>('shares');

inEachBrowser('miners where no guard can be', hosts, (stage) => {
  test('a miner in a worker of a page with a CSP is ended, and does not start again', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://walled.test/');
    const event = await stage.extension.stopped(page, ({ how }) => how === 'content');
    assert.ok(event.evidence.length > 0);
    await pause(3_000); // Chromium ends a worker a second and a half after it is told to
    const found = await shares(page);
    await pause(3_000);
    assert.equal(await shares(page), found, 'no share after it was stopped');
    await page.reload();
    await pause(3_000);
    assert.equal(await shares(page), 0, 'its address is closed');
    await page.close();
  });

  test('a module that a shared worker fetches is found, and refused from then on', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://shared.test/');
    const first = await page.evaluate('attempt("one")');
    assert.ok(stage.name === 'chromium' || first === 'refused');
    if (stage.name === 'chromium') await stage.extension.stopped(page, ({ subject }) => subject === 'module');
    assert.equal(await until('it is refused', () => page.evaluate('attempt("two")')), 'refused');
    await page.close();
  });
});

inEachBrowser('pages that mine by themselves', hosts, (stage) => {
  test('a page that computes on and on with the script of a miner is loaded again without it', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://busy.test/');
    assert.equal(await page.evaluate('loaded'), true);
    // Asked of the page alone: in Firefox another question would bring another tab to the front, and what is hidden is not looked at.
    await until('it is loaded again', () => page.evaluate('loaded === false'), { within: 60_000, every: 1_000 });
    const { events } = await stage.extension.ask('log.query', { text: 'busy.test', before: null, limit: 10 });
    assert.ok(events.some(({ subject, url }) => subject === 'script' && url === 'https://busy.test/lib.js'));
    await page.close();
  });
});

inEachBrowser('the same without the extension', hosts, (stage) => {
  test('mines on and on, and runs', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://walled.test/');
    await until('a share', async () => (await shares(page)) > 0, { within: 60_000 });
    const before = await shares(page);
    await until('more shares', async () => (await shares(page)) > before, { within: 60_000 });
    await page.reload();
    await until('shares again', async () => (await shares(page)) > 0, { within: 60_000 });
    await page.goto('https://shared.test/');
    assert.equal(await page.evaluate('attempt("one")'), 'runs');
    await page.close();
  });
}, { extension: false });
