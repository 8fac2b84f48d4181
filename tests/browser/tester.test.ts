// Promise: "would this address be stopped, and by what?" is answered as the browser then does it: by its
// lists as far as this browser applies them, by what a site may do, and by a pause.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../extension/src/shared/model.js';
import { html, inEachBrowser, js, pause, until, type Host } from './harness/index.js';

/** A page that asks for what `#` names. */
const asking = html(`<body><script>
  const [kind, url] = decodeURIComponent(location.hash.slice(1)).split(' ');
  const add = (name, attributes) => new Promise((done) => { const one = Object.assign(document.createElement(name), attributes, { onload: done, onerror: done }); document.body.append(one); });
  const ways = {
    script: () => add('script', { src: url }),
    image: () => add('img', { src: url }),
    sub_frame: () => add('iframe', { src: url }),
    xmlhttprequest: () => fetch(url, { mode: 'no-cors' }).catch(() => undefined),
    websocket: () => new Promise((done) => { const socket = new WebSocket(url); socket.onopen = socket.onclose = done; }),
  };
  // A frame that is refused says nothing in Firefox.
  void Promise.race([ways[kind](), new Promise((done) => setTimeout(done, 1_500))]).then(() => { window.asked = true; });
</script></body>`);
/** The same without a script of the page: it asks for a script and a frame as soon as it loads. */
const still = html('<script src="https://free.test/still.js"></script><iframe src="https://free.test/frame"></iframe>');
const served: Host = { handle: (_request, { pathname }) => (pathname === '/frame' ? html('frame') : js('')), socket: (socket) => socket.close() };
const hosts = (): Readonly<Record<string, Host>> => ({
  'site.test': { pages: { '/': asking, '/still': still } }, 'listed.test': served, 'free.test': served, 'wide.test': served, 'excepted.test': served, 'fox.test': served,
});
const filters = [
  '||listed.test^', '||listed.test^$document',
  // Beyond the rules of Chromium: a filter, and an exception of one that is not.
  '||wide.test^$script,domain=site.*',
  '||excepted.test^', '@@||excepted.test^$domain=site.*',
  '!#if env_firefox', '||fox.test^', '!#endif',
].join('\n');

