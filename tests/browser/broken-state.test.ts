// Promise: whatever happens to what is stored, pages stay protected and the person can decide.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sites } from '../sites/hosts.js';
import { inEachBrowser, until } from './harness/index.js';

const garbage: readonly (readonly [string, string])[] = [
  ['numbers', '7'],
  ['null', 'null'],
  ['text', '"\\u0000\\ud800 not what was stored"'],
  ['lists', '[[[[]]]]'],
  ['a newer version', '{"version":99,"data":{"rules":"?"}}'],
  ['right envelopes around wrong things', '{"version":1,"data":{"rules":[{"name":7},{"name":"..","scope":"host"}],"until":"yesterday","events":{}}}'],
  ['prototypes', '{"version":1,"data":{"__proto__":{"until":"forever"},"constructor":1}}'],
];

inEachBrowser('stored state is damaged', () => sites().hosts, (stage) => {
  const isLoaded = async (url: string, wanted: boolean): Promise<void> => {
    const page = await stage.browser.newPage();
    await page.goto(url);
    // The stand-in that answers in a stopped loader's place cannot talk to a pool. A page that Chromium opened
    // too late is loaded again by itself, so that an answer can be that of the page before.
    const loaded = (): Promise<boolean> => page.evaluate('typeof window.CoinHive?.Anonymous.prototype._onPool === "function"');
    if (wanted) await until(`${url} is open`, loaded);
    else assert.equal(await loaded(), false, `${url} is protected`);
    await page.close();
  };

  for (const [what, value] of garbage) {
    test(`every stored value replaced by ${what}`, async () => {
      await stage.extension.ask('site.set', { name: 'else.test', scope: 'host', policy: 'allow', until: null });
      const keys = await stage.extension.evaluate(async (text: string) => {
        const { storage } = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
        const all = Object.keys(await storage.local.get(null));
        await storage.local.set(Object.fromEntries(all.map((key) => [key, JSON.parse(text) as unknown])));
        return all;
      }, value);
      assert.ok(keys.length > 0, 'something was stored');
      await stage.browser.stopBackground();

      await isLoaded('https://news.test/', false);
      const { rules } = await until('the background answers', () => stage.extension.ask('site.list', {}));
      assert.ok(Array.isArray(rules));
      assert.equal((await stage.extension.ask('pause.get', {})).until, null);
      await stage.extension.ask('site.set', { name: 'news.test', scope: 'host', policy: 'allow', until: null });
      await isLoaded('https://news.test/', true);
      await stage.extension.ask('site.remove', { name: 'news.test', scope: 'host' });
      await isLoaded('https://news.test/', false);
    });
  }

  test('everything stored is gone', async () => {
    await stage.extension.evaluate('(globalThis.browser ?? chrome).storage.local.clear()');
    await stage.browser.stopBackground();
    await isLoaded('https://news.test/', false);
    assert.deepEqual((await stage.extension.ask('site.list', {})).rules, []);
  });
});
