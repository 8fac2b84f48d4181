// Promise: what a person chooses in the popup is in force, and shown when the popup opens again: for how
// long a site is allowed, how wide, and for how long everything is paused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, inEachBrowser, until, type Host, type Page } from './harness/index.js';

const halfHour = 30 * 60_000;
const page: Host = { pages: { '/': html('<h1>Words</h1><script src="https://miner.test/lib.js"></script><script>window.mines = window.loaded === true</script>') } };
const hosts = (): Record<string, Host> => ({
  'portal.test': page,
  'www.portal.test': page,
  'other.test': page,
  'busy.test': page,
  'miner.test': { pages: { '/lib.js': { type: 'text/javascript', body: 'window.loaded = true' } } },
});

inEachBrowser('the controls of the popup', hosts, (stage) => {
  const rules = async (): Promise<unknown[]> => (await stage.extension.ask('site.list', {})).rules.map(({ name, scope, policy, until: end }) => [name, scope, policy, end]);
  const value = (popup: Page, id: string): Promise<string> => popup.evaluate<[string], string>((name) => (document.getElementById(name) as HTMLSelectElement).value, id);
  const choose = (popup: Page, id: string, option: string): Promise<void> =>
    popup.evaluate<[string, string], undefined>(
      (name, wanted) => {
        const select = document.getElementById(name) as HTMLSelectElement;
        if (![...select.options].some((one) => one.value === wanted)) throw new Error(`${name} has no ${wanted}`);
        select.value = wanted;
        select.dispatchEvent(new Event('change', { bubbles: true }));
        return undefined;
      },
      id,
      option,
    );
  async function opened(site: Page): Promise<Page> {
    const popup = await stage.extension.popup(site);
    await until('the popup speaks', () => popup.evaluate('document.body.dataset.state !== "loading"'));
    return popup;
  }
  async function visit(host: string): Promise<Page> {
    const site = await stage.browser.newPage();
    await site.goto(`https://${host}/`);
    return site;
  }
  const mines = (site: Page): Promise<boolean> => site.evaluate<[], boolean>('window.mines');
  async function minesAgain(site: Page, wanted: boolean): Promise<void> {
    await until(`the page ${wanted ? 'mines' : 'is protected'}`, async () => {
      await site.reload();
      return (await mines(site)) === wanted;
    });
  }

  async function says(site: Page, wanted: string): Promise<void> {
    const tab = await stage.extension.tabId(site);
    await until(`the button says "${wanted}"`, async () => (await stage.extension.title(tab)) === wanted);
  }

  test('how long and how wide a site is allowed', async () => {
    const site = await visit('www.portal.test');
    assert.equal(await mines(site), false);
    await says(site, 'Nomine: 1 stopped on this page');
    const popup = await opened(site);
    assert.deepEqual([await value(popup, 'duration'), await value(popup, 'scope')], ['restart', 'site'], 'the least, before anything is chosen');
    // Choices alone allow nothing.
    await choose(popup, 'duration', 'always');
    await choose(popup, 'scope', 'host');
    assert.deepEqual(await rules(), []);
    await popup.click('#allow');
    await until('the host alone, for good', async () => JSON.stringify(await rules()) === '[["www.portal.test","host","allow",null]]');
    await minesAgain(site, true);
    await says(site, 'Nomine: this site is allowed');
    const outside = await visit('portal.test');
    assert.equal(await mines(outside), false, 'not the site around it');
    await outside.close();

    await choose(popup, 'scope', 'site');
    await until('the whole site in its place', async () => JSON.stringify(await rules()) === '[["portal.test","site","allow",null]]');
    const before = Date.now();
    await choose(popup, 'duration', 'half');
    const end = await until('for half an hour', async () => {
      const [rule] = (await stage.extension.ask('site.list', {})).rules;
      return typeof rule?.until === 'number' ? rule.until : undefined;
    });
    assert.ok(end >= before + halfHour && end <= Date.now() + halfHour, String(end - before));
    await choose(popup, 'duration', 'restart');
    await until('until the browser is closed', async () => JSON.stringify(await rules()) === '[["portal.test","site","allow","restart"]]');
    await popup.close();

    const again = await opened(site);
    assert.deepEqual([await value(again, 'duration'), await value(again, 'scope')], ['restart', 'site'], 'it shows what holds');
    assert.equal(await again.evaluate('document.getElementById("allow").checked'), true);
    await again.click('#allow');
    await until('taken back', async () => (await rules()).length === 0);
    await minesAgain(site, false);
    await says(site, 'Nomine: 1 stopped on this page');
    await again.close();
    await site.close();
  });

  test('a choice stays while things are stopped in the page, until it is made', async () => {
    const site = await visit('busy.test');
    const popup = await opened(site);
    await choose(popup, 'duration', 'always');
    const shown = (): Promise<number> => popup.evaluate('document.querySelectorAll("#events details").length');
    const before = await shown();
    await site.evaluate('void fetch("https://miner.test/more").catch(() => {})');
    await until('the popup shows one more', async () => (await shown()) > before);
    assert.equal(await value(popup, 'duration'), 'always');
    await popup.click('#allow');
    await until('for good', async () => JSON.stringify(await rules()) === '[["busy.test","site","allow",null]]');
    await popup.click('#allow');
    await until('taken back', async () => (await rules()).length === 0);
    await popup.close();
    await site.close();
  });

  test('what was decided before a site was allowed is put back', async () => {
    await stage.extension.ask('site.set', { name: 'other.test', scope: 'host', policy: 'strict', until: null });
    const site = await visit('other.test');
    const popup = await opened(site);
    await popup.click('#allow');
    await until('allowed', async () => JSON.stringify(await rules()) === '[["other.test","host","allow","restart"]]');
    await popup.click('#allow');
    await until('strict again', async () => JSON.stringify(await rules()) === '[["other.test","host","strict",null]]');
    await stage.extension.ask('site.remove', { name: 'other.test', scope: 'host' });
    await popup.close();
    await site.close();
  });

  test('what the background refuses is said, and what holds is shown', async () => {
    const site = await visit('other.test');
    const popup = await opened(site);
    // As when the browser has no room for another rule.
    await popup.evaluate(`(() => {
      const api = (globalThis.browser ?? globalThis.chrome).runtime;
      const send = api.sendMessage.bind(api);
      Object.defineProperty(api, 'sendMessage', { value: (message) => (message.type === 'site.set' ? Promise.resolve({ refused: 'unenforced' }) : send(message)) });
    })()`);
    await popup.click('#allow');
    await until('it says so', async () => /undone/.test(await popup.evaluate('document.getElementById("note").textContent')));
    assert.equal(await popup.evaluate('document.getElementById("allow").checked'), false);
    assert.notEqual(await popup.evaluate('document.body.dataset.state'), 'dead');
    assert.deepEqual(await rules(), []);
    await popup.close();
    await site.close();
  });

  test('for how long everything is paused', async () => {
    const site = await visit('other.test');
    assert.equal(await mines(site), false);
    const popup = await opened(site);
    assert.equal(await value(popup, 'pause'), 'off');
    const paused = async (): Promise<unknown> => (await stage.extension.state(site)).pausedUntil;
    for (const [option, shown] of [['forever', 'forever'], ['restart', 'restart'], ['half', 'time']] as const) {
      const before = Date.now();
      await choose(popup, 'pause', option);
      await until(`paused: ${option}`, async () => {
        const end = await paused();
        return option === 'half' ? typeof end === 'number' && end >= before + halfHour && end <= Date.now() + halfHour : end === option;
      });
      await until('the popup says so', () => popup.evaluate('document.body.dataset.state === "paused"'));
      await until(`it shows ${shown}`, async () => (await value(popup, 'pause')) === shown);
      await minesAgain(site, true);
    }
    await says(site, 'Nomine is paused everywhere');
    const again = await opened(site);
    assert.equal(await value(again, 'pause'), 'time', 'another popup shows the time that is set');
    await choose(again, 'pause', 'off');
    await until('on again', async () => (await paused()) === null);
    await minesAgain(site, false);
    await says(site, 'Nomine: 1 stopped on this page');
    await again.close();
    await popup.close();
    await site.close();
  });
}, { filters: '||miner.test^' });