inEachBrowser('the tester', hosts, (stage) => {
  const requests: readonly (readonly [kind: string, url: string])[] = [
    ['script', 'https://listed.test/a.js'], ['image', 'https://listed.test/a.png'], ['xmlhttprequest', 'https://listed.test/a'], ['websocket', 'wss://listed.test/a'], ['sub_frame', 'https://listed.test/frame'],
    ['script', 'https://wide.test/a.js'], ['image', 'https://wide.test/a.png'], ['script', 'https://excepted.test/a.js'], ['script', 'https://fox.test/a.js'], ['script', 'https://free.test/a.js'],
  ];
  /** Whether the request of a page reaches its server. */
  const arrives = async (kind: string, url: string): Promise<boolean> => {
    const host = new URL(url).host;
    const before = stage.world.hitsOf(host).length;
    const page = await stage.browser.newPage();
    await page.goto(`https://site.test/#${encodeURIComponent(`${kind} ${url}`)}`);
    await until('the page has asked', () => page.evaluate('window.asked === true'));
    await page.close();
    return stage.world.hitsOf(host).length > before;
  };
  const set = (policy: Policy): Promise<unknown> => stage.extension.ask('site.set', { name: 'site.test', scope: 'site', policy, until: null });
  const tester = (kind: string, url: string, from = 'https://site.test/'): ReturnType<typeof stage.extension.ask<'lists.test'>> => stage.extension.ask('lists.test', { url, from, kind });
  const chromium = (): boolean => stage.name === 'chromium';

  for (const policy of ['protect', 'allow', 'monitor', 'strict'] as const) {
    test(`says what is done on a site of the policy ${policy}`, { timeout: 120_000 }, async () => {
      await stage.extension.ask('own.set', { text: filters });
      await set(policy);
      const open = policy === 'allow' || policy === 'monitor';
      let stopped = 0;
      for (const [kind, url] of requests) {
        const said = await tester(kind, url);
        assert.equal(said.blocked, !(await arrives(kind, url)), `${kind} ${url}: ${JSON.stringify(said)}`);
        if (said.blocked) stopped += 1;
        if (url.includes('//listed.')) assert.deepEqual([said.by, said.filter, said.but], ['list', '||listed.test^', open ? policy : '']);
      }
      assert.equal(stopped, open ? 0 : chromium() ? 6 : 7);
      assert.equal((await tester('script', 'https://free.test/a.js')).by, '');
    });
  }

  test('names a filter that this browser cannot apply, and why', async () => {
    await set('protect');
    const said = await tester('script', 'https://wide.test/a.js');
    if (chromium()) assert.deepEqual([said.blocked, said.but, said.filter], [false, 'rules', '||wide.test^$script,domain=site.*']);
    else assert.deepEqual([said.blocked, said.but], [true, '']);
    assert.equal(/cannot be expressed/u.test(said.detail), chromium());
    assert.equal((await tester('script', 'https://excepted.test/a.js')).blocked, chromium(), 'an exception that Chromium does not have does not help there');
  });

  test('knows that scripts are switched off', async () => {
    for (const scope of ['site', 'host'] as const) {
      await stage.extension.ask('site.set', { name: 'site.test', scope, policy: 'noscript', until: null });
      const before = stage.world.hitsOf('free.test').length;
      const page = await stage.browser.newPage();
      await page.goto('https://site.test/still');
      await pause(500);
      const came = stage.world.hitsOf('free.test').slice(before).map(({ path }) => path);
      await page.close();
      const [script, frame] = [await tester('script', 'https://free.test/still.js'), await tester('sub_frame', 'https://free.test/frame')];
      assert.deepEqual([script.blocked, script.by], [!came.includes('/still.js'), 'noscript'], scope);
      assert.equal(frame.blocked, !came.includes('/frame'), `${scope}: ${JSON.stringify(frame)}`);
    }
    await stage.extension.ask('site.remove', { name: 'site.test', scope: 'host' });
  });

  test('knows of a pause, and of pages', async () => {
    const opens = async (): Promise<boolean> => {
      const before = stage.world.hitsOf('listed.test').length;
      const page = await stage.browser.newPage();
      await page.goto('https://listed.test/');
      await pause(300);
      await page.close();
      return stage.world.hitsOf('listed.test').length > before;
    };
    const said = await tester('main_frame', 'listed.test', '');
    assert.deepEqual([said.blocked, said.filter, await opens()], [true, '||listed.test^$document', false]);
    await stage.extension.ask('pause.set', { until: 'forever' });
    const paused = await tester('main_frame', 'listed.test', '');
    assert.deepEqual([paused.blocked, paused.but, await opens()], [false, 'pause', true]);
    assert.equal((await tester('script', 'https://listed.test/a.js')).but, 'pause');
    assert.equal(await arrives('script', 'https://listed.test/a.js'), true);
    await stage.extension.ask('pause.set', { until: null });
  });

  test('is put in words on the page', async () => {
    await set('allow');
    const page = await stage.browser.newPage();
    await page.goto(stage.browser.extensionUrl('ui/options.html#filters'));
    const asks = (url: string, words: RegExp): Promise<unknown> => page.evaluate((address: string) => {
      const put = (id: string, value: string): void => void Object.assign(document.querySelector(id) ?? {}, { value });
      put('#test-url', address);
      put('#test-from', 'site.test');
      document.querySelector<HTMLFormElement>('#test')?.requestSubmit();
    }, url).then(() => until(`the page says ${words}`, () => page.evaluate<[], boolean>(`${words}.test(document.querySelector("#test-answer").textContent)`)));
    await until('the page is there', () => page.evaluate('!document.querySelector("#page-filters").hidden'));
    await asks('listed.test/a.js', /because this site is allowed\. Otherwise: Stopped by \|\|listed\.test\^ of the list My filters\./u);
    await asks('free.test/a.js', /^Not stopped by any list/u);
    await set('protect');
    await asks('https://listed.test/a.js', /^Stopped by \|\|listed/u);
    await asks('https://wide.test/a.js', chromium() ? /because this browser cannot apply the filter: a site under/u : /^Stopped by \|\|wide/u);
    await page.close();
  });
});
