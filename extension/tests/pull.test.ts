// What a server can do wrong, or do on purpose: each is a plain reason, within bounds of size and time.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { after, before, beforeEach, describe, test } from 'node:test';
import { news, type ChannelSettings } from '../src/background/channel.js';
import { bounds, mayFetch, pull, PullError, type Means, type Source } from '../src/background/pull.js';
import * as schedule from '../src/background/schedule.js';
import { familyName, familyWords } from '../src/shared/families.js';
import { readLink } from '../src/shared/subscribe.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answers: Record<string, Answer> = {};
let asked: IncomingMessage[] = [];
const server = createServer((request, response) => {
  asked.push(request);
  response.on('error', () => undefined);
  const answer = answers[request.url ?? ''];
  if (answer === undefined) response.writeHead(404).end('no');
  else answer(request, response);
});
let base = '';

before(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  answers = {};
  asked = [];
});

const send = (body: string | Buffer, headers: Record<string, string> = {}, status = 200): Answer => (_request, response) => void response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
const means: Means = {
  fetch: (url, init) => fetch(url, init),
  patch: (text, patch, name) => (patch.startsWith('bad') ? Promise.reject(new Error('the difference does not fit this version')) : Promise.resolve(`${patch}${name}|${text}`)),
  diffPath: (text) => /^next:(\S+)/u.exec(text)?.[1] ?? '',
};
const source = (part: Partial<Source> = {}): Source => ({ urls: [`${base}/list`], etag: '', lastModified: '', text: '', diffPath: '', whole: true, ...part });

async function refusal(part: Partial<Source> = {}, more: Partial<Means> = {}): Promise<string> {
  try {
    await pull(source(part), { ...means, ...more });
  } catch (error) {
    assert.ok(error instanceof PullError, String(error));
    return error.code;
  }
  return 'accepted';
}

