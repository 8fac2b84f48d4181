// The scriptlets: which calls are for a page, what they look for, and what they do to a property.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scriptletFiles } from '../../build/scriptlets.mjs';
import { scriptlets } from '../src/background/guard.js';
import { abortOnPropertyRead } from '../src/guard/scriptlets/abort-on-property-read.js';
import { abortOnPropertyWrite } from '../src/guard/scriptlets/abort-on-property-write.js';
import { applicable, type Call } from '../src/guard/scriptlets/call.js';
import { conditions, expression, holds, needle, negatable } from '../src/guard/scriptlets/needle.js';
import { noFetchIf } from '../src/guard/scriptlets/no-fetch-if.js';
import { nowebrtc } from '../src/guard/scriptlets/nowebrtc.js';
import { setConstant } from '../src/guard/scriptlets/set-constant.js';
import { answerOf, carried, carrying } from '../src/shared/scriptlets.js';
import type { SiteRule } from '../src/shared/model.js';

const call = (on: string[], part: Partial<Call> = {}): Call => ({ name: 'abort-on-property-read', args: ['x'], on, not_on: [], exception: false, ...part });
const page = globalThis as unknown as Record<string, unknown>;

describe('which calls are for a host', () => {
  const on = (calls: Call[], host: string): number => applicable(calls, host).length;

  test('hosts with their subdomains, and the nearest entry decides', () => {
    const calls = [call(['a.test', 'c.b.a.test'], { not_on: ['b.a.test'] })];
    for (const [host, count] of [['a.test', 1], ['www.a.test', 1], ['b.a.test', 0], ['x.b.a.test', 0], ['c.b.a.test', 1], ['notasite.test', 0], ['aa.test', 0], ['', 0]] as const) assert.equal(on(calls, host), count, host);
  });

  test('everywhere, but for some', () => {
    const calls = [call([], { not_on: ['a.test'] })];
    assert.deepEqual([on(calls, 'b.test'), on(calls, 'x.a.test')], [1, 0]);
  });

  test('any ending, and expressions', () => {
    const calls = [call(['shop.*', '/^cdn[0-9]+\\.test$/'])];
    for (const [host, count] of [['shop.com', 1], ['www.shop.de', 1], ['shop.co.uk', 1], ['shop.evil.com', 0], ['workshop.com', 0], ['cdn7.test', 1], ['cdnx.test', 0]] as const) assert.equal(on(calls, host), count, host);
  });

  test('exceptions take back one call, or all; the same call counts once', () => {
    const twice = [call(['a.test']), call(['a.test'])];
    assert.equal(on(twice, 'a.test'), 1);
    assert.equal(on([...twice, call(['a.test'], { exception: true })], 'a.test'), 0);
    assert.equal(on([...twice, call(['a.test'], { exception: true, args: ['y'] })], 'a.test'), 1);
    assert.equal(on([...twice, call(['www.a.test'], { exception: true, name: null, args: [] })], 'www.a.test'), 0);
    assert.equal(on([...twice, call(['www.a.test'], { exception: true, name: null, args: [] })], 'a.test'), 1);
  });
});

describe('what is looked for', () => {
  test('texts, expressions with flags, and the opposite', () => {
    assert.equal(expression('/path/to'), null);
    assert.equal(expression('/(/'), null, 'no expression: no test, and no error');
    for (const [wanted, text, found] of [['a.b', 'xa.bx', true], ['a.b', 'aab', false], ['/a.B/i', 'AAb', true], ['/^x/g', 'xx', true], ['', 'anything', true]] as const) {
      const asked = needle(wanted);
      assert.deepEqual([asked(text), asked(text)], [found, found], wanted);
    }
    assert.equal(negatable('!a')('b'), true);
  });

  test('conditions of a request all have to hold', () => {
    const ask = (text: string, properties: Record<string, string>): boolean => holds(conditions(text), (key) => properties[key]);
    assert.equal(ask('pool method:POST', { url: '/pool', method: 'POST' }), true);
    assert.equal(ask('pool method:POST', { url: '/pool', method: 'GET' }), false);
    assert.equal(ask('pool method:POST', { url: '/pool' }), false, 'what is missing does not fit');
    assert.equal(ask('pool method:!POST', { url: '/pool' }), true);
    assert.equal(ask('https://a.test/x', { url: 'https://a.test/xy' }), true, 'an address is no property');
    assert.equal(ask('/a|b/ /c/', { url: 'b c' }), true);
  });
});

