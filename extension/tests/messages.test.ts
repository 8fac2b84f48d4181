// What enters by messages is read strictly; reports of the guard are bounded.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { payloads, requestName } from '../src/shared/messages.js';
import { record, string } from '../src/shared/read.js';
import { guardInspect, guardReport, guardText, limits, longestText, siteRule } from '../src/shared/schema.js';

const report = { type: 'guard.report', subject: 'module', url: 'https://a.test/x.wasm', frameUrl: 'https://a.test/', outcome: 'block', how: 'content', family: 'CryptoNight', algorithm: 'cn/r', confidence: 97, evidence: [{ signature: 's', detail: 'd', weight: 60, place: { function: 3, offset: null } }] };

describe('messages', () => {
  test('unknown requests and wrong payloads are refused', () => {
    for (const name of ['', 'constructor', '__proto__', 'site.setx', 7, null]) assert.throws(() => requestName(name), String(name));
    const wrong: [keyof typeof payloads, unknown][] = [
      ['tab.state', {}],
      ['tab.state', { tabId: '1' }],
      ['site.set', { name: 'a.test', scope: 'site', policy: 'allow' }],
      ['site.set', { name: 'A.test', scope: 'site', policy: 'allow', until: null }],
      ['site.set', { name: 'a.test/..', scope: 'site', policy: 'allow', until: null }],
      ['site.set', { name: '*', scope: 'site', policy: 'allow', until: null }],
      ['site.set', { name: 'a.test', scope: 'web', policy: 'allow', until: null }],
      ['site.set', { name: 'a.test', scope: 'site', policy: 'explode', until: null }],
      ['site.set', { name: 'a.test', scope: 'site', policy: 'allow', until: Number.NaN }],
      ['site.set', { name: 'a.test', scope: 'site', policy: 'allow', until: -1 }],
      ['pause.set', { until: 'soon' }],
      ['log.query', { text: '', before: null, limit: 100_000 }],
      ['log.query', { text: 'x'.repeat(300), before: null, limit: 1 }],
      ['options.set', { badge: 'yes' }],
      ['site.list', null],
      ['stopped.get', { url: '' }],
    ];
    for (const [name, payload] of wrong) assert.throws(() => payloads[name](payload), `${name} ${JSON.stringify(payload)}`);
  });

  test('right payloads pass, without what was not asked for', () => {
    assert.deepEqual(payloads['site.set']({ name: 'a.test', scope: 'host', policy: 'strict', until: 'restart', by: 'organisation' }), { name: 'a.test', scope: 'host', policy: 'strict', until: 'restart' });
    assert.deepEqual(payloads['pause.set']({ until: 5 }), { until: 5 });
    assert.deepEqual(payloads['options.set']({ badge: false, more: 1 }), { badge: false });
    assert.deepEqual(payloads['site.list']({ x: 1 }), {});
  });

  test('a report is read as the inspector writes it', () => {
    assert.deepEqual(guardReport(report), { subject: 'module', url: report.url, frameUrl: report.frameUrl, outcome: 'block', how: 'content', family: 'CryptoNight', algorithm: 'cn/r', confidence: 97, evidence: [{ signature: 's', detail: 'd', weight: 60, place: { function: 3 } }] });
    assert.equal(guardReport({ ...report, family: undefined, algorithm: null, confidence: undefined, evidence: null }).family, '');
  });

  test('a report is bounded', () => {
    const long = 'x'.repeat(100_000);
    const read = guardReport({ ...report, url: long, family: long, evidence: Array.from({ length: 500 }, () => ({ signature: long, detail: long, weight: 1, place: {} })) });
    assert.ok(JSON.stringify(read).length < 30_000, String(JSON.stringify(read).length));
    assert.equal(read.evidence.length, limits.evidence);
  });

  test('a report that is none is refused', () => {
    for (const wrong of [{ subject: 'everything' }, { outcome: 'allow' }, { how: 'magic' }, { confidence: 1e9 }, { confidence: 'high' }, { url: 5 }, { evidence: [{}] }]) assert.throws(() => guardReport({ ...report, ...wrong }), JSON.stringify(wrong));
    for (const none of [null, 'x', [], 5]) assert.throws(() => guardReport(none));
  });

  test('texts and addresses for the background are bounded', () => {
    assert.deepEqual(guardInspect({ type: 'guard.inspect', kind: 'shader', text: 'x' }), { kind: 'shader', text: 'x' });
    for (const wrong of [{ kind: 'module', text: 'x' }, { kind: 'script', text: 5 }, { kind: 'script', text: 'x'.repeat(longestText + 1) }]) assert.throws(() => guardInspect(wrong));
    for (const address of ['', 5, 'x'.repeat(limits.address + 1)]) assert.throws(() => guardText({ address }));
  });

  test('readers do not touch prototypes', () => {
    assert.throws(() => record(string(5), 5)(JSON.parse('{"__proto__":"x"}')));
    assert.throws(() => siteRule(Object.create({ name: 'a.test', scope: 'site', policy: 'allow', until: null, since: 0, by: 'person' })));
  });
});
