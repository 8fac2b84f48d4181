// Promise: filters with any option that the browsers' own rules have words for mean the same in both
// layers. For each request of the table the engine, and the browser asked by `testMatchOutcome`, give the
// verdict that is written there: what is stopped, what answers in its place, which policy is added.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { table, type Case } from './filter-table.js';
import { inEachBrowser, root } from './harness/index.js';

interface Answer {
  readonly stopped: boolean;
  readonly redirect: string;
  readonly csp: string;
}
interface Engine {
  check(url: string, initiator: string, type: string, method: string): { effect: string; redirect?: string | null; csp: readonly { policy: string }[] };
}
interface Rule {
  readonly id: number;
  readonly action: { readonly type: string; readonly redirect?: { readonly extensionPath?: string }; readonly responseHeaders?: readonly { readonly value: string }[] };
}

const all = table.flatMap((group) => group.cases);
const filters = table.flatMap((group) => group.filters);
const about = ({ type, method, url, from }: Case): string => `${method} ${type} ${url} from ${from}`;
const expected = ({ stopped, redirect = '', csp = '' }: Case): Answer => ({ stopped, redirect, csp });

let load: (bytes: Uint8Array) => Engine;
before(async () => {
  const glue = (await import(pathToFileURL(join(root, 'dist/wasm/engine.js')).href)) as {
    default(options: { module_or_path: Uint8Array }): Promise<unknown>;
    Engine: { load(bytes: Uint8Array): Engine };
  };
  await glue.default({ module_or_path: readFileSync(join(root, 'dist/wasm/engine_bg.wasm')) });
  load = (bytes) => glue.Engine.load(bytes);
});

inEachBrowser('filters with every option', () => ({}), (stage) => {
  const cases = all.filter(({ only }) => only === undefined || only === stage.name);
  const read = (path: string): Promise<string> =>
    stage.extension.evaluate(async (name: string) => {
      const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).runtime;
      const bytes = new Uint8Array(await (await fetch(api.getURL(name))).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    }, path);

  test('mean in the engine what is written', async () => {
    const engine = load(Buffer.from(await read('rules/engine.bin'), 'base64'));
    for (const one of cases) {
      const { effect, redirect, csp } = engine.check(one.url, one.from, one.type, one.method);
      assert.deepEqual({ stopped: effect === 'block', redirect: redirect ?? '', csp: csp.map(({ policy }) => policy).join() }, expected(one), about(one));
    }
  });

  test("mean in the browser's own rules what is written", async () => {
    const rules = JSON.parse(Buffer.from(await read('rules/miners.json'), 'base64').toString()) as Rule[];
    await stage.extension.leaveRulesAlone();
    const matched = await stage.extension.evaluate(
      async (text: string) => {
        const { declarativeNetRequest: api } = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
        const answers: number[][] = [];
        for (const { url, from, type, method } of JSON.parse(text) as { url: string; from: string; type: string; method: string }[]) {
          const { matchedRules } = await api.testMatchOutcome({ url, initiator: from, type: type as chrome.declarativeNetRequest.ResourceType, method: method.toLowerCase() as chrome.declarativeNetRequest.RequestMethod, tabId: -1 });
          answers.push(matchedRules.filter(({ rulesetId }) => rulesetId === 'miners').map(({ ruleId }) => ruleId));
        }
        return answers;
      },
      // Firefox's testMatchOutcome knows no ws: addresses; its rules see a socket's request as http:.
      JSON.stringify(stage.name === 'firefox' ? cases.map((one) => ({ ...one, url: one.url.replace(/^ws/, 'http') })) : cases),
    );
    const different: string[] = [];
    cases.forEach((one, index) => {
      const actions = (matched[index] ?? []).map((id) => rules.find((rule) => rule.id === id)?.action);
      const redirects = actions.filter((action) => action?.type === 'redirect').map((action) => action?.redirect?.extensionPath?.replace('/neutral/', '') ?? '');
      const found: Answer = {
        stopped: redirects.length > 0 || actions.some((action) => action?.type === 'block'),
        redirect: redirects.join(),
        csp: actions.flatMap((action) => action?.responseHeaders?.map(({ value }) => value) ?? []).join(),
      };
      const wanted = expected(one);
      if (JSON.stringify(found) !== JSON.stringify(wanted)) different.push(`${about(one)}: ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`);
    });
    assert.deepEqual(different, []);
  });
}, { permissions: ['declarativeNetRequestFeedback'], filters: filters.join('\n') });

test('the table has what it says', () => {
  const stopped = all.filter((one) => one.stopped).length;
  assert.ok(stopped > 150 && all.length - stopped > 250, `${stopped} of ${all.length} requests are stopped`);
  assert.equal(new Set(filters).size, filters.length);
});
