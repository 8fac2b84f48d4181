// Real miners that no list knows, served by the page's own host under other names: without the
// extension they mine, with it they are stopped by what they are and do.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Extension, html, js, names, open, pause, until, World, type Browser, type Host } from './harness/index.js';
import { modules, sites } from '../sites/hosts.js';

/** Nimiq's web miner (Argon2d) from the page's own host. */
const nimiq: Host = {
  pages: {
    '/': html('<output id="hashes"></output><output id="accepted"></output><script src="/vendor/nimiq.js"></script><script src="/start.js"></script>'),
    '/start.js': js(`window.hashes = 0; window.accepted = 0; window.failed = '';
      (async function () {
        try {
          await Nimiq.load(location.origin + '/vendor/');
          Nimiq.GenesisConfig.test();
          var pool = new Nimiq.MinerWorkerPool(2);
          pool.noncesPerRun = 4;
          pool.on('share', function () { window.hashes += 4; window.accepted += 1; });
          pool.on('no-share', function () { window.hashes += 4; });
          await pool.startMiningOnBlock(Nimiq.GenesisConfig.GENESIS_BLOCK, 0x203fffff);
        } catch (error) { window.failed = String(error); }
      })();`),
  },
  folders: { '/vendor/': join(modules, '@nimiq/core-web') },
};

async function stage(name: (typeof names)[number], extension: boolean): Promise<{ browser: Browser; world: World; close(): Promise<void> }> {
  const world = await World.start({ 'quiet.test': nimiq, 'hidden.test': sites().hosts['hidden.test'] ?? {} });
  const browser = await open(name, { world, extension });
  return {
    browser,
    world,
    close: async () => {
      await browser.close();
      await world.stop();
    },
  };
}

for (const name of names) {
  describe(`unlisted miners (${name})`, () => {
    let plain: Awaited<ReturnType<typeof stage>>;
    let guarded: Awaited<ReturnType<typeof stage>>;
    let extension: Extension;
    before(async () => {
      plain = await stage(name, false);
      guarded = await stage(name, true);
      extension = await Extension.of(guarded.browser);
    }, { timeout: 180_000 });
    after(async () => {
      await plain?.close();
      await guarded?.close();
    }, { timeout: 60_000 });

    test('Nimiq mines in a plain browser', async () => {
      const page = await plain.browser.newPage();
      await page.goto('https://quiet.test/');
      assert.ok(await until('a share', () => page.evaluate('window.accepted > 0'), { within: 60_000 }));
      await page.close();
    });

    test('Nimiq is refused by its content, and said so', async () => {
      const page = await guarded.browser.newPage();
      await page.goto('https://quiet.test/');
      const event = await extension.stopped(page, ({ how }) => how === 'content');
      assert.match(event.family, /argon2|nimiq/i);
      assert.ok(event.evidence.length > 0);
      await pause(4_000);
      assert.equal(await page.evaluate('window.accepted'), 0);
      await page.close();
    });

    test('CryptoNight over a socket of its own host mines in a plain browser', async () => {
      const page = await plain.browser.newPage();
      await page.goto('https://hidden.test/');
      assert.ok(await until('an accepted share', () => page.evaluate('window.accepted > 0'), { within: 60_000 }));
      await page.close();
    });

    test('the same is stopped with no share accepted', async () => {
      const page = await guarded.browser.newPage();
      await page.goto('https://hidden.test/');
      const event = await extension.stopped(page, ({ site }) => site === 'hidden.test');
      assert.ok(event.how !== 'list' && event.evidence.length > 0);
      const before = Number(await page.evaluate('window.accepted'));
      await pause(4_000);
      assert.equal(await page.evaluate('window.accepted'), before, 'no share after it was stopped');
      assert.equal(before, 0);
      await page.close();
    });
  });
}
