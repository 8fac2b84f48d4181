// Promise: `$popup` is about what a page opens in a window or tab of its own. There our own page is
// shown in its place; the same address opened by a person, or by a link in its own tab, is left alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, until, type Host, type Page } from './harness/index.js';

const filters = `
||miner.test^$popup
||parties.test^$popup,domain=opener.test
||excepted.test^$popup
@@||excepted.test/fine^$popup
`;

const opener = html(`<h1>Opener</h1>
<button onclick="window.open(this.dataset.url)">Open</button>
<button id="own" onclick="window.open('https://miner.test/', '', 'width=300,height=200')">In a window</button>
<button id="later" onclick="window.open('about:blank').location = 'https://miner.test/'">Empty first</button>
<button id="led" onclick="window.open('https://hop.test/')">Led there</button>
<a id="alone" href="https://miner.test/" target="_blank" rel="noopener noreferrer">By a link</a>
<a id="here">In this tab</a>`);
const site = { pages: { '/': html('<h1>Here</h1>'), '/fine/': html('<h1>Fine</h1>') } };
const hosts = (): Record<string, Host> => ({
  'opener.test': { pages: { '/': opener } },
  'other.test': { pages: { '/': opener } },
  'hop.test': { pages: { '/': { status: 302, headers: { location: 'https://miner.test/' }, body: '' } } },
  'miner.test': site,
  'parties.test': site,
  'excepted.test': site,
});

inEachBrowser('windows that a page opens', hosts, (stage) => {
  /** Addresses of all tabs. */
  const addresses = (): Promise<readonly string[]> =>
    stage.extension.evaluate(async () => {
      const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).tabs;
      return (await api.query({})).map((tab) => tab.url ?? '');
    });
  const stoppedFor = (url: string): string => `${stage.browser.extensionUrl('ui/stopped.html')}#${encodeURIComponent(url)}`;
  const closeAll = (part: string): Promise<void> =>
    stage.extension.evaluate(async (wanted: string) => {
      const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).tabs;
      const found = (await api.query({})).filter((tab) => (tab.url ?? '').includes(wanted) && !(tab.url ?? '').includes('/ui/options'));
      await api.remove(found.map((tab) => tab.id ?? -1));
    }, part);

  async function open(from: string, url: string): Promise<Page> {
    const page = await stage.browser.newPage();
    await page.goto(from);
    await page.evaluate((address: string) => {
      (document.querySelector('button') as HTMLButtonElement).dataset['url'] = address;
    }, url);
    await page.click('button');
    return page;
  }

  test('what a filter names is stopped, and said so', async () => {
    const page = await open('https://opener.test/', 'https://miner.test/');
    await until('our page is in its place', async () => (await addresses()).includes(stoppedFor('https://miner.test/')));
    assert.ok(!(await addresses()).includes('https://miner.test/'));
    const found = await until('it is in the log', async () => {
      const { events } = await stage.extension.ask('log.query', { text: '', before: null, limit: 50 });
      return events.find(({ filter }) => filter === '||miner.test^$popup');
    });
    assert.deepEqual([found.subject, found.site, found.outcome], ['page', 'miner.test', 'block']);
    await closeAll('stopped.html');
    await page.close();
  });

  for (const [id, how] of [['own', 'beside the first'], ['later', 'that is empty at first'], ['led', 'whose address leads on'], ['alone', 'by a link that names no opener']] as const) {
    test(`a window ${how}, also while the background sleeps`, async () => {
      for (const asleep of [false, true]) {
        const page = await stage.browser.newPage();
        await page.goto('https://opener.test/');
        if (asleep) await stage.browser.stopBackground();
        await page.click(`#${id}`);
        await until('our page is in its place', async () => (await addresses()).includes(stoppedFor('https://miner.test/')));
        await closeAll('stopped.html');
        await page.close();
      }
    });
  }

  test('the same address by itself, or by a link in its own tab, is a page like others', async () => {
    const page = await stage.browser.newPage();
    await page.goto('https://miner.test/');
    assert.equal(await page.url(), 'https://miner.test/');
    await page.goto('https://opener.test/');
    await page.evaluate('document.getElementById("here").href = "https://miner.test/"');
    await page.click('#here');
    await until('the page is there', async () => (await page.url()) === 'https://miner.test/');
    await page.close();
  });

  test('the page that opens it, exceptions and sites count', async () => {
    for (const [from, url, stops] of [
      ['https://opener.test/', 'https://parties.test/', true],
      ['https://other.test/', 'https://parties.test/', false],
      ['https://opener.test/', 'https://excepted.test/', true],
      ['https://opener.test/', 'https://excepted.test/fine/', false],
    ] as const) {
      const page = await open(from, url);
      const wanted = stops ? stoppedFor(url) : url;
      const said = await stage.extension.ask('lists.test', { url, from, kind: 'popup' });
      assert.deepEqual([said.blocked, said.filter !== ''], [stops, stops], 'the tester says the same');
      await until(`${wanted} is shown`, async () => (await addresses()).includes(wanted));
      if (!stops) {
        // What would be stopped would have been by now.
        await new Promise((done) => setTimeout(done, 500));
        assert.ok((await addresses()).includes(url));
      }
      await closeAll(stops ? 'stopped.html' : url);
      await page.close();
    }
  });

  test('on an allowed site windows open', async () => {
    await stage.extension.ask('site.set', { name: 'opener.test', scope: 'site', policy: 'allow', until: null });
    const page = await open('https://opener.test/', 'https://miner.test/');
    await until('the page is there', async () => (await addresses()).includes('https://miner.test/'));
    await new Promise((done) => setTimeout(done, 500));
    assert.ok((await addresses()).includes('https://miner.test/'));
    const said = await stage.extension.ask('lists.test', { url: 'miner.test', from: 'opener.test', kind: 'popup' });
    assert.deepEqual([said.blocked, said.filter, said.but], [false, '||miner.test^$popup', 'allow']);
    await closeAll('miner.test');
    await page.close();
  });
}, { filters });