describe('properties', () => {
  test('reading ends the script; what is missing of the chain is waited for', () => {
    abortOnPropertyRead(['testReadA']);
    assert.throws(() => page['testReadA'], ReferenceError);
    page['testReadA'] = 1;
    assert.throws(() => page['testReadA'], ReferenceError);
    abortOnPropertyRead(['testReadB.inner.last']);
    assert.equal(page['testReadB'], undefined);
    page['testReadB'] = { inner: null, beside: 2 };
    const outer = page['testReadB'] as { inner: { last?: number; other: number } | null; beside: number };
    outer.inner = { last: 1, other: 3 };
    assert.equal(outer.beside + (outer.inner?.other ?? 0), 5);
    assert.throws(() => outer.inner?.last, ReferenceError);
  });

  test('writing ends the script; a chain has to be there', () => {
    page['testWrite'] = { kept: 1 };
    abortOnPropertyWrite(['testWrite.gone']);
    abortOnPropertyWrite(['testWrite.missing.deep']);
    const owner = page['testWrite'] as { gone?: number; kept: number };
    assert.throws(() => (owner.gone = 1), ReferenceError);
    assert.equal(owner.gone, undefined);
    owner.kept = 2;
  });

  test('fixed values, by every name that lists can use', () => {
    const values: readonly (readonly [string, unknown])[] = [
      ['false', false], ['true', true], ['null', null], ['undefined', undefined], ['', ''], ["''", ''], ['emptyStr', ''], ['12', 12], ['-1', -1], ['yes', 'yes'],
    ];
    for (const [index, [raw, value]] of values.entries()) {
      setConstant([`testSet${index}`, raw]);
      assert.equal(page[`testSet${index}`], value, raw);
    }
    for (const [index, raw] of ['emptyArr', '[]', 'emptyObj', '{}'].entries()) {
      setConstant([`testEmpty${index}`, raw]);
      assert.deepEqual(page[`testEmpty${index}`], index < 2 ? [] : {}, raw);
    }
    const results = { noopFunc: undefined, trueFunc: true, falseFunc: false };
    for (const [raw, result] of Object.entries(results)) {
      setConstant([`test.${raw}.run`, raw]);
      page['test'] ??= {};
      (page['test'] as Record<string, object>)[raw] = {};
      const { run } = (page['test'] as Record<string, { run: () => unknown }>)[raw]!;
      assert.equal(run(), result, raw);
      assert.equal(run.toString(), 'function run() { [native code] }');
      assert.equal(run.name, 'run');
    }
    setConstant(['testThrow', 'throwFunc']);
    assert.throws(() => (page['testThrow'] as () => void)());
  });

  test('a value of another type is left alone, before and after', () => {
    page['testType'] = 'text';
    setConstant(['testType', 'true']);
    assert.equal(page['testType'], 'text');
    setConstant(['testLater', 'true']);
    page['testLater'] = false;
    assert.equal(page['testLater'], true);
    page['testLater'] = { an: 'object' };
    assert.deepEqual(page['testLater'], { an: 'object' });
  });

  test('WebRTC becomes a connection that leads nowhere', () => {
    page['RTCPeerConnection'] = class { createDataChannel(): string { return 'real'; } };
    const { prototype } = page['RTCPeerConnection'] as { prototype: { createDataChannel(): object } };
    nowebrtc();
    const made = new (page['RTCPeerConnection'] as new (options: object) => { createDataChannel(name: string): unknown; close(): void })({});
    assert.equal(made.createDataChannel('x'), undefined);
    assert.deepEqual(Object.keys(prototype.createDataChannel()), ['close', 'send']);
  });
});

