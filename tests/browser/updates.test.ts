// Promise: lists that a person follows are fetched, looked at, and in force: what they name is stopped
// before it loads; what goes wrong is said in plain words and the last good state stays.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import type { ListInfo } from '../../extension/src/shared/model.js';
import { html, inEachBrowser, js, until, type Answer, type Page } from './harness/index.js';

let text = '';
let answer: (() => Answer) | null = null;
const requests: Record<string, string | undefined>[] = [];
const miner = (name: string): Record<string, object> => ({ [name]: { pages: { '/m.js': js('window.ran = true') } } });
const page = html('<script src="https://fresh-miner.test/m.js"></script><script src="https://second-miner.test/m.js"></script>');

/** A hundred million bytes in a hundred thousand. */
const bomb = gzipSync(Buffer.alloc(100_000_000, '||a.test^\n'));

/** Lines without end, as fast as they are taken. */
function endless(socket: Socket): Promise<Answer> {
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n');
  const lines = Buffer.alloc(1 << 20, '||a.test^\n');
  const more = (): void => {
    while (!socket.destroyed && socket.write(lines));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
  return new Promise(() => undefined);
}

/** Where lists are not taken from; the last by a detour. */
const away: Readonly<Record<string, string>> = { '/away': 'http://plain.test/list.txt', '/ftp': 'ftp://lists.test/l', '/file': 'file:///etc/passwd', '/data': 'data:text/plain,||fresh-miner.test^', '/onward': '/ftp' };

/** A list in several files, of which one is not there. */
const files: Record<string, string> = {
  '/several/list.txt': '! Title: several\n!#include parts/one.txt\n!#include gone.txt\n',
  '/several/parts/one.txt': '||fresh-miner.test^\n',
};

const hosts = (): Readonly<Record<string, object>> => ({
  'shop.test': { pages: { '/': page } },
  ...miner('fresh-miner.test'),
  ...miner('second-miner.test'),
  'lists.test': {
    handle: (request: { headers: Record<string, string | undefined>; socket: Socket }, url: URL): Answer | Promise<Answer> => {
      const elsewhere = away[url.pathname];
      if (elsewhere !== undefined) return { status: 302, headers: { location: elsewhere } };
      if (url.pathname === '/several/gone.txt') return { status: 404, body: 'no' };
      if (url.pathname === '/cut') {
        request.socket.destroy();
        return new Promise(() => undefined);
      }
      if (url.pathname === '/never') return { status: 304 };
      if (url.pathname === '/bomb') return { type: 'text/plain', headers: { 'content-encoding': 'gzip' }, body: bomb };
      if (url.pathname === '/endless') return endless(request.socket);
      const file = files[url.pathname];
      if (file !== undefined) return { type: 'text/plain', headers: { etag: '"1"' }, body: file };
      requests.push(request.headers);
      if (answer !== null) return answer();
      return request.headers['if-none-match'] === '"1"' && text.includes('one') ? { status: 304 } : { type: 'text/plain', headers: { etag: text.includes('one') ? '"1"' : '"2"' }, body: text };
    },
  },
  'plain.test': { pages: { '/list.txt': { type: 'text/plain', body: '||fresh-miner.test^\n' } } },
});

inEachBrowser('lists that a person adds', hosts, (stage) => {
  const url = 'https://lists.test/list.txt';
  const find = (lists: readonly ListInfo[], wanted = url): ListInfo => {
    const found = lists.find((list) => list.url === wanted);
    assert.ok(found, `${wanted} is among the lists`);
    return found;
  };
  const ran = async (): Promise<boolean> => {
    const tab: Page = await stage.browser.newPage();
    await tab.goto('https://shop.test/');
    const answered = await tab.evaluate<[], boolean>('window.ran === true');
    await tab.close();
    return answered;
  };

  /** The card of a list on the Lists page says this. */
  const says = async (id: string, words: string): Promise<void> => {
    const shown: Page = await stage.browser.newPage();
    await shown.goto(stage.browser.extensionUrl('ui/options.html#lists'));
    await until(`the page says: ${words}`, () => shown.evaluate((list: string, said: string) => document.querySelector(`[data-list="${list}"]`)?.textContent.includes(said) === true, id, words));
    await shown.close();
  };

  test('are in force when they have come, without cookies or referrer', { timeout: 120_000 }, async () => {
    requests.length = 0;
    assert.equal(await ran(), true, 'nothing knows these addresses yet');
    text = '! Title: one\n||fresh-miner.test^\n||second-miner.test^\nnonsense$option\n';
    const { lists } = await stage.extension.ask('lists.add', { url, title: '' });
    const list = find(lists);
    assert.deepEqual([list.lastError, list.entries, list.inForce, list.refused, list.held], [null, 2, 2, 1, null]);
    assert.equal(list.enabled, true);
    assert.ok(list.updated !== null && list.nextPull !== null && list.nextPull > Date.now());
    assert.equal(await ran(), false);
    const found = await stage.extension.ask('lists.test', { url: 'https://fresh-miner.test/m.js', from: 'https://shop.test/', kind: 'script' });
    assert.deepEqual(found, { blocked: true, by: 'list', list: list.title, filter: '||fresh-miner.test^', but: '', detail: '' });
    const { problems } = await stage.extension.ask('lists.problems', { id: list.id });
    assert.equal(problems[0]?.line, 4);
    // Nothing that tells one installation from another: not even the address of the extension's own pages.
    const usual = new Set(['host', 'connection', 'accept', 'accept-encoding', 'accept-language', 'user-agent', 'pragma', 'cache-control', 'priority', 'te', 'proxy-connection']);
    const own = new URL(stage.browser.extensionUrl('')).host;
    assert.ok(requests.length > 0);
    for (const headers of requests) {
      const unusual = Object.entries(headers).filter(([name]) => !usual.has(name) && !/^sec-(?:fetch|ch-ua|gpc)/u.test(name));
      assert.deepEqual(unusual, []);
      assert.ok(!JSON.stringify(headers).includes(own));
    }
  });

  test('are asked for conditionally, and "not modified" is no news', async () => {
    const { lists } = await stage.extension.ask('lists.pull', { id: null });
    assert.equal(find(lists).lastError, null);
    assert.equal(requests.at(-1)?.['if-none-match'], '"1"');
    assert.equal(await ran(), false);
  });

  test('are in force after the background was stopped', async () => {
    await stage.browser.stopBackground();
    assert.equal(await ran(), false);
    const { lists } = await stage.extension.ask('lists.get', {});
    assert.equal(find(lists).entries, 2);
  });

  test('are put together of the files that they include, which are fetched again each time', async () => {
    const several = 'https://lists.test/several/list.txt';
    const added = find((await stage.extension.ask('lists.add', { url: several, title: '' })).lists, several);
    assert.deepEqual([added.lastError, added.entries, added.refused], [null, 1, 1]);
    const [problem] = (await stage.extension.ask('lists.problems', { id: added.id })).problems;
    assert.deepEqual([problem?.line, /gone\.txt” that the list includes is not at hand/u.test(problem?.reason ?? '')], [3, true]);
    files['/several/parts/one.txt'] += '||second-miner.test^\n';
    await stage.extension.ask('lists.pull', { id: added.id });
    assert.equal(find((await stage.extension.ask('lists.get', {})).lists, several).entries, 2);
    await stage.extension.ask('lists.remove', { id: added.id });
  });

  test('stay as they were when a page, nothing, or an error comes in their place', async () => {
    const bad: readonly (readonly [string, string, Answer])[] = [
      ['html', 'A web page came instead of a list.', html('<h1>Please log in</h1>')],
      ['html', 'A web page came instead of a list.', { type: 'text/plain', body: '\n<!DOCTYPE html><html>' }],
      ['empty', 'Nothing came.', { type: 'text/plain', body: '\n' }],
      ['status', 'The server answered with an error. (503)', { status: 503, body: 'later' }],
      ['binary', 'What came is not text.', { type: 'text/plain', body: new Uint8Array([1, 0, 2]) }],
    ];
    for (const [word, words, sent] of bad) {
      answer = () => sent;
      const { lists } = await stage.extension.ask('lists.pull', { id: find((await stage.extension.ask('lists.get', {})).lists).id });
      assert.equal(find(lists).lastError, word);
      assert.equal(find(lists).entries, 2);
      await says(find(lists).id, words);
    }
    answer = null;
    assert.equal(await ran(), false, 'the last good state is in force');
  });

  test('that are endless, explode, or are "not modified" without having come are given up', { timeout: 120_000 }, async () => {
    for (const [path, word, words] of [['/endless', 'large', 'The list is too large.'], ['/bomb', 'large', 'The list is too large.'], ['/never', 'unexpected304', 'The server said "not modified" about something that was never fetched.']] as const) {
      const wanted = `https://lists.test${path}`;
      const list = find((await stage.extension.ask('lists.add', { url: wanted, title: path })).lists, wanted);
      assert.deepEqual([list.lastError, list.entries], [word, 0], path);
      await says(list.id, words);
      await stage.extension.ask('lists.remove', { id: list.id });
    }
    assert.equal(await ran(), false, 'the last good state is in force');
  });

  test('whose server is out of reach have that said in words', async () => {
    const wanted = 'https://lists.test/cut';
    const { id, lastError } = find((await stage.extension.ask('lists.add', { url: wanted, title: '' })).lists, wanted);
    assert.equal(lastError, 'network');
    await says(id, 'The server could not be reached. (');
    // Neither a minute without an answer nor a machine without a network can be had here.
    for (const [error, words] of [['timeout', 'The server took too long.'], ['offline', 'The computer is offline.']] as const) {
      await stage.extension.note(id, { error, errorDetail: '' });
      await stage.browser.stopBackground();
      await says(id, words);
    }
    await stage.extension.ask('lists.remove', { id });
  });

  test('that lead to another scheme are not followed there, and the page says so', async () => {
    for (const [path, protocol] of [['/away', 'http:'], ['/ftp', 'ftp:'], ['/file', 'file:'], ['/data', 'data:'], ['/onward', 'ftp:']] as const) {
      const wanted = `https://lists.test${path}`;
      const list = find((await stage.extension.ask('lists.add', { url: wanted, title: path })).lists, wanted);
      assert.deepEqual([list.lastError, list.errorDetail, list.entries], ['redirect', protocol, 0], path);
      await says(list.id, `The server led to an address that is not safe. (${protocol})`);
      await stage.extension.ask('lists.remove', { id: list.id });
    }
    assert.deepEqual(stage.world.hitsOf('plain.test'), [], 'not even asked');
    assert.equal(await ran(), false, 'the last good state is in force');
  });

  test('are held back when they would break the web, until a person accepts', async () => {
    text = '! Title: two\n||fresh-miner.test^\n||github.com^\n';
    const { id } = find((await stage.extension.ask('lists.get', {})).lists);
    const held = find((await stage.extension.ask('lists.pull', { id })).lists);
    assert.deepEqual([held.held?.reason, held.held?.host, held.held?.filter], ['blocks', 'github.com', '||github.com^']);
    assert.equal(held.entries, 2, 'the version before is in force');
    const tested = await stage.extension.ask('lists.test', { url: 'https://github.com/x.js', from: 'https://shop.test/', kind: 'script' });
    assert.equal(tested.blocked, false);
    const accepted = find((await stage.extension.ask('lists.accept', { id })).lists);
    assert.equal(accepted.held, null);
    assert.equal((await stage.extension.ask('lists.test', { url: 'https://github.com/x.js', from: 'https://shop.test/', kind: 'script' })).blocked, true);
  });

  test('can be taken back with one click, and removed', async () => {
    const info = await stage.extension.ask('lists.get', {});
    assert.ok(info.before !== null);
    await stage.extension.ask('lists.rollBack', {});
    assert.equal((await stage.extension.ask('lists.test', { url: 'https://github.com/x.js', from: 'https://shop.test/', kind: 'script' })).blocked, false);
    assert.equal(await ran(), false);
    const { lists } = await stage.extension.ask('lists.remove', { id: find(info.lists).id });
    assert.ok(!lists.some((list) => list.url === url));
    assert.equal(await ran(), true);
  });

  test('are changed by differences where the publisher offers them', async () => {
    const first = '! Title: diff\n! Diff-Path: patches/1.patch#diff\n||fresh-miner.test^\n';
    const second = '! Title: diff\n! Diff-Path: patches/2.patch#diff\n||second-miner.test^\n';
    const sum = createHash('sha1').update(second).digest('hex').slice(0, 10);
    const patch = `diff name:diff lines:4 checksum:${sum}\nd2 2\na3 2\n! Diff-Path: patches/2.patch#diff\n||second-miner.test^\n`;
    const asked: string[] = [];
    stage.world.host('diff.test', {
      handle: (_request, where) => {
        asked.push(where.pathname);
        return where.pathname === '/list.txt' ? { body: first } : where.pathname === '/patches/1.patch' ? { body: patch } : undefined;
      },
    });
    const wanted = 'https://diff.test/list.txt';
    const { id } = find((await stage.extension.ask('lists.add', { url: wanted, title: '' })).lists, wanted);
    asked.length = 0;
    const list = find((await stage.extension.ask('lists.pull', { id })).lists, wanted);
    assert.deepEqual([list.lastError, list.entries], [null, 1]);
    assert.deepEqual(asked, ['/patches/1.patch', '/patches/2.patch']);
    const test = async (host: string): Promise<boolean> => (await stage.extension.ask('lists.test', { url: `https://${host}/`, from: '', kind: 'script' })).blocked;
    assert.deepEqual([await test('fresh-miner.test'), await test('second-miner.test')], [false, true]);
    await stage.extension.ask('lists.remove', { id });
  });

  test('come by themselves when they are due, also after the background was stopped', { timeout: 120_000 }, async () => {
    text = '! Title: one\n||second-miner.test^\n';
    const { id } = find((await stage.extension.ask('lists.add', { url, title: '' })).lists);
    text = '! Title: two\n||fresh-miner.test^\n||second-miner.test^\n';
    await stage.extension.makeDue(id);
    await stage.browser.stopBackground();
    await stage.extension.ask('lists.get', {});
    await until('it has come', async () => find((await stage.extension.ask('lists.get', {})).lists).entries === 2, { within: 90_000, every: 1_000 });
    assert.equal(await ran(), false);
    await stage.extension.ask('lists.remove', { id });
  });

  test('are compiled anew where what was made of them is damaged', async () => {
    text = '! Title: one\n||fresh-miner.test^\n||second-miner.test^\n';
    const { id } = find((await stage.extension.ask('lists.add', { url, title: '' })).lists);
    const changed = await stage.extension.evaluate<[], number>(async () => {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open('lists');
        request.onsuccess = () => done(request.result);
      });
      const values = database.transaction('values', 'readwrite').objectStore('values');
      const keys = await new Promise<IDBValidKey[]>((done) => {
        const request = values.getAllKeys();
        request.onsuccess = () => done(request.result);
      });
      const engines = keys.filter((key) => String(key).startsWith('engine:'));
      for (const key of engines) values.put(new Uint8Array([1, 2, 3]), key);
      await new Promise((done) => values.transaction.addEventListener('complete', done));
      database.close();
      return engines.length;
    });
    assert.ok(changed > 0);
    await stage.browser.stopBackground();
    const tested = async (host: string): Promise<boolean> => (await stage.extension.ask('lists.test', { url: `https://${host}/x.js`, from: 'https://shop.test/', kind: 'script' })).blocked;
    assert.equal(await tested('coinhive.com'), true, 'the package is in force meanwhile');
    await until('they are in force again', () => tested('fresh-miner.test'));
    assert.equal(await ran(), false);
    // And a store that was edited by hand: the text of the list is gone, and the browser is told nothing of it.
    await stage.extension.evaluate<[string], boolean>(async (list: string) => {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open('lists');
        request.onsuccess = () => done(request.result);
      });
      const values = database.transaction('values', 'readwrite').objectStore('values');
      values.delete(IDBKeyRange.bound(`text:${list}:`, `text:${list}:~`));
      await new Promise((done) => values.transaction.addEventListener('complete', done));
      database.close();
      return true;
    }, id);
    await stage.browser.stopBackground();
    await until('that is said', async () => (await stage.extension.ask('about.get', {})).problems.some(({ detail }) => detail.includes(`what is kept of the lists was damaged; it is put together anew, and fetched again: ${id}`)));
    assert.equal(await tested('coinhive.com'), true, 'the package is in force');
    await stage.extension.ask('lists.pull', { id });
    assert.equal(await tested('fresh-miner.test'), true, 'and the list, when it was fetched again');
    await stage.extension.ask('lists.remove', { id });
  });

  test("a person's own filters work at once, and wrong lines are named", async () => {
    const { problems } = await stage.extension.ask('own.set', { text: '! mine\n||fresh-miner.test^\n||second-miner.test^\n||x.test^$nonsense\n' });
    assert.deepEqual(problems.map(({ line }) => line), [4]);
    await until('they are in force', async () => !(await ran()));
    assert.equal((await stage.extension.ask('own.get', {})).text.includes('||fresh-miner.test^'), true);
    await stage.extension.ask('own.set', { text: '' });
    assert.equal(await ran(), true);
  });
});
