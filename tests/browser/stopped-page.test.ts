// Promise: opening a mining service as a page shows our own page, with a way back and a way through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sites } from '../sites/hosts.js';
import { inEachBrowser, shot, until, type Page } from './harness/index.js';

const service = 'https://crypto-loot.com/';

inEachBrowser('a mining service opened as a page', () => sites().hosts, (stage) => {
  async function open(): Promise<Page> {
    const page = await stage.browser.newPage();
    await page.goto('https://clean.test/');
    await page.goto(service).catch(() => {});
    await until('our page is shown', async () => (await page.url()).startsWith(stage.browser.extensionUrl('ui/stopped.html')));
    await until('it names the service', async () => (await page.evaluate<[], string>('document.body.textContent')).includes('crypto-loot.com'));
    return page;
  }

  test('is stopped, and said so', async () => {
    const page = await open();
    assert.deepEqual(stage.world.hitsOf('crypto-loot.com'), []);
    await page.screenshot(shot(`stopped-page-${stage.name}-light`), 'light');
    await page.screenshot(shot(`stopped-page-${stage.name}-dark`), 'dark');
    await page.close();
  });

  test("what a person's own filter stops is not called a miner", async () => {
    const lead = (page: Page): Promise<string> => page.evaluate('document.querySelector("#lead").textContent');
    const miner = await open();
    await until('it says what it is', async () => /mines cryptocurrency/.test(await lead(miner)));
    await miner.close();
    await stage.extension.ask('own.set', { text: '||clean.test^$document' });
    const page = await stage.browser.newPage();
    await page.goto('https://clean.test/').catch(() => {});
    await until('it says whose filter it is', async () => (await page.url()).includes('stopped.html') && (await lead(page)) === 'A filter of the list "My filters" stops this page.');
    assert.doesNotMatch(await page.evaluate<[], string>('document.body.innerText'), /cryptocurrency|list of miners/);
    await page.close();
    await stage.extension.ask('own.set', { text: '' });
  });

  test('the way back leads to the page before', async () => {
    const page = await open();
    await page.click('#back');
    await until('the page before', async () => (await page.url()) === 'https://clean.test/');
    await page.close();
  });

  test('the way through holds for this tab only', async () => {
    const page = await open();
    await page.click('#once');
    await until('the service opens', async () => (await page.url()) === service);
    // The address is there before the document is.
    await until('its heading', async () => (await page.evaluate<[], string | null>('document.querySelector("h1")?.textContent ?? null')) === 'A mining service');
    const other = await open();
    await other.close();
    await page.close();
  });

  test('the way through for good holds in every tab, and can be taken back', async () => {
    const page = await open();
    await page.click('#always');
    await until('the service opens', async () => (await page.url()) === service);
    await page.close();
    const { rules } = await stage.extension.ask('site.list', {});
    assert.deepEqual(rules.map(({ name, policy, until: end }) => [name, policy, end]), [['crypto-loot.com', 'allow', null]]);
    const other = await stage.browser.newPage();
    await other.goto(service);
    assert.equal(await other.url(), service);
    for (const { name, scope } of rules) await stage.extension.ask('site.remove', { name, scope });
    await other.close();
    const again = await open();
    await again.close();
  });
});
