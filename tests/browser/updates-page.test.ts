// Promise: the Lists page says of every list how old it is and what of it is in force; the public lists
// are followed by the rules that subscriptions.toml states; filters of one's own are checked as typed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inEachBrowser, shot, until, type Host, type Page } from './harness/index.js';

const plain = (body: string): { type: string; body: string } => ({ type: 'text/plain', body });
const nocoin = '[Adblock Plus 1.1]\n! Title: NoCoin Filter List\n! Expires: 7 days\n||mine-a.test^$third-party\n||mine-b.test^\n/miner.js\n||mine-c.test^$nonsense\na.test##.ad\nb.test##+js(nowebrtc)\n';
const privacy = '! *** easylist:easyprivacy/easyprivacy_general.txt ***\n||tracker.test^\n! *** easylist:easyprivacy/easyprivacy_trackingservers_mining.txt ***\n||mine-d.test^\n||cloudflareinsights.com^\n! *** easylist:easyprivacy/other.txt ***\n||other.test^\n';
const abuse = '! Title: uBlock filters – Resource abuse\n! https://github.com/hoshsadiq/adblock-nocoin-list/\n||mine-e.test^\n\n||beacon.test^\n';

const hosts = (): Readonly<Record<string, Host>> => ({
  'raw.githubusercontent.com': {
    pages: {
      '/hoshsadiq/adblock-nocoin-list/master/nocoin.txt': plain(nocoin),
      '/olbat/ut1-blacklists/master/blacklists/cryptojacking/domains': plain('mine-f.test\nmine-g.test\n'),
    },
  },
  // The first address of EasyPrivacy's section fails: its mirror holds the whole list.
  'ublockorigin.github.io': { pages: { '/uAssetsCDN/thirdparties/easyprivacy.txt': plain(privacy), '/uAssetsCDN/filters/resource-abuse.txt': plain(abuse) } },
});

