// Promise: "Allow on this site" holds from the very next load, for as long and as wide as the
// person said and no further, and can be taken back; "Pause everywhere" likewise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { End, Scope } from '../../extension/src/shared/model.js';
import { sites } from '../sites/hosts.js';
import { html, inEachBrowser, until, type Host, type Page, type Stage } from './harness/index.js';

const halfHour = 30 * 60_000;

/** The same mining page on a site, on two of its subdomains, and on another site. */
function hosts(): Record<string, Host> {
  const { hosts: all } = sites();
  // The stand-in that answers in a stopped loader's place has the interface, and no way to talk to a pool.
  const mining = html('<script src="https://coinhive.com/lib/coinhive.min.js"></script><script>window.miner = typeof window.CoinHive?.Anonymous.prototype._onPool === "function" ? "object" : "none";</script>');
  const page: Host = { pages: { '/': mining } };
  return { ...all, 'portal.test': page, 'www.portal.test': page, 'deep.www.portal.test': page, 'other.test': page };
}

async function loads({ browser }: Stage, host: string, again?: Page): Promise<boolean> {
  const page = again ?? (await browser.newPage());
  if (again === undefined) await page.goto(`https://${host}/`);
  else await page.reload();
  const loaded = (await page.evaluate('window.miner')) === 'object';
  if (again === undefined) await page.close();
  return loaded;
}

/**
 * The page mines. Chromium can block the first request of a host that is allowed alone, because it
 * ties `allowAllRequests` to the frame late; the extension loads such a page again by itself.
 */
async function mines({ browser, name }: Stage, host: string, again?: Page): Promise<boolean> {
  const page = again ?? (await browser.newPage());
  if (again === undefined) await page.goto(`https://${host}/`);
  else await page.reload();
  const mining = async (): Promise<boolean> => (await page.evaluate('window.miner')) === 'object';
  const loaded = name === 'chromium' ? await until(`${host} mines`, mining) : await mining();
  if (again === undefined) await page.close();
  return loaded;
}

inEachBrowser('site policy', hosts, (stage) => {
  const set = (name: string, scope: Scope, until: End): Promise<unknown> =>
    stage.extension.ask('site.set', { name, scope, policy: 'allow', until });

  for (const [how, end] of [
    ['for now', (): End => 'restart'],
    ['for 30 minutes', (): End => Date.now() + halfHour],
    ['always', (): End => null],
  ] as const) {
    test(`allowed ${how}, just this host`, async () => {
      assert.equal(await loads(stage, 'www.portal.test'), false, 'stopped before');
      await set('www.portal.test', 'host', end());
      assert.equal(await mines(stage, 'www.portal.test'), true, 'the very next load');
      for (const host of ['portal.test', 'deep.www.portal.test', 'other.test']) assert.equal(await loads(stage, host), false, host);
      assert.deepEqual(await stage.extension.ask('site.remove', { name: 'www.portal.test', scope: 'host' }), { removed: true });
      assert.equal(await loads(stage, 'www.portal.test'), false, 'stopped again at once');
    });

    test(`allowed ${how}, the whole site with subdomains`, async () => {
      await set('portal.test', 'site', end());
      for (const host of ['portal.test', 'www.portal.test', 'deep.www.portal.test']) assert.equal(await mines(stage, host), true, host);
      assert.equal(await loads(stage, 'other.test'), false, 'not elsewhere');
      await stage.browser.stopBackground();
      assert.equal(await mines(stage, 'www.portal.test'), true, 'also while the background sleeps');
      await stage.extension.ask('site.remove', { name: 'portal.test', scope: 'site' });
      assert.equal(await loads(stage, 'portal.test'), false);
    });
  }

  test('a time that is set ends', async (context) => {
    context.after(() => stage.extension.ask('site.remove', { name: 'other.test', scope: 'host' }));
    const page = await stage.browser.newPage();
    await page.goto('https://other.test/');
    await set('other.test', 'host', Date.now() + 10_000);
    assert.equal(await mines(stage, 'other.test', page), true);
    // While it is allowed, Chromium can still block a first request (see `mines`): that is not the end.
    await until('the page is protected again', async () => !(await loads(stage, 'other.test', page)) && (await stage.extension.state(page)).policy === 'protect', { within: 60_000, every: 1000 });
    assert.equal((await stage.extension.state(page)).policy, 'protect');
    await page.close();
  });

  test('the popup sets it with a click, and shows what was stopped', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://other.test/');
    await stage.extension.stopped(page);
    const popup = await stage.extension.popup(page);
    await until('the popup says so', () => popup.evaluate('document.body.dataset.state === "stopped"'));
    assert.match(await popup.evaluate('document.body.textContent'), /coinhive\.com/);
    await popup.click('#allow');
    await until('it is in force', async () => (await stage.extension.state(page)).policy === 'allow');
    assert.equal(await mines(stage, 'other.test', page), true);
    // What was stopped goes from the popup, and what is below moves up: a click before that lands elsewhere.
    await until('the popup shows the page as it is now', () => popup.evaluate('document.body.dataset.state === "allowed" && !document.body.textContent.includes("coinhive.com")'));
    await popup.click('#allow');
    await until('it is taken back', async () => (await stage.extension.state(page)).policy === 'protect');
    assert.equal(await loads(stage, 'other.test', page), false);
    await popup.close();
    await page.close();
  });

  test('paused everywhere, and on again', async () => {
    for (const end of ['restart', 'forever', Date.now() + halfHour] as const) {
      await stage.extension.ask('pause.set', { until: end });
      for (const host of ['portal.test', 'other.test']) assert.equal(await mines(stage, host), true, host);
      await stage.extension.ask('pause.set', { until: null });
      for (const host of ['portal.test', 'other.test']) assert.equal(await loads(stage, host), false, host);
    }
  });
});
