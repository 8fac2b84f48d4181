// Promise: where a filter says so, a request is answered with something neutral instead of nothing;
// the page goes on, nothing of the listed host is loaded, and the person is told all the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { html, inEachBrowser, root, until, type Host, type Page } from './harness/index.js';

const filters = `
||listed.test/loader.js$script,redirect=noop.js
||listed.test/pixel.gif$image,redirect=1x1.gif
||listed.test/picture.png$image,redirect=2x2.png
||listed.test/frame$subdocument,redirect=noop.html
||listed.test/data$xhr,redirect=noop.json
||listed.test/style.css$css,redirect=noop.css
||listed.test/sound.mp3$media,redirect=noop-0.1s.mp3
||listed.test/film.mp4$media,redirect=noop-1s.mp4
||listed.test/crypta.js$script,redirect=cryptoloot.js
||listed.test/imp.js$script,redirect=coinimp.js
||listed.test/refused.js$script
||listed.test/spared.js$script,redirect=noop.js
@@||listed.test/spared.js$script
`;

/** What became of everything; `error` where the browser refused it. */
const page = html(`<script>
  window.seen = {};
  function note(what, value) { seen[what] = value; }
  function make(tag, what, path, more) {
    var element = document.createElement(tag);
    Object.assign(element, more);
    element.onload = element.onloadedmetadata = function () { note(what, String(element.naturalWidth || element.duration || 'loaded')); };
    element.onerror = function () { note(what, 'error'); };
    element[tag === 'link' ? 'href' : 'src'] = 'https://listed.test' + path;
    document.head.append(element);
  }
  make('script', 'script', '/loader.js');
  make('script', 'refused', '/refused.js');
  make('script', 'spared', '/spared.js');
  make('img', 'pixel', '/pixel.gif');
  make('img', 'picture', '/picture.png');
  make('link', 'style', '/style.css', { rel: 'stylesheet' });
  make('audio', 'sound', '/sound.mp3', { preload: 'metadata' });
  make('video', 'film', '/film.mp4', { preload: 'metadata' });
  fetch('https://listed.test/data').then(function (r) { return r.json(); }).then(function (found) { note('data', JSON.stringify(found)); }, function () { note('data', 'error'); });
</script>
<iframe id="frame" src="https://listed.test/frame" onload="note('frame', 'loaded')"></iframe>
<script src="https://listed.test/crypta.js"></script>
<script>
  var miner = new CRLT.Anonymous('key', { threads: 4, throttle: 0.2 });
  miner.on('found', function () {});
  miner.setThrottle(0.5);
  miner.start(CRLT.FORCE_MULTI_TAB);
  note('cryptoloot', [miner.isRunning(), miner.getTotalHashes(), miner.getThrottle()].join());
</script>
<script src="https://listed.test/imp.js"></script>
<script>
  var client = new Client.User('key', 'name');
  client.start(Client.IF_EXCLUSIVE_TAB);
  Client.addMiningNotification('Top', 'text');
  note('coinimp', String(client.getHashesPerSecond()));
</script>`);

const listed: Host = { handle: () => ({ type: 'text/javascript', headers: { 'access-control-allow-origin': '*' }, body: 'window.loaded = (window.loaded || 0) + 1;' }) };
const things = ['script', 'refused', 'spared', 'pixel', 'picture', 'style', 'sound', 'film', 'data', 'frame', 'cryptoloot', 'coinimp'];

inEachBrowser('neutral answers', () => ({ 'page.test': { pages: { '/': page } }, 'listed.test': listed }), (stage) => {
  const seen = (tab: Page): Promise<Record<string, string>> =>
    until('everything was answered', async () => {
      const found = await tab.evaluate<[], Record<string, string>>('window.seen');
      return things.every((thing) => thing in found) && found;
    });

  test('each kind of request gets something that the page can use', async () => {
    const tab = await stage.browser.newPage();
    await tab.goto('https://page.test/');
    const found = await seen(tab);
    const { film, sound, ...rest } = found;
    assert.deepEqual(rest, {
      script: 'loaded', refused: 'error', spared: 'loaded', pixel: '1', picture: '2', style: 'loaded', data: '{}', frame: 'loaded', cryptoloot: 'false,0,0.5', coinimp: '0',
    });
    // Firefox plays H.264 only where the system has a decoder for it.
    const plays = await tab.evaluate('document.createElement("video").canPlayType(\'video/mp4; codecs="avc1.42C00A"\') !== ""');
    assert.ok(plays ? Math.abs(Number(film) - 1) < 0.05 : film === 'error', `a film of a second: ${film}, H.264 is played: ${plays}`);
    assert.ok(Number(sound) < 0.2, `a moment of silence: ${sound}`);
    assert.deepEqual(stage.world.hitsOf('listed.test').map((hit) => hit.path), ['/spared.js'], 'the exception alone reaches the host');
    assert.equal(await tab.evaluate('window.loaded'), 1);
    await tab.close();
  });

  test('each is counted as stopped, with its filter', async () => {
    const tab = await stage.browser.newPage();
    await tab.goto('https://page.test/');
    await seen(tab);
    const event = await stage.extension.stopped(tab, ({ url }) => url === 'https://listed.test/loader.js');
    assert.equal(event.filter, '||listed.test/loader.js$script,redirect=noop.js');
    assert.equal(event.how, 'list');
    assert.equal(event.subject, 'script');
    assert.equal(event.site, 'page.test');
    const urls = await until('all are counted', async () => {
      const { events } = await stage.extension.state(tab);
      return events.length >= 11 && events.map(({ url }) => new URL(url).pathname).sort();
    });
    assert.deepEqual(urls, ['/crypta.js', '/data', '/film.mp4', '/frame', '/imp.js', '/loader.js', '/picture.png', '/pixel.gif', '/refused.js', '/sound.mp3', '/style.css']);
    await tab.close();
  });

  test('an allowed site gets the real thing, from the very next load', async () => {
    await stage.extension.ask('site.set', { name: 'page.test', scope: 'site', policy: 'allow', until: null });
    stage.world.hits.length = 0;
    const tab = await stage.browser.newPage();
    await tab.goto('https://page.test/');
    await until('the loader runs', async () => stage.world.hitsOf('listed.test').some((hit) => hit.path === '/loader.js'));
    await stage.extension.ask('site.remove', { name: 'page.test', scope: 'site' });
    await tab.close();
  });
}, { filters });

test('the neutral resources are the only files that pages can ask for, beside the inspector', () => {
  for (const name of ['chromium', 'firefox']) {
    const manifest = JSON.parse(readFileSync(join(root, 'dist', name, 'manifest.json'), 'utf8')) as { web_accessible_resources: unknown };
    assert.deepEqual(manifest.web_accessible_resources, [{ resources: ['inspector.b64', 'neutral/*'], matches: ['<all_urls>'], use_dynamic_url: true }]);
  }
});
