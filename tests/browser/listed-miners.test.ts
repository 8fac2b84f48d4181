// Promise: a page that embeds a known miner gets none of it, however it is embedded; and the
// person is told what was stopped and why. Beside it: without the extension these pages mine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sites } from '../sites/hosts.js';
import { inEachBrowser, pause, until, type Page, type Stage } from './harness/index.js';

const mined = (page: Page): Promise<number> => page.evaluate('window.hashes ?? 0');
let { hosts, pool } = sites();
const fresh = (): typeof hosts => {
  ({ hosts, pool } = sites());
  return hosts;
};

inEachBrowser('listed miners are stopped', fresh, (stage) => {
  /** Opens a page, gives a miner time to start, and says what was stopped. */
  async function visit(url: string): Promise<{ page: Page; hits: string[] }> {
    stage.world.hits.length = 0;
    const page = await stage.browser.newPage();
    await page.goto(url);
    await pause(1500);
    return { page, hits: stage.world.hits.map((hit) => `${hit.host}${hit.path}`) };
  }
  const nothingOf = (host: string): void => assert.deepEqual(stage.world.hitsOf(host), [], `nothing of ${host} is requested`);

  test('a Coinhive-style page: loader, worker, module and socket stay away', async () => {
    const { page } = await visit('https://news.test/');
    nothingOf('coinhive.com');
    assert.equal(await page.evaluate('new CoinHive.Anonymous("key").start() === undefined && typeof CoinHive.Anonymous.prototype._onPool'), 'undefined', 'a stand-in answers');
    assert.equal(await page.evaluate('document.querySelector("h1").textContent'), 'News', 'the page itself is there');
    assert.equal(await mined(page), 0);
    const event = await stage.extension.stopped(page);
    assert.equal(event.url, 'https://coinhive.com/lib/coinhive.min.js');
    assert.equal(event.subject, 'script');
    assert.equal(event.how, 'list');
    assert.match(event.filter ?? '', /coinhive\.com/);
    assert.equal(event.site, 'news.test');
    const state = await stage.extension.state(page);
    assert.equal(state.count, 1);
    assert.equal(await until('the badge', () => stage.extension.badge(state.tabId)), '1');
    await page.close();
  });

  test('the same inside an advert in a frame', async () => {
    const { page } = await visit('https://blog.test/');
    nothingOf('coinhive.com');
    assert.equal(stage.world.hitsOf('adverts.test').length, 1, 'the frame itself loads');
    const event = await stage.extension.stopped(page);
    assert.equal(event.site, 'blog.test', 'counted for the page that the person sees');
    // Chromium names only the origin of the frame that asked.
    assert.match(event.frameUrl, /^https:\/\/adverts\.test\//);
    await page.close();
  });

  test('from the site itself, by a path that only a pattern knows', async () => {
    const { page, hits } = await visit('https://shop.test/');
    assert.deepEqual(hits.filter((hit) => hit.includes('/static/') || hit.includes('/feed')), []);
    assert.equal(await mined(page), 0);
    const event = await stage.extension.stopped(page);
    assert.equal(event.url, 'https://shop.test/static/coinhive.min.js');
    assert.match(event.filter ?? '', /coinhive\.min\.js/);
    await page.close();
  });

  for (const scheme of ['http', 'https']) {
    test(`an unlisted script on ${scheme}: that talks to a listed relay`, async () => {
      const { page } = await visit(`${scheme}://relay.test/`);
      nothingOf('ws001.coinhive.com');
      assert.equal(await page.evaluate('window.relay'), 'refused');
      const event = await stage.extension.stopped(page);
      assert.equal(event.subject, 'socket');
      assert.equal(event.url, `${scheme === 'http' ? 'ws' : 'wss'}://ws001.coinhive.com/proxy`);
      await page.close();
    });
  }

  for (const scheme of ['http', 'https']) {
    test(`a listed relay written with a trailing dot, from ${scheme}:`, async () => {
      const { page } = await visit(`${scheme}://relay.test/?dotted`);
      nothingOf('ws001.coinhive.com');
      assert.equal(await page.evaluate('window.relay'), 'refused');
      const event = await stage.extension.stopped(page);
      assert.equal(event.subject, 'socket');
      assert.equal(event.url, `${scheme === 'http' ? 'ws' : 'wss'}://ws001.coinhive.com./proxy`);
      await page.close();
    });
  }

  test('a host written with a trailing dot', async () => {
    const { page } = await visit('https://dotted.test/');
    nothingOf('coinhive.com');
    assert.equal(await mined(page), 0);
    assert.match((await stage.extension.stopped(page)).url, /coinhive\.com/);
    await page.close();
  });

  test('the Argon2d miner of Nimiq from its own host', async () => {
    const { page } = await visit('https://forum.test/');
    nothingOf('miner.nimiq.com');
    assert.equal(await mined(page), 0);
    assert.equal((await stage.extension.stopped(page)).subject, 'script');
    await page.close();
  });

  test('a Keccak miner by its file name', async () => {
    const { page, hits } = await visit('https://games.test/');
    assert.equal(hits.includes('games.test/js/wasmminer.js'), false);
    assert.equal(await mined(page), 0);
    assert.match((await stage.extension.stopped(page)).filter ?? '', /wasmminer\.js/);
    await page.close();
  });

  test('no pool ever heard of us', () => {
    assert.equal(pool.connections, 0);
    assert.deepEqual(pool.shares, []);
  });
});

inEachBrowser(
  'without the extension, the same pages mine',
  fresh,
  (stage: Stage) => {
    for (const [what, url] of [
      ['CryptoNight in a Coinhive-style page', 'https://news.test/'],
      ['CryptoNight from the site itself', 'https://shop.test/'],
      ['Argon2d by Nimiq', 'https://forum.test/'],
      ['Keccak by wasm-miner', 'https://games.test/'],
    ] as const) {
      test(what, async () => {
        const before = pool.shares.length;
        const page = await stage.browser.newPage();
        await page.goto(url);
        await until('hashes are computed', async () => (await mined(page)) > 3);
        await until('shares are found', () => page.evaluate('window.accepted > 0'));
        if (what.startsWith('CryptoNight')) assert.ok(pool.shares.length > before, 'the pool got them');
        await page.close();
      });
    }

    test('the hashes are CryptoNight, as its reference computes them', async () => {
      const share = pool.shares[0];
      assert.ok(share);
      assert.match(share.nonce, /^[0-9a-f]{8}$/);
      // Nonce 0 over the stub's block template; the value is the one that the package gives under Node.js.
      const first = pool.shares.find(({ nonce }) => nonce === '00000000');
      assert.equal(first?.result, '290606983d1df35ac416e2b5f166fdbf365c3d0363d301e9cec9c05b24172f98');
    });
  },
  { extension: false },
);
