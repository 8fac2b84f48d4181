// Promise: each site policy holds from the very next load, for exactly this host or for the site with
// its subdomains, also in frames of other sites inside it; and a site's policy does not travel with it
// into other pages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import type { Policy, Scope } from '../../extension/src/shared/model.js';
import { modules } from '../sites/hosts.js';
import { html, inEachBrowser, js, until, type Host, type Page } from './harness/index.js';

/** Nimiq's Argon2d miner, which is refused by what it is. */
const miner = { type: 'application/wasm', body: readFileSync(join(modules, '@nimiq/core-web/worker-wasm.wasm')) };

/** Tries what policies are about and says what became of it, in one line. */
const trying = `
  window.attempt = function () {
    function code(bytes) { return WebAssembly.compile(bytes).then(function () { return 'runs'; }, function (error) { return error.name; }); }
    function worker(make) {
      return new Promise(function (done) {
        var made;
        try { made = make(); } catch (error) { return done(error.name); }
        made.onmessage = function (event) { done(event.data); };
        made.onerror = function () { done('refused'); };
      });
    }
    var blob = URL.createObjectURL(new Blob(['postMessage("runs")'], { type: 'text/javascript' }));
    // The miner comes last: once it is found, workers that no guard is in are ended with it.
    return Promise.all([
      worker(function () { return new Worker('/worker.js'); }),
      worker(function () { return new Worker(blob); }),
      code(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
    ]).then(function (all) {
      var miner = fetch('/engine.wasm').then(function (response) { return response.arrayBuffer(); }).then(code, function () { return 'closed'; });
      return miner.then(function (last) { return 'code ' + all[2] + ', miner ' + last + ', worker ' + all[0] + ', blob ' + all[1]; });
    });
  };
  addEventListener('message', function (event) {
    if (event.data === 'try') window.attempt().then(function (found) { event.source.postMessage(found, '*'); });
    else window.told = event.data;
  });`;
const files = { '/engine.wasm': miner, '/worker.js': js('postMessage("runs");'), '/try.js': js(trying) };
const plain: Host = { pages: { '/': html('<script src="/try.js"></script><script>window.inline = 1;</script>'), ...files } };
const around = (inner: string): Host => ({ pages: { '/': html(`<script src="/try.js"></script><iframe id="frame" src="${inner}"></iframe>`), ...files } });

const hosts = (): Record<string, Host> => ({
  'portal.test': plain,
  'www.portal.test': plain,
  'deep.www.portal.test': plain,
  'other.test': plain,
  'around.test': around('https://framed.test/'),
  'framed.test': plain,
});

const protectedLine = 'code runs, miner CompileError, worker runs, blob runs';
const openLine = 'code runs, miner runs, worker runs, blob runs';
const lines: Readonly<Record<Policy, RegExp>> = {
  // What was found to be a miner's has its address closed for a while: then it is refused before it is read.
  protect: new RegExp(`^${protectedLine.replace('CompileError', '(?:CompileError|closed)')}$`),
  allow: new RegExp(`^${openLine}$`),
  monitor: new RegExp(`^${openLine}$`),
  strict: /^code CompileError, miner CompileError, worker (?:refused|SecurityError), blob (?:refused|SecurityError)$/,
  noscript: /^no script$/,
};

inEachBrowser('site policies', hosts, (stage) => {
  const set = (name: string, scope: Scope, policy: Policy): Promise<unknown> => stage.extension.ask('site.set', { name, scope, policy, until: null });
  const remove = (name: string, scope: Scope): Promise<unknown> => stage.extension.ask('site.remove', { name, scope });
  const line = (page: Page): Promise<string> => page.evaluate('window.attempt === undefined ? "no script" : window.attempt()');

  afterEach(async () => {
    for (const { name, scope } of (await stage.extension.ask('site.list', {})).rules) await remove(name, scope);
  });

  async function holds(host: string, policy: Policy): Promise<void> {
    const page = await stage.browser.newPage();
    const before = stage.world.hits.length;
    await page.goto(`https://${host}/`);
    const found = await line(page);
    const came = stage.world.hits.slice(before).map(({ path }) => path);
    assert.match(found, lines[policy], `${host}: ${policy}; what was asked for: ${came.join(' ')}; it said: ${found}`);
    await page.close();
  }

  for (const policy of ['allow', 'monitor', 'strict', 'noscript'] as const) {
    test(`${policy}, for exactly this host`, async () => {
      await holds('www.portal.test', 'protect');
      await set('www.portal.test', 'host', policy);
      await holds('www.portal.test', policy);
      for (const host of ['portal.test', 'deep.www.portal.test', 'other.test']) await holds(host, 'protect');
      await remove('www.portal.test', 'host');
      await holds('www.portal.test', 'protect');
    });

    test(`${policy}, for the site with its subdomains, and another policy inside`, async () => {
      await set('portal.test', 'site', policy);
      for (const host of ['portal.test', 'www.portal.test', 'deep.www.portal.test']) await holds(host, policy);
      await holds('other.test', 'protect');
      await set('www.portal.test', 'host', 'protect');
      await holds('www.portal.test', 'protect');
      await holds('deep.www.portal.test', policy);
      await remove('portal.test', 'site');
      await remove('www.portal.test', 'host');
      await holds('portal.test', 'protect');
    });

    test(`${policy} of the page around counts in a frame of another site`, async () => {
      /** What the frame says; asked again, because the page around is asked about at the frame's start. */
      const inFrame = async (expected: Policy): Promise<void> => {
        const page = await stage.browser.newPage();
        await page.goto('https://around.test/');
        if (expected === 'noscript') {
          // Neither the page nor the frame can answer: that nothing was run shows in what was asked for.
          assert.equal(await line(page), 'no script');
          await page.close();
          return;
        }
        await until(`the frame is under ${expected}`, async () => {
          await page.evaluate('void (window.told = "", frames[0].postMessage("try", "*"))');
          const told = await until('the frame answers', () => page.evaluate<[], string | null>('window.told || null'));
          return lines[expected].test(told);
        }, { within: 15_000 });
        await page.close();
      };
      await inFrame('protect');
      await set('around.test', 'site', policy);
      stage.world.hits.length = 0;
      await inFrame(policy);
      if (policy === 'noscript') assert.deepEqual(stage.world.hitsOf('framed.test').map(({ path }) => path), ['/'], 'the frame loads, its script does not');
      await remove('around.test', 'site');
      await set('framed.test', 'site', policy);
      await inFrame('protect');
      await remove('framed.test', 'site');
      await inFrame('protect');
    });
  }

  test('a monitored site is told about, and not stopped', async () => {
    await set('portal.test', 'site', 'monitor');
    const page = await stage.browser.newPage();
    await page.goto('https://portal.test/');
    assert.match(await line(page), lines.monitor);
    const event = await until('it is noted', async () => (await stage.extension.state(page)).events.find(({ subject }) => subject === 'module'));
    assert.equal(event.outcome, 'monitor');
    assert.equal((await stage.extension.state(page)).count, 0);
    await page.close();
    await remove('portal.test', 'site');
  });
});