describe('pulling a list', () => {
  test('a list comes, with what the server says of its version, and tells nothing about us', async () => {
    answers['/list'] = send('||a.test^\n', { etag: '"7"', 'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT' });
    const found = await pull(source(), means);
    assert.deepEqual(found, { text: '||a.test^\n', etag: '"7"', lastModified: 'Sun, 06 Nov 1994 08:49:37 GMT', bytes: 10, how: 'whole', files: 0 });
    const headers = asked[0]?.headers ?? {};
    for (const name of ['cookie', 'referer', 'authorization', 'if-none-match']) assert.equal(headers[name], undefined, name);
  });

  test('what did not change is not fetched again', async () => {
    answers['/list'] = (request, response) => void (request.headers['if-none-match'] === '"7"' && request.headers['if-modified-since'] === 'x' ? response.writeHead(304).end() : response.writeHead(200).end('new'));
    const found = await pull(source({ text: 'old', etag: '"7"', lastModified: 'x' }), means);
    assert.deepEqual([found.text, found.how, found.etag], [null, 'same', '"7"']);
    assert.equal((await pull(source({ text: 'old', etag: '"6"' }), means)).text, 'new');
  });

  test('files that it includes take the place of their lines, and its tags do not speak for them', async () => {
    answers['/lists/main'] = send('! Title: main\r\n!#include parts/one.txt\r\n!#if env_firefox\n!#include two.txt\n!#endif\n||main.test^', { etag: '"1"', 'last-modified': 'x' });
    answers['/lists/parts/one.txt'] = send('\uFEFF! Title: one\n!#include parts/deeper.txt\n||one.test^');
    answers['/lists/parts/deeper.txt'] = send('||deeper.test^');
    answers['/lists/two.txt'] = send('!#if env_chromium\n||two.test^');
    const found = await pull(source({ urls: [`${base}/lists/main`] }), means);
    assert.deepEqual(found.text?.split(/\r?\n/u), [
      '! Title: main', '! Title: one', '||deeper.test^', '||one.test^', '!#if env_firefox', '!#if env_chromium', '||two.test^', '!#endif', '!#endif', '||main.test^',
    ]);
    assert.deepEqual([found.etag, found.lastModified, found.files], ['', '', 3]);
  });

  test('what it may not include, or what is not there, keeps its line', async () => {
    const text = '!#include ../above\n!#include /list\n!#include https://elsewhere.test/list\n!#include a/../../b\n!#include gone.txt\n||main.test^';
    answers['/lists/main'] = send(text);
    assert.equal((await pull(source({ urls: [`${base}/lists/main`] }), means)).text, text);
    assert.deepEqual(asked.map(({ url }) => url), ['/lists/main', '/lists/gone.txt']);
  });

  test('a file that does not come, or is too much with the others, fails the list as a whole', async () => {
    answers['/list'] = send('!#include one.txt\n!#include two.txt');
    answers['/one.txt'] = send('||one.test^');
    answers['/two.txt'] = send('later', {}, 503);
    assert.equal(await refusal(), 'status');
    answers['/one.txt'] = answers['/two.txt'] = send('a'.repeat(bounds.list / 2));
    assert.equal(await refusal(), 'large');
  });

  test('a file that includes itself comes to an end', async () => {
    answers['/list'] = send('!#include list\n!#include list');
    const found = await pull(source(), means);
    assert.ok(asked.length <= 101, String(asked.length));
    assert.match(found.text ?? '', /^!#include list/u);
  });

  const bad: readonly (readonly [string, string, Answer])[] = [
    ['a page with its type', 'html', send('hello', { 'content-type': 'text/html; charset=utf-8' })],
    ['a page that calls itself text', 'html', send('\n <!DOCTYPE html><title>Sign in')],
    ['nothing', 'empty', send(' \n')],
    ['bytes', 'binary', send(Buffer.from([65, 0, 66]))],
    ['an error', 'status', send('later', {}, 503)],
    ['nothing new where nothing is old', 'unexpected304', send('', {}, 304)],
    ['a length beyond all bounds', 'large', (_request, response) => void response.writeHead(200, { 'content-length': String(bounds.list + 1) }).write('a')],
    ['a body without end', 'large', (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20, '||a.test^\n')));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    }],
    ['a bomb', 'large', send(gzipSync(Buffer.alloc(bounds.list * 4, 'a')), { 'content-encoding': 'gzip' })],
    ['a broken compression', 'network', send('not gzip', { 'content-encoding': 'gzip' })],
    ['a connection that is cut', 'network', (_request, response) => void response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())],
    ['itself for ever', 'network', (_request, response) => void response.writeHead(302, { location: '/list' }).end()],
  ];
  for (const [name, code, answer] of bad) {
    test(`${name}: ${code}`, async () => {
      answers['/list'] = answer;
      assert.equal(await refusal(), code);
    });
  }

  test('a server that never ends its answer is given up', async () => {
    answers['/list'] = (_request, response) => void response.writeHead(200).write('||a.test^\n');
    assert.equal(await refusal({}, { time: 50 }), 'timeout');
  });

  test('what came from an unencrypted address is not used', async () => {
    const elsewhere: Means['fetch'] = async (_url, init) => {
      const response = await fetch(`${base}/list`, init);
      Object.defineProperty(response, 'url', { value: 'http://elsewhere.test/list' });
      return response;
    };
    answers['/list'] = send('||a.test^\n');
    assert.equal(await refusal({}, { fetch: elsewhere }), 'redirect');
    for (const url of ['http://a.test/', 'ftp://a.test/', 'data:text/plain,a', 'file:///a', 'https://user:word@a.test/', 'nonsense']) {
      assert.equal(mayFetch(url), false, url);
      assert.equal(await refusal({ urls: [url] }), 'address');
    }
    assert.equal(mayFetch('https://a.test/'), true);
  });

  test('where a server leads to another scheme, that is said, and nothing is fetched from there', async () => {
    for (const location of ['ftp://127.0.0.1/list', 'file:///etc/passwd', 'data:text/plain,||a.test^', 'http://elsewhere.test/list']) {
      answers['/list'] = (_request, response) => void response.writeHead(302, { location }).end();
      let watching = 0;
      const led: Partial<Means> = {
        watch: (url, found) => {
          assert.equal(url, `${base}/list`);
          watching += 1;
          queueMicrotask(() => found(location));
          return () => (watching -= 1);
        },
      };
      await assert.rejects(pull(source(), { ...means, ...led }), (error) => error instanceof PullError && error.code === 'redirect' && error.detail === new URL(location).protocol, location);
      assert.equal(watching, 0, 'nothing is watched any more');
    }
  });

  test('mirrors are tried in their order; the publisher is the one whose error counts', async () => {
    answers['/mirror'] = send('mirrored');
    const urls = [`${base}/list`, `${base}/gone`, `${base}/mirror`];
    assert.equal((await pull(source({ urls, text: 'old', etag: '"7"' }), means)).text, 'mirrored');
    assert.deepEqual(asked.map(({ url, headers }) => [url, headers['if-none-match']]), [['/list', '"7"'], ['/gone', undefined], ['/mirror', undefined]]);
    answers['/list'] = send('', {}, 500);
    delete answers['/mirror'];
    await assert.rejects(pull(source({ urls }), means), /status: 500/u);
  });
});