test('fetch answers what fits with nothing; two calls add up', async () => {
  const asked: string[] = [];
  page['fetch'] = async (resource: string | Request): Promise<Response> => {
    asked.push(typeof resource === 'string' ? resource : resource.url);
    return new Response('real');
  };
  noFetchIf(['pool.test method:POST']);
  noFetchIf(['tracker']);
  const answer = await fetch('https://pool.test/', { method: 'POST' });
  assert.deepEqual([answer.status, await answer.text(), answer.url], [200, '', 'https://pool.test/']);
  assert.equal(await (await fetch(new Request('https://pool.test/', { method: 'POST' }))).text(), '');
  assert.equal(await (await fetch('https://a.test/tracker')).text(), '');
  assert.equal(await (await fetch('https://pool.test/')).text(), 'real');
  assert.deepEqual(asked, ['https://pool.test/']);
});

describe('scripts for pages', () => {
  const calls = [call(['b.test', 'a.test']), call(['x.*']), call([], { exception: true, name: null, args: [] })];

  test('hosts apart from what is for everywhere; no calls, no scripts', async () => {
    const files = await scriptletFiles('chromium', calls);
    assert.deepEqual([...files.keys()], ['scriptlets.json', 'scriptlets.js', 'scriptlets-wide.js', 'scriptlets-followed.js', 'scriptlets-calls.js']);
    assert.deepEqual(JSON.parse(files.get('scriptlets.json') ?? ''), { hosts: ['a.test', 'b.test'], wide: true });
    assert.ok(!(files.get('scriptlets.js') ?? '').includes('"x.*"'));
    assert.deepEqual([...(await scriptletFiles('firefox', [])).keys()], ['scriptlets.json', 'scriptlets-followed.js', 'scriptlets-calls.js']);
  });

  test('registered for those hosts alone, and not where nothing is to be stopped', () => {
    const rule = (name: string, policy: SiteRule['policy'], scope: SiteRule['scope'] = 'site'): SiteRule => ({ name, scope, policy, until: null, since: 0, by: 'person' });
    const sites = { hosts: ['a.test'], wide: false };
    assert.deepEqual(scriptlets([], null, { hosts: [], wide: false }), []);
    assert.deepEqual(scriptlets([], 'forever', sites), []);
    const [only, ...none] = scriptlets([rule('open.test', 'allow'), rule('seen.test', 'monitor'), rule('hard.test', 'strict')], null, sites);
    assert.deepEqual(none, []);
    assert.deepEqual(only?.matches, ['*://*.a.test/*']);
    assert.deepEqual(only?.excludeMatches, ['*://*.open.test/*', '*://*.seen.test/*']);
    assert.equal(only?.world, 'MAIN');
    const inside = scriptlets([rule('open.test', 'allow'), rule('www.open.test', 'protect', 'host')], null, sites)[1];
    assert.deepEqual([inside?.matches, inside?.excludeMatches], [['*://www.open.test/*'], []]);
  });

  test('those of followed lists likewise, with their calls brought from the extension', () => {
    const rules: SiteRule[] = [{ name: 'open.test', scope: 'site', policy: 'allow', until: null, since: 0, by: 'person' }];
    const none = { hosts: [], wide: false };
    const followed = { calls: '[{"args":["?&#"]}]', hosts: ['a.test'], wide: false };
    const [run, bring, ...more] = scriptlets(rules, null, none, followed);
    assert.deepEqual(more, []);
    assert.deepEqual([run?.world, run?.js, bring?.world, bring?.js], ['MAIN', ['scriptlets-followed.js'], 'ISOLATED', ['scriptlets-calls.js']]);
    for (const one of [run, bring]) assert.deepEqual([one?.matches, one?.excludeMatches], [['*://*.a.test/*'], ['*://*.open.test/*']]);
    assert.deepEqual(scriptlets(rules, null, none, { ...followed, wide: true })[0]?.matches, ['<all_urls>']);
    assert.deepEqual(scriptlets(rules, null, none, { ...followed, calls: '' }), []);
    assert.deepEqual(scriptlets(rules, 'forever', none, followed), []);
  });

  test('calls survive the way in an address', () => {
    const calls = JSON.stringify([{ args: ['a?b#c&d%20', 'ü "\u2028"', '/^x$/'] }]);
    assert.equal(carried(`moz-extension://x/${carrying(calls)}`), calls);
    assert.equal(carried('moz-extension://x/scriptlets-calls.js'), '');
    assert.match(answerOf(calls).to, /^\/neutral\/noop\.txt\?[\w%!'()*.~-]+$/u);
  });
});
