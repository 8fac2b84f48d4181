// Promise: both layers decide alike. The browser's own rules, asked by `testMatchOutcome`, give the
// verdict that the engine gives, on a table of hard cases and on every filter of our list.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inEachBrowser, root } from './harness/index.js';

interface Query {
  readonly url: string;
  readonly from: string;
  readonly type: string;
}
interface Rule {
  readonly id: number;
  readonly action: { readonly type: string };
}
interface Engine {
  check(url: string, initiator: string, type: string, method: string): { effect: string };
}

const page = 'https://page.example/';
const table: readonly Query[] = [
  { url: 'https://coinhive.com/lib/coinhive.min.js', from: page, type: 'script' },
  { url: 'https://coinhive.com./lib/coinhive.min.js', from: page, type: 'script' },
  { url: 'https://COINHIVE.com/lib/x.js', from: page, type: 'script' },
  { url: 'https://coinhive.com/', from: 'https://coinhive.com/', type: 'main_frame' },
  { url: 'https://coinhive.com/documentation', from: 'https://coinhive.com/', type: 'xmlhttprequest' },
  { url: 'https://notcoinhive.com/', from: page, type: 'script' },
  { url: 'https://coinhive.com.example/x.js', from: page, type: 'script' },
  { url: 'wss://ws001.coinhive.com/proxy', from: page, type: 'websocket' },
  { url: 'ws://ws001.coinhive.com:8080/proxy', from: page, type: 'websocket' },
  { url: 'https://page.example/js/coinhive.min.js', from: page, type: 'script' },
  { url: 'https://page.example/js/COINHIVE.MIN.JS?v=1', from: page, type: 'script' },
  { url: 'https://page.example/js/miner.js', from: page, type: 'script' },
  { url: 'https://page.example/a.wasm', from: page, type: 'xmlhttprequest' },
  { url: 'https://cdn.other.example/cn.wasm', from: page, type: 'xmlhttprequest' },
  { url: 'https://cdn.other.example/cn.wasm', from: page, type: 'image' },
  { url: 'https://crypto-loot.com/', from: '', type: 'main_frame' },
  { url: 'https://www.crypto-loot.com/about', from: page, type: 'sub_frame' },
  { url: 'https://page.example/feed?x=coinhive.com', from: page, type: 'xmlhttprequest' },
  { url: 'https://page.example/proxy?perfekt=wss://a', from: page, type: 'websocket' },
];

/** An address that each filter of the list is about, where it is plain enough to tell. */
function sample(): Query[] {
  const lines = readFileSync(join(root, 'blocklists/miners.txt'), 'utf8').split('\n');
  const queries: Query[] = [];
  for (const line of lines) {
    if (line === '' || /^[![@#]/.test(line)) continue;
    const pattern = line.replace(/\$.*$/, '');
    if (/[*|]/.test(pattern.replace(/^\|\|/, '')) || pattern.startsWith('/^')) continue;
    const url = pattern.startsWith('||') ? `https://${pattern.slice(2).replace(/\^$/, '/')}` : `https://page.example/x${pattern.startsWith('/') ? '' : '/y'}${pattern.replaceAll('^', '/')}`;
    if (!URL.canParse(url)) continue;
    for (const type of ['script', 'xmlhttprequest', 'sub_frame', 'main_frame']) queries.push({ url, from: page, type });
    queries.push({ url: url.replace(/^http/, 'ws'), from: page, type: 'websocket' });
  }
  return queries;
}

let engine: Engine;
before(async () => {
  const glue = (await import(pathToFileURL(join(root, 'dist/wasm/engine.js')).href)) as {
    default(options: { module_or_path: Uint8Array }): Promise<unknown>;
    Engine: { load(bytes: Uint8Array): Engine };
  };
  await glue.default({ module_or_path: readFileSync(join(root, 'dist/wasm/engine_bg.wasm')) });
  engine = glue.Engine.load(readFileSync(join(root, 'dist/rules/firefox/engine.bin')));
});

inEachBrowser("the browser's rules and the engine", () => ({}), (stage) => {
  /** For each query, whether a blocking rule of our list matches in the browser. */
  async function asked(queries: readonly Query[]): Promise<boolean[]> {
    const rules = JSON.parse(readFileSync(join(root, 'dist/rules', stage.name, 'miners.json'), 'utf8')) as Rule[];
    const blocking = rules.filter((rule) => rule.action.type !== 'allow' && rule.action.type !== 'modifyHeaders').map((rule) => rule.id);
    await stage.extension.leaveRulesAlone();
    return stage.extension.evaluate(
      async (text: string, blocks: number[]) => {
        const { declarativeNetRequest: rules } = (globalThis as { browser?: typeof chrome }).browser ?? chrome;
        const wanted = new Set(blocks);
        const answers: boolean[] = [];
        for (const { url, from, type } of JSON.parse(text) as { url: string; from: string; type: string }[]) {
          const { matchedRules } = await rules.testMatchOutcome({ url, ...(from === '' ? {} : { initiator: from }), type: type as chrome.declarativeNetRequest.ResourceType, tabId: -1 });
          answers.push(matchedRules.some(({ rulesetId, ruleId }) => rulesetId === 'miners' && wanted.has(ruleId)));
        }
        return answers;
      },
      // Firefox's testMatchOutcome knows no ws: addresses; its rules see a socket's request as http:.
      JSON.stringify(stage.name === 'firefox' ? queries.map((query) => ({ ...query, url: query.url.replace(/^ws/, 'http') })) : queries),
      blocking,
    );
  }

  async function compare(queries: readonly Query[]): Promise<{ different: string[]; blocked: number }> {
    const answers = await asked(queries);
    const different: string[] = [];
    let blocked = 0;
    queries.forEach(({ url, from, type }, index) => {
      const own = engine.check(url, from, type, 'GET').effect === 'block';
      if (own) blocked += 1;
      if (own !== answers[index]) different.push(`${type} ${url} from ${from}: engine ${own ? 'blocks' : 'lets through'}`);
    });
    return { different, blocked };
  }

  test('agree on a table of hard cases', async () => {
    const { different, blocked } = await compare(table);
    assert.deepEqual(different, []);
    assert.ok(blocked >= 8, `${blocked} of them are blocked`);
  });

  test('agree on every plain filter of the list', async () => {
    const queries = sample();
    const { different, blocked } = await compare(queries);
    assert.deepEqual(different, []);
    assert.ok(blocked > 500, `${blocked} of ${queries.length} are blocked`);
  });
}, { permissions: ['declarativeNetRequestFeedback'] });