describe('differences', () => {
  test('are followed one after the other', async () => {
    answers['/patches/1'] = send('next:patches/2 ');
    answers['/patches/2'] = send('');
    const found = await pull(source({ text: 'text', diffPath: 'patches/1#mine' }), means);
    assert.deepEqual([found.how, found.text], ['patch', 'next:patches/2 mine|text']);
    assert.deepEqual(asked.map(({ url }) => url), ['/patches/1', '/patches/2']);
  });

  test('that are not there yet are no news until the whole list is due', async () => {
    answers['/list'] = send('whole');
    const none: readonly (Answer | undefined)[] = [undefined, send('', {}, 204), send('', {}, 410), send('')];
    for (const answer of none) {
      if (answer !== undefined) answers['/patches/1'] = answer;
      assert.equal((await pull(source({ text: 'text', diffPath: 'patches/1', whole: false }), means)).how, 'same');
      assert.equal((await pull(source({ text: 'text', diffPath: 'patches/1' }), means)).text, 'whole');
    }
  });

  test('that do not fit, or lead elsewhere, are left alone, and the whole list comes', async () => {
    answers['/list'] = send('whole');
    answers['/patches/1'] = send('bad');
    for (const diffPath of ['patches/1', 'patches/1#%', 'http://elsewhere.test/p', 'file:///etc/passwd']) {
      for (const whole of [true, false]) assert.equal((await pull(source({ text: 'text', diffPath, whole }), means)).text, 'whole');
    }
  });

  test('come from a mirror where the publisher fails; where all fail, that is said', async () => {
    answers['/list'] = answers['/patches/1'] = send('later', {}, 503);
    answers['/m/patches/1'] = send('mirrored ');
    const urls = [`${base}/list`, `${base}/m/list`];
    assert.equal((await pull(source({ urls, text: 'text', diffPath: 'patches/1#n', whole: false }), means)).text, 'mirrored n|text');
    answers['/m/patches/1'] = answers['/m/list'] = send('later', {}, 503);
    assert.equal(await refusal({ urls, text: 'text', diffPath: 'patches/1', whole: false }), 'status');
  });
});