inEachBrowser('the Lists page', hosts, (stage) => {
  const blocked = async (host: string): Promise<boolean> => (await stage.extension.ask('lists.test', { url: `https://${host}/x.js`, from: 'https://a.test/', kind: 'script' })).blocked;
  const open = async (fragment: string): Promise<Page> => {
    const page = await stage.browser.newPage();
    await page.goto(stage.browser.extensionUrl(`ui/options.html#${fragment}`));
    return page;
  };

  test('shows what came, what not, and why', { timeout: 120_000 }, async () => {
    const page = await open('lists');
    await until('there are cards', () => page.evaluate('document.querySelectorAll("#list-cards article").length >= 6'));
    assert.match(await page.evaluate<[], string>('document.querySelector("#list-channel").textContent'), /no update channel/);
    const packaged = (await stage.extension.ask('lists.get', {})).lists.find((list) => list.bundled) ?? assert.fail('our own list');
    await page.click('#list-pull');
    await until('it is done, and says what was not', () => page.evaluate('/^AdGuard[^:]*: The server answered with an error\\. \\(404\\)$/.test(document.querySelector("#list-message").textContent)'), { within: 60_000 });
    assert.equal(await page.evaluate('document.activeElement.id'), 'list-pull', 'the keyboard is where it was');
    const { lists } = await stage.extension.ask('lists.get', {});
    const of = (id: string): (typeof lists)[number] => lists.find((list) => list.id === id) ?? assert.fail(id);
    assert.deepEqual([of('nocoin').entries, of('nocoin').leftOut, of('nocoin').refused], [3, 1, 2], 'general names are left out by the rule');
    const { problems } = await stage.extension.ask('lists.problems', { id: 'nocoin' });
    assert.deepEqual(problems.map(({ line, text }) => [line, text]), [[7, '||mine-c.test^$nonsense'], [8, 'a.test##.ad']], 'what does nothing here is said');
    const ours = lists.find((list) => list.bundled) ?? assert.fail('our own list');
    assert.deepEqual([ours.entries, ours.inForce, ours.notPossible], [packaged.entries, packaged.inForce, packaged.notPossible], 'our own list is as before');
    assert.ok(ours.entries > 500 && ours.updated !== null);
    assert.equal(of('ut1-cryptojacking').entries, 2);
    assert.deepEqual([of('easyprivacy-mining').entries, of('easyprivacy-mining').leftOut], [1, 3], 'only the section, from a mirror');
    assert.deepEqual([of('ublock-resource-abuse').entries, of('ublock-resource-abuse').leftOut], [1, 1]);
    assert.equal(of('adguard-cryptominers').lastError, 'status');
    for (const host of ['mine-a.test', 'mine-b.test', 'mine-d.test', 'mine-e.test', 'mine-g.test']) assert.equal(await blocked(host), true, host);
    for (const host of ['tracker.test', 'cloudflareinsights.com', 'other.test', 'beacon.test']) assert.equal(await blocked(host), false, host);
    const words = await page.evaluate<[], string>('document.querySelector("[data-list=adguard-cryptominers]").textContent');
    assert.match(words, /The server answered with an error\. \(404\)/);
    const fresh = await page.evaluate<[], string>('document.querySelector("[data-list=nocoin]").textContent');
    assert.match(fresh, /Updated[^(]*\((?:this minute|\d+ minutes? ago)\)Last checked[^(]*\((?:this minute|\d+ minutes? ago)\)Next check[^(]*\(in \d+ days\)/u, 'how old it is, and when it is looked at next');
    await page.screenshot(shot(`lists-light-${stage.name}`), 'light');
    await page.screenshot(shot(`lists-dark-${stage.name}`), 'dark');
    await page.close();
  });

  test('a list that is switched off is out of force', async () => {
    const page = await open('lists');
    const off = '[data-list=ut1-cryptojacking] input[role=switch]';
    await until('there is a switch', () => page.evaluate(`document.querySelector(${JSON.stringify(off)}) !== null`));
    await page.click(off);
    await until('it is out of force', async () => !(await blocked('mine-g.test')));
    assert.equal(await blocked('mine-a.test'), true);
    await page.close();
  });

  test('filters are checked as they are typed, and an address can be tested', async () => {
    const page = await open('filters');
    const type = (value: string): Promise<unknown> => page.evaluate((words: string) => {
      const area = document.querySelector<HTMLTextAreaElement>('#own-text');
      if (area === null) return;
      area.value = words;
      area.dispatchEvent(new Event('input'));
    }, value);
    await until('the page is there', () => page.evaluate('document.querySelector("#own-text") !== null && !document.querySelector("#page-filters").hidden'));
    const marks = (): Promise<string> => page.evaluate('[...document.querySelectorAll("#own-marks span")].map((mark) => mark.textContent).join()');
    // Line 4 is Firefox's alone; a site under any top-level domain is beyond the rules of Chromium.
    await type('||mine-own.test^\n||mine-own.test^$nonsense\n##.ad\n!#if env_firefox\n||mine-fox.test^\n!#endif\n||mine-wide.test^$domain=a.*\n');
    await until('the second line is named', () => page.evaluate('/Line 2.*nonsense/.test(document.querySelector("#own-problems").textContent)'));
    const said = await page.evaluate<[], string>('document.querySelector("#own-problems").textContent');
    assert.match(said, /Line 3: ##\.ad – cosmetic/);
    assert.ok(!/Line [456]/u.test(said), said);
    const chromium = stage.name === 'chromium';
    assert.equal(/Line 7: .*cannot be expressed/u.test(said), chromium, said);
    assert.equal(await marks(), `1,✕ 2,✕ 3,4,5,6,${chromium ? '✕ ' : ''}7,8`);
    assert.equal(await page.evaluate('document.querySelector("#own-summary").textContent'), chromium ? 'Lines in force: 1. Only in part: 0. Not: 3.' : 'Lines in force: 3. Only in part: 0. Not: 2.');
    await page.click('#own-save');
    await until('it is in force', () => blocked('mine-own.test'));
    await page.evaluate('document.querySelector("#test-url").value = "mine-own.test"');
    await page.click('#test button');
    await until('the answer names the filter', () => page.evaluate('/\\|\\|mine-own\\.test\\^.*My filters/.test(document.querySelector("#test-answer").textContent)'));
    await page.screenshot(shot(`filters-light-${stage.name}`), 'light');
    await page.screenshot(shot(`filters-dark-${stage.name}`), 'dark');
    const list = (await stage.extension.ask('lists.get', {})).lists.find(({ own }) => own) ?? assert.fail('they are a list too');
    assert.deepEqual([list.entries, list.inForce, list.notPossible, list.refused, list.lastError], chromium ? [2, 1, 1, 2, null] : [3, 3, 0, 2, null]);
    await page.evaluate('location.hash = "#lists"');
    await until('their card says what is not in force', () => page.evaluate<[], boolean>(`(() => { const card = document.querySelector('[data-list=own]'); const details = card?.querySelector('details'); if (!details) return false; details.open = true; return /Line 2.*nonsense.*Line 3/.test(card.textContent); })()`));
    await page.close();
  });

  test('a list is added from a file, and taken away again', async () => {
    const page = await open('lists');
    const choose = (name: string, content: string): Promise<unknown> => page.evaluate((file: string, text: string) => {
      const input = document.querySelector<HTMLInputElement>('#list-file-chosen');
      const chosen = new DataTransfer();
      chosen.items.add(new File([text], file));
      if (input === null) return;
      input.files = chosen.files;
      input.dispatchEvent(new Event('change'));
    }, name, content);
    const says = (words: RegExp): Promise<unknown> => until(`the page says ${words}`, () => page.evaluate<[], boolean>(`${words}.test(document.querySelector("#list-message").textContent)`));
    await until('there are cards', () => page.evaluate('document.querySelectorAll("#list-cards article").length >= 6'));
    await choose('page.txt', '<!DOCTYPE html><p>Sign in');
    await says(/A web page came instead of a list/);
    await choose('nothing.txt', '! nothing\n');
    await says(/no filter/);
    await choose('mine.txt', '||mine-file.test^\n');
    await says(/mine\.txt was added/);
    assert.equal(await blocked('mine-file.test'), true);
    await stage.browser.stopBackground();
    assert.equal(await blocked('mine-file.test'), true);
    const { id } = (await stage.extension.ask('lists.get', {})).lists.find(({ title }) => title === 'mine.txt') ?? assert.fail('the list is shown');
    await page.click(`[data-list="${id}"] .danger`);
    await until('it is out of force', async () => !(await blocked('mine-file.test')));
    await page.close();
  });

  test('a list is added by its address or its abp: link, accepted where it is held back, and taken back', async () => {
    let served = '! Title: Offered\n||mine-offer.test^\n||mine-more.test^\n';
    stage.world.host('offered.test', { handle: () => plain(served) });
    const page = await open('lists');
    const says = (words: RegExp): Promise<unknown> => until(`the page says ${words}`, () => page.evaluate<[], boolean>(`${words}.test(document.querySelector("#list-message").textContent)`));
    const add = (address: string): Promise<unknown> => page.evaluate((value: string) => {
      const field = document.querySelector<HTMLInputElement>('#list-url');
      if (field !== null) field.value = value;
      document.querySelector<HTMLFormElement>('#list-add')?.requestSubmit();
    }, address);
    const back = (): Promise<string | null> => page.evaluate('document.querySelector("#list-back").hidden ? null : document.querySelector("#list-back").textContent');
    const card = (id: string, part: string): string => `[data-list="${id}"] ${part}`;
    const idOf = async (url: string): Promise<string> => ((await stage.extension.ask('lists.get', {})).lists.find((list) => list.url === url) ?? assert.fail(url)).id;
    await until('there are cards', () => page.evaluate('document.querySelectorAll("#list-cards article").length >= 6'));

    for (const wrong of ['mine.txt', 'ftp://offered.test/l', 'abp:subscribe?title=x']) {
      await add(wrong);
      await says(/begins with https/u);
    }
    await add('abp:subscribe?location=https%3A%2F%2Foffered.test%2Flist.txt&title=By%20a%20link');
    await says(/By a link was added/u);
    const linked = await idOf('https://offered.test/list.txt');
    assert.match(await page.evaluate<[], string>(`document.querySelector(${JSON.stringify(card(linked, 'h2'))}).textContent`), /By a link/u);
    assert.equal(await blocked('mine-offer.test'), true);
    await add('https://offered.test/other.txt');
    await says(/offered\.test was added/u);
    const typed = await idOf('https://offered.test/other.txt');

    // A version that would break the web waits for the person's word.
    served = '! Title: Offered\n||mine-offer.test^\n||mine-new.test^\n||fonts.gstatic.com^\n';
    await page.click(card(linked, '.bar button'));
    await until('it is held back', () => page.evaluate<[], boolean>(`/it would block fonts\\.gstatic\\.com, by the line \\|\\|fonts/.test(document.querySelector('${card(linked, '.warning')}')?.textContent ?? '')`));
    assert.equal(await blocked('mine-new.test'), false);
    await page.screenshot(shot(`lists-held-light-${stage.name}`), 'light');
    await page.screenshot(shot(`lists-held-dark-${stage.name}`), 'dark');
    await page.click(card(linked, '.warning button'));
    await until('it is in force', () => blocked('mine-new.test'));
    await until('nothing waits any more', () => page.evaluate<[], boolean>(`document.querySelector('${card(linked, '.warning')}') === null`));

    // And back by one click.
    assert.match((await back()) ?? '', /^Go back to the state of /u);
    await page.click('#list-back');
    await until('the version of before is in force', async () => !(await blocked('mine-new.test')) && (await blocked('mine-more.test')));
    for (const id of [linked, typed]) {
      await page.click(card(id, '.danger'));
      await until('it is gone', () => page.evaluate<[], boolean>(`document.querySelector('[data-list="${id}"]') === null`));
    }
    assert.equal(await blocked('mine-offer.test'), false);
    await page.close();
  });

  test('an abp: link that a person clicks opens this page, filled in', async () => {
    stage.world.host('offers.test', { pages: { '/': '<a id="offer" href="abp:subscribe?location=https%3A%2F%2Flists.test%2Fx.txt&amp;title=X">list</a>' } });
    const page = await stage.browser.newPage();
    await page.goto('https://offers.test/');
    await page.click('#offer');
    await until('our page opens', () => stage.extension.evaluate(async () => {
      const { tabs, runtime } = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
      return (await tabs.query({})).some(({ url }) => url?.startsWith(`${runtime.getURL('ui/options.html')}?subscribe=https%3A%2F%2Flists.test%2Fx.txt`) === true);
    }));
    assert.ok(!(await stage.extension.ask('lists.get', {})).lists.some(({ url }) => url.includes('lists.test')), 'nothing is added by the click alone');
    await page.close();
  });
});
