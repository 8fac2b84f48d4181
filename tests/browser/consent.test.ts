// Promise: who chose "stop hidden miners only" can start a miner at a service that asks first, by a
// click in its question; without that click, and without that choice, the same miner is stopped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coinhiveFiles, startCoinhive } from '../sites/hosts.js';
import { html, inEachBrowser, pause, Pool, until, type Host } from './harness/index.js';

const pool = new Pool();
const service = 'https://authedmine.com';
const loader = `<script>var COINHIVE_POOL = 'wss://authedmine.com/feed';</script><script src="${service}/lib/coinhive.min.js"></script>`;
const open = { 'access-control-allow-origin': '*' };

const hosts = (): Record<string, Host> => ({
  'authedmine.com': {
    headers: open,
    socket: pool.socket,
    pages: {
      ...coinhiveFiles(service),
      '/ask': html('<style>body { margin: 0 } button { width: 100vw; height: 100vh }</style><button onclick="parent.postMessage(\'yes\', \'*\')">Mine for this site</button>'),
    },
  },
  // Asks before it mines.
  'asks.test': {
    pages: {
      '/': html(`${loader}<iframe id="ask" src="${service}/ask" width="300" height="200"></iframe>
        <script>addEventListener('message', ({ data }) => { if (data === 'yes') begin(); });</script>
        <script>window.hashes = 0; window.accepted = 0; function begin() {
          const miner = new CoinHive.Anonymous('0123456789abcdefghijklmnopqrstuv', { threads: 1 }); miner.start();
          setInterval(() => { hashes = miner.getTotalHashes(); accepted = miner.getAcceptedHashes(); }, 100);
        }</script>`),
    },
  },
  // Uses the same service and does not ask.
  'sneaky.test': { pages: { '/': html(`${loader}${startCoinhive('CoinHive')}`) } },
});

inEachBrowser('mining that a person agreed to', hosts, (stage) => {
  test('is stopped unless it was chosen to stop hidden miners only', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://asks.test/');
    await stage.extension.stopped(page, ({ how }) => how === 'list');
    await page.close();
  });

  test('goes through from the click on, and not before', async () => {
    await stage.extension.ask('options.set', { hiddenOnly: true });
    const page = await stage.browser.newPage();
    await page.goto('https://asks.test/');
    await pause(1_000);
    assert.equal(await page.evaluate('accepted'), 0);
    await page.click('button', '#ask');
    assert.ok(await until('an accepted share', () => page.evaluate('accepted > 0'), { within: 60_000 }));
    await page.close();
  });

  test('a page that does not ask is stopped all the same', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://sneaky.test/');
    await stage.extension.stopped(page, ({ how }) => how !== 'list');
    await pause(2_000);
    assert.equal(await page.evaluate('accepted'), 0);
    await page.close();
    await stage.extension.ask('options.set', { hiddenOnly: false });
  });
});
