// The harness itself, on a tiny extension: what other tests rely on has to hold in both browsers.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Extension, World, inEachBrowser, names, open, Pool, html, js, pause, until } from './harness/index.js';

const folder = mkdtempSync(join(tmpdir(), 'nomine-fixture-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'manifest.json'),
  JSON.stringify({
    manifest_version: 3,
    name: 'fixture',
    version: '1.0',
    permissions: ['declarativeNetRequest', 'storage', 'tabs'],
    host_permissions: ['<all_urls>'],
    background: { service_worker: 'background.js', scripts: ['background.js'] },
    options_ui: { page: 'page/options.html' },
    browser_specific_settings: { gecko: { id: 'fixture@nomine.test' } },
  }),
);
mkdirSync(join(folder, 'page'));
writeFileSync(join(folder, 'page/options.html'), '<!doctype html><title>options</title>');
writeFileSync(
  join(folder, 'background.js'),
  `const api = globalThis.browser ?? chrome; const born = Math.random();
  api.runtime.onMessage.addListener((m, s, answer) => { answer({ born, asked: m.type }); });
  api.declarativeNetRequest.updateDynamicRules({ removeRuleIds: [1], addRules: [{ id: 1, action: { type: 'block' }, condition: { requestDomains: ['bad.test'], resourceTypes: ['main_frame', 'script'] } }] });`,
);

inEachBrowser(
  'harness',
  () => ({
    'a.test': { pages: { '/': '<h1>hello</h1><script>window.mine = 7</script>' }, socket: new Pool().socket },
    'bad.test': { pages: { '/x.js': js('window.bad = true') } },
    'good.test': { pages: { '/x.js': js('window.good = true'), '/': html('') } },
  }),
  (stage) => {
    test('pages of any host load from the world, with and without TLS', async () => {
      const page = await stage.browser.newPage();
      for (const scheme of ['http', 'https']) {
        await page.goto(`${scheme}://a.test/`);
        assert.equal(await page.url(), `${scheme}://a.test/`);
        assert.equal(await page.evaluate(() => (globalThis as unknown as { mine: number }).mine), 7);
        assert.equal(await page.evaluate('isSecureContext'), scheme === 'https');
      }
      assert.deepEqual(await page.evaluate(async (a: number, b: string) => Promise.resolve({ a, b }), 1, 'ü'), { a: 1, b: 'ü' });
      await assert.rejects(page.evaluate('(() => { throw new Error("as wished"); })()'), /as wished/);
      await page.close();
    });

    test('sockets reach the pool stub', async () => {
      const page = await stage.browser.newPage();
      await page.goto('https://a.test/');
      for (const scheme of ['ws', 'wss'].slice(stage.name === 'firefox' ? 1 : 0)) {
        const first = await page.evaluate(
          (url: string) =>
            new Promise<string>((done) => {
              const socket = new WebSocket(url);
              socket.onopen = () => socket.send('{"type":"auth","params":{}}');
              socket.onmessage = (event) => done(String(event.data));
              socket.onerror = () => done('error');
            }),
          `${scheme === 'ws' ? 'wss' : scheme}://a.test/proxy`,
        );
        assert.match(first, /"authed"/);
      }
      await page.goto('http://a.test/');
      const plain = await page.evaluate(
        () =>
          new Promise<string>((done) => {
            const socket = new WebSocket('ws://a.test/proxy');
            socket.onopen = () => done('open');
            socket.onerror = () => done('error');
          }),
      );
      assert.equal(plain, 'open');
      assert.ok(stage.world.hitsOf('a.test').some((hit) => hit.kind === 'socket'));
      await page.close();
    });

    test('rules of the extension decide; what they block never arrives', async () => {
      const page = await stage.browser.newPage();
      await page.goto('http://good.test/');
      const load = (url: string): Promise<string> =>
        page.evaluate(
          (src: string) =>
            new Promise<string>((done) => {
              const script = document.createElement('script');
              Object.assign(script, { src, onload: () => done('loaded'), onerror: () => done('refused') });
              document.head.append(script);
            }),
          url,
        );
      assert.equal(await load('http://good.test/x.js'), 'loaded');
      assert.equal(await load('http://bad.test/x.js'), 'refused');
      assert.deepEqual(stage.world.hitsOf('bad.test'), []);
      // Not by the driver, which waits a minute for a page that never comes.
      await page.evaluate('void (location.href = "http://bad.test/")');
      await pause(1_000);
      assert.deepEqual(stage.world.hitsOf('bad.test'), []);
      await page.close();
    });

    test('the background stops and comes back', async () => {
      const born = async (): Promise<number> => (await stage.extension.evaluate('(globalThis.browser ?? chrome).runtime.sendMessage({ type: "hello" })') as { born: number }).born;
      const before = await born();
      assert.equal(await born(), before);
      await stage.browser.stopBackground();
      assert.notEqual(await until('it answers again', born), before);
    });

    test('tabs are found by their address', async () => {
      const page = await stage.browser.newPage();
      await page.goto('http://a.test/');
      assert.ok((await stage.extension.tabId(page)) > 0);
      await page.close();
    });
  },
  { folder },
);

describe('an installed extension', () => {
  for (const name of names) {
    test(`survives a restart of ${name}, with what it stored`, async () => {
      const world = await World.start({ 'a.test': { pages: { '/': '' } } });
      const browser = await open(name, { world, folder, installed: true });
      try {
        const before = await Extension.of(browser, folder);
        await before.evaluate('(globalThis.browser ?? chrome).storage.local.set({ kept: 42 })');
        await browser.restart();
        const after = await Extension.of(browser, folder);
        assert.deepEqual(await after.evaluate('(globalThis.browser ?? chrome).storage.local.get()'), { kept: 42 });
      } finally {
        await browser.close();
        await world.stop();
      }
    });
  }
});
