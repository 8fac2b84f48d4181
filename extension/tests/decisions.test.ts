// What a person decides is kept, also where they decide several things at once.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { live } from './background.js';
import { Memory } from './memory.js';

interface Decided {
  readonly sites: typeof import('../src/background/sites.js');
  readonly options: typeof import('../src/background/options.js');
  readonly modules: typeof import('../src/background/modules.js');
  readonly stopped: typeof import('../src/background/stopped.js');
}

let background: Decided;

beforeEach(async () => {
  Object.assign(globalThis, { chrome: { storage: { local: new Memory(), session: new Memory() }, runtime: { getManifest: () => ({ version: '1' }), getURL: (path: string) => path } } });
  console.warn = () => undefined;
  background = await live<Decided>({ sites: 'sites', options: 'options', modules: 'modules', stopped: 'stopped' });
});

describe('decisions at the same time are all kept', () => {
  test('about sites', async () => {
    const { sites } = background;
    const file = JSON.stringify({ format: 'nomine-sites', version: 1, rules: [{ name: 'c.test', scope: 'site', policy: 'strict', until: null, since: 1 }] });
    await Promise.all([sites.set('a.test', 'site', 'allow', null), sites.set('b.test', 'host', 'monitor', null), sites.importText(file)]);
    assert.deepEqual((await sites.all()).map(({ name }) => name), ['a.test', 'b.test', 'c.test']);
    await Promise.all([sites.remove('a.test', 'site'), sites.remove('b.test', 'host')]);
    assert.deepEqual((await sites.all()).map(({ name }) => name), ['c.test']);
  });

  test('about options', async () => {
    const { options } = background;
    await Promise.all([options.set({ badge: false }), options.set({ hiddenOnly: true }), options.set({ stopPages: false })]);
    assert.deepEqual(await options.get(), { badge: false, stopPages: false, hiddenOnly: true });
  });

  test('about modules', async () => {
    const { modules } = background;
    await Promise.all(['1', '2'].map((digit) => modules.allow('a.test', digit.repeat(64))));
    assert.equal((await modules.all()).length, 2);
  });

  test('about pages that are opened all the same', async () => {
    const { stopped } = background;
    await Promise.all([1, 2].map((tabId) => stopped.proceed('https://a.test/', false, tabId)));
    await Promise.all([stopped.proceed('https://b.test/', false, 1), stopped.forget(2)]);
    assert.deepEqual(await stopped.passes(), [{ host: 'a.test', tabId: 1 }, { host: 'b.test', tabId: 1 }]);
  });
});
