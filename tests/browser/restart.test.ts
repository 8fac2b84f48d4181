// Promise: what a person decided survives restarts of the browser, and protection is there from
// the first page after one.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sites } from '../sites/hosts.js';
import { Extension, World, names, open, root, until, type Browser } from './harness/index.js';

async function loader(browser: Browser, url: string): Promise<string> {
  const page = await browser.newPage();
  await page.goto(url);
  // The stand-in that answers in a stopped loader's place cannot talk to a pool.
  const found = await page.evaluate<[], string>('typeof window.CoinHive?.Anonymous.prototype._onPool === "function" ? "object" : "undefined"');
  await page.close();
  return found;
}

/** A host that is allowed alone may need a second load in Chromium; the extension makes it by itself. */
const isAllowed = (browser: Browser, url: string): Promise<unknown> =>
  until(`${url} is allowed`, async () => (await loader(browser, url)) === 'object');

/** The extension as it is, in a folder of its own. */
function copy(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'nomine-update-'));
  cpSync(join(root, 'dist', name), folder, { recursive: true });
  return folder;
}

for (const name of names) {
  describe(`an update of the extension in ${name}`, () => {
    test('keeps site rules and protection, and what was "for now" goes on', { timeout: 300_000 }, async () => {
      const { hosts } = sites();
      const world = await World.start({ ...hosts, 'portal.test': hosts['news.test']!, 'other.test': hosts['news.test']! });
      const folder = copy(name);
      const browser = await open(name, { world, folder });
      try {
        const before = await Extension.of(browser);
        await before.ask('site.set', { name: 'portal.test', scope: 'host', policy: 'allow', until: null });
        await before.ask('site.set', { name: 'other.test', scope: 'host', policy: 'allow', until: 'restart' });
        const manifest = join(folder, 'manifest.json');
        const version = '99.0.0';
        writeFileSync(manifest, JSON.stringify({ ...(JSON.parse(readFileSync(manifest, 'utf8')) as object), version }));
        await browser.update();
        const after = await Extension.of(browser);
        await until('the new version is there', async () => (await after.ask('about.get', {})).version === version);
        assert.equal(await loader(browser, 'https://news.test/'), 'undefined', 'still protected');
        await isAllowed(browser, 'https://portal.test/');
        await isAllowed(browser, 'https://other.test/');
        const { rules } = await after.ask('site.list', {});
        assert.deepEqual(rules.map((rule) => rule.name).sort(), ['other.test', 'portal.test']);
        const scripts = await after.evaluate<[], string[]>('(globalThis.browser ?? chrome).scripting.getRegisteredContentScripts().then((all) => all.map(({ id }) => id))');
        assert.ok(scripts.includes('guard'), `the guard is there: ${scripts.join()}`);
      } finally {
        await browser.close();
        await world.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });

  describe(`a restart of ${name}`, () => {
    test('keeps site rules and protection; what was "for now" ends', { timeout: 300_000 }, async () => {
      const { hosts } = sites();
      const world = await World.start({ ...hosts, 'portal.test': hosts['news.test']!, 'other.test': hosts['news.test']! });
      const browser = await open(name, { world, installed: true });
      try {
        const before = await Extension.of(browser);
        await until('protection is on', async () => (await loader(browser, 'https://news.test/')) === 'undefined');
        await before.ask('site.set', { name: 'portal.test', scope: 'host', policy: 'allow', until: null });
        await before.ask('site.set', { name: 'other.test', scope: 'host', policy: 'allow', until: 'restart' });
        await isAllowed(browser, 'https://portal.test/');
        await isAllowed(browser, 'https://other.test/');

        await browser.restart();
        // Before any page of ours is opened: these are the first pages of the new session.
        assert.equal(await loader(browser, 'https://news.test/'), 'undefined', 'protected from the first page on');
        await isAllowed(browser, 'https://portal.test/');
        const after = await Extension.of(browser);
        await until('"for now" has ended', async () => (await loader(browser, 'https://other.test/')) === 'undefined');
        const { rules } = await after.ask('site.list', {});
        assert.deepEqual(rules.map((rule) => [rule.name, rule.scope, rule.policy, rule.until]), [['portal.test', 'host', 'allow', null]]);

        // What is due when the browser starts is pulled, without anybody asking.
        let version = '||first-miner.test^\n';
        world.host('lists.test', { handle: () => ({ type: 'text/plain', body: version }) });
        const url = 'https://lists.test/list.txt';
        const { lists } = await after.ask('lists.add', { url, title: 'A list' });
        const { id } = lists.find((list) => list.url === url) ?? assert.fail('it is followed');
        version = '||first-miner.test^\n||second-miner.test^\n';
        await after.makeDue(id);
        const asked = world.hitsOf('lists.test').length;
        await browser.restart();
        await until('it is asked for', () => world.hitsOf('lists.test').length > asked, { within: 150_000, every: 1_000 });
        const started = await Extension.of(browser);
        await until('what came is in force', async () => (await started.ask('lists.test', { url: 'https://second-miner.test/x.js', from: 'https://news.test/', kind: 'script' })).blocked);

        // A pause until the restart ends with it; one that is for good does not.
        await started.ask('pause.set', { until: 'restart' });
        await browser.restart();
        await until('the pause has ended', async () => (await loader(browser, 'https://news.test/')) === 'undefined');
        const last = await Extension.of(browser);
        await last.ask('pause.set', { until: 'forever' });
        await browser.restart();
        assert.equal(await loader(browser, 'https://news.test/'), 'object', 'still paused');
      } finally {
        await browser.close();
        await world.stop();
      }
    });
  });
}