describe('our channel', () => {
  const open = (body: Uint8Array<ArrayBuffer>): Promise<{ version: number; created: number; expires: number; files: Record<string, Uint8Array<ArrayBuffer>> }> => {
    const text = new TextDecoder().decode(body);
    return text.startsWith('good ') ? Promise.resolve({ version: Number(text.slice(5)), created: 0, expires: 1, files: {} }) : Promise.reject(new Error(text));
  };
  const tagged = (version: string): { etag: string; lastModified: string } => ({ etag: `"${version}"`, lastModified: '' });
  const settings = (): ChannelSettings => ({ url: `${base}/channel`, keys: ['k'] });
  const ask = async (state: Partial<Parameters<typeof news>[1]> = {}, now = Date.now()): Promise<{ version: number | null; tags: { etag: string; lastModified: string }; how?: string }> =>
    news(settings(), { installed: null, newest: null, tags: { etag: '', lastModified: '' }, ...state }, { fetch: means.fetch, work: { open: open as never }, now: () => now });

  test('the difference is asked for first, the whole file only where there is none', async () => {
    answers['/channel/lists.nomine'] = send('good 9', { etag: '"9"' });
    answers['/channel/7.delta'] = send('good 8');
    assert.deepEqual([(await ask())?.version, (await ask())?.how], [9, 'whole']);
    const installed = { version: 7, files: {} };
    assert.deepEqual([(await ask({ installed, newest: 7 }))?.version, (await ask({ installed, newest: 7 }))?.how], [8, 'delta']);
    // After a rollback the installed version is not the newest one that was seen.
    assert.equal((await ask({ installed, newest: 8 }))?.how, 'whole');
    answers['/channel/7.delta'] = send('it is not signed by a key that this build trusts, or it was changed');
    assert.equal((await ask({ installed, newest: 7 }))?.version, 9);
  });

  test('after a delta, a few bytes of the whole file tell that there is nothing newer', async () => {
    const file = (version: number): string => `NOMINE\u001aB..untrusted comment: x\nRUQ\ntrusted comment: nomine lists\tversion:${version}\tcreated:1\nsig\n${'z'.repeat(5_000)}`;
    let now = 8;
    answers['/channel/lists.nomine'] = (request, response) => {
      const part = request.headers.range === 'bytes=0-1023';
      response.writeHead(part ? 206 : 200, { etag: `"${now}"` }).end(part ? file(now).slice(0, 1_024) : `good ${now}`);
    };
    const installed = { version: 8, files: {} };
    assert.deepEqual(await ask({ installed, newest: 8 }), { version: null, tags: tagged('8') });
    assert.deepEqual(asked.map(({ url, headers }) => [url, headers.range]), [['/channel/8.delta', undefined], ['/channel/lists.nomine', 'bytes=0-1023']]);
    now = 9;
    assert.equal((await ask({ installed, newest: 8 })).version, 9);
    // A part that nobody asked for is no answer.
    answers['/channel/lists.nomine'] = send('part', {}, 206);
    await assert.rejects(ask(), /status: 206/u);
  });

  test('what is not news is no error; what is a lie is one, with its words', async () => {
    answers['/channel/lists.nomine'] = send('', {}, 304);
    assert.deepEqual(await ask({ newest: 7, tags: tagged('7') }), { version: null, tags: tagged('7') });
    await assert.rejects(ask({ newest: 7 }), /unexpected304/u);
    answers['/channel/lists.nomine'] = send('version 7 is not newer than version 7, which was installed already');
    await assert.rejects(ask({ newest: 8 }), /refused: version 7/u);
    answers['/channel/lists.nomine'] = send('version 7 is not newer than version 7, which was installed already', { etag: '"7"' });
    assert.deepEqual(await ask({ installed: { version: 7, files: {} }, newest: 7 }), { version: null, tags: tagged('7') }, 'so that it is not fetched again');
    assert.deepEqual(await ask({ installed: { version: 6, files: {} }, newest: 7 }), { version: null, tags: tagged('7') }, 'a person went back from it');
    answers['/channel/lists.nomine'] = send('version 8 is not newer than version 8, which was installed already');
    await assert.rejects(ask({ newest: 9 }), /refused/u);
  });

  test('what the server said of its file is said back to it, by tag and by time', async () => {
    const time = 'Sun, 06 Nov 1994 08:49:37 GMT';
    answers['/channel/lists.nomine'] = (request, response) => {
      const known = request.headers['if-none-match'] === '"9"' || request.headers['if-modified-since'] === time;
      if (known) response.writeHead(304).end();
      else response.writeHead(200, { 'last-modified': time }).end('good 9');
    };
    const { version, tags } = await ask();
    assert.deepEqual([version, tags], [9, { etag: '', lastModified: time }]);
    assert.deepEqual(await ask({ newest: 9, tags }), { version: null, tags });
    assert.equal((await ask({ newest: 9, tags: tagged('9') })).version, null);
    assert.deepEqual(asked.map(({ headers }) => [headers['if-none-match'], headers['if-modified-since']]), [[undefined, undefined], [undefined, time], ['"9"', undefined]]);
  });

  test('a clock that is far off is named', async () => {
    answers['/channel/lists.nomine'] = send('it ended 900 days ago by this computer\'s clock');
    await assert.rejects(ask({}, Date.now() + 1_000 * 86_400_000), /clock differs from the server's by more than a day/u);
    await assert.rejects(ask(), (error) => error instanceof PullError && !error.detail.includes('differs'));
  });
});

describe('when', () => {
  const hour = 3_600_000;
  test('expiry is kept to sensible bounds, and spread', () => {
    assert.equal(schedule.afterSuccess(0, 96, null, 0), 96 * hour);
    assert.equal(schedule.afterSuccess(0, 96, null, 1), Math.round(1.2 * 96 * hour));
    assert.equal(schedule.afterSuccess(0, 0, null, 0), 6 * hour);
    assert.equal(schedule.afterSuccess(0, 99_999, null, 0), 720 * hour);
  });
  test('differences come when the list says so (`Diff-Expires`), else every six hours, and no later than the whole', () => {
    const waits = [0, 2, 12, 500].map((hours) => schedule.afterSuccess(0, 96, hours, 0) / hour);
    assert.deepEqual(waits, [6, 2, 12, 96]);
    assert.equal(schedule.afterSuccess(0, 96, 0.1, 0), hour, 'not every few minutes');
  });
  test('where volume is paid, a list that is due waits, but not for ever', () => {
    const last = 1_000 * hour;
    assert.equal(schedule.afterMetered(last + 96 * hour, last, 96, 0), last + 102 * hour);
    assert.equal(schedule.afterMetered(last + 384 * hour, last, 96, 0), null);
    assert.equal(schedule.afterMetered(last, null, 96, 0), null, 'what never came comes');
  });
  test('the whole list is due after its time, also where the clock was far ahead', () => {
    const last = 1_000 * hour;
    assert.deepEqual([95, 96].map((hours) => schedule.wholeDue(last + hours * hour, last, 96)), [false, true]);
    assert.equal(schedule.wholeDue(last - 96 * hour, last, 96), true);
    assert.equal(schedule.wholeDue(last, null, 96), true);
  });
  test('failures wait longer and longer, up to a day', () => {
    const waits = [1, 2, 3, 8, 500].map((failures) => schedule.afterFailure(0, failures, 0) / hour);
    assert.deepEqual(waits, [0.25, 0.5, 1, 24, 24]);
  });
  test('a time that a wrong clock set is not believed', () => {
    const day = 24 * hour;
    assert.equal(schedule.sensible(36 * day, 0, 0), true);
    assert.equal(schedule.sensible(37 * day, 0, 0), false);
    assert.equal(schedule.sensible(36 * day, null, 0), true);
    assert.equal(schedule.sensible(10 * day, 9 * day, 0), false, 'tried in the future');
  });
});

test('families are called as an update says, in the language of the browser', () => {
  const words = familyWords({ Zebra: { en: 'Zebra, a miner', de: 'Zebra, ein Schürfer' } });
  assert.equal(familyName(words, 'Zebra', 'de-AT'), 'Zebra, ein Schürfer');
  assert.equal(familyName(words, 'Zebra', 'fr'), 'Zebra, a miner');
  assert.equal(familyName(words, 'Okapi', 'de'), 'Okapi');
  assert.equal(familyName(words, 'constructor', 'de'), 'constructor');
  assert.throws(() => familyWords({ Zebra: 'x' }));
});

test('links that offer a list are read, others not', () => {
  const link = { url: 'https://a.test/l.txt', title: 'A list' };
  for (const text of ['abp:subscribe?location=https%3A%2F%2Fa.test%2Fl.txt&title=A%20list', 'abp:///subscribe?location=https://a.test/l.txt&title=A%20list', ' https://subscribe.adblockplus.org/?location=https://a.test/l.txt&title=A%20list']) {
    assert.deepEqual(readLink(text), link, text);
  }
  for (const text of ['', 'https://a.test/l.txt', 'abp:subscribe', 'abp:delete?location=https://a.test/', 'javascript:1']) assert.equal(readLink(text), null, text);
});
