// The background starts on a browser of which a part is broken: what does not need that part is in force.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from './background.js';
import { Memory } from './memory.js';

type Rule = chrome.declarativeNetRequest.Rule;

const installed: Record<string, { id: string | number }[]> = {};
const alarms: string[] = [];
/** As the browser has them. */
let dynamic: Rule[] = [];
/** So many it takes. */
let room = Number.POSITIVE_INFINITY;
let hear: ((message: unknown, sender: unknown, respond: (answer: unknown) => void) => boolean) | undefined;
const local = new Memory({
  sites: { version: 1, data: { rules: [{ name: 'a.test', scope: 'site', policy: 'strict', until: null, since: 1, by: 'person' }] } },
});

const list = { id: 'l', title: 'L', url: 'https://l.test/', mirrors: [], format: 'hosts', licence: '', homepage: '', enabled: true, expires: 24 };

/** Whatever is asked of it: a function that does nothing, or an event that is never heard. */
function played(known: Readonly<Record<string, unknown>> = {}): object {
  return new Proxy(() => Promise.resolve(), { get: (_target, name) => (name in known ? known[String(name)] : name === 'then' ? undefined : played()) });
}

Object.assign(globalThis, {
  indexedDB: {
    open: () => {
      throw new Error('the disk is broken');
    },
  },
  fetch: (address: string) => (address.endsWith('subscriptions.json') ? Promise.resolve(Response.json({ subscriptions: [list] })) : Promise.reject(new Error('no such file'))),
  chrome: played({
    storage: { local, session: new Memory() },
    tabs: played({ query: () => Promise.resolve([]) }),
    runtime: played({ getURL: (path: string) => `chrome-extension://id/${path}`, getManifest: () => ({ version: '1' }), id: 'id', onMessage: { addListener: (listener: typeof hear) => (hear = listener) } }),
    i18n: { getMessage: () => '' },
    alarms: played({ create: (name: string) => Promise.resolve(void alarms.push(name)) }),
    scripting: played({
      getRegisteredContentScripts: () => Promise.resolve([]),
      registerContentScripts: (scripts: { id: string }[]) => Promise.resolve(void (installed['scripts'] = scripts)),
    }),
    declarativeNetRequest: played({
      getDynamicRules: () => Promise.resolve(structuredClone(dynamic)),
      getSessionRules: () => Promise.resolve([]),
      updateDynamicRules: ({ removeRuleIds, addRules }: { removeRuleIds: number[]; addRules: Rule[] }) => {
        const next = [...dynamic.filter(({ id }) => !removeRuleIds.includes(id)), ...structuredClone(addRules)];
        if (next.length > room) return Promise.reject(new Error('Dynamic rule count exceeded.'));
        dynamic = next;
        return Promise.resolve();
      },
    }),
  }),
});
const complaints: string[] = [];
console.warn = (words: string) => void complaints.push(words);

test('policies are in force and lists are planned although the lists cannot be read', async () => {
  await live();
  const end = Date.now() + 5_000;
  while (Date.now() < end && (alarms.length === 0 || dynamic.length === 0 || installed['scripts'] === undefined)) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(dynamic.length, 'the rules of sites');
  assert.ok(installed['scripts']?.some(({ id }) => id === 'guard'), 'the guard');
  assert.ok(alarms.includes('lists'), 'the alarm of the lists');
  assert.ok(complaints.some((words) => words.includes('the disk is broken')));
});

function ask(type: string, payload: object): Promise<unknown> {
  return new Promise((done) => hear?.({ type, payload }, { id: 'id', url: 'chrome-extension://id/ui/options.html' }, done));
}

test('what the browser does not take is refused, and all is as before', async () => {
  const before = JSON.stringify(dynamic);
  room = dynamic.length + 3;
  assert.deepEqual(await ask('site.set', { name: 'b.test', scope: 'host', policy: 'strict', until: null }), { refused: 'unenforced' });
  const file = JSON.stringify({ format: 'nomine-sites', version: 1, rules: ['c', 'd'].map((name) => ({ name: `${name}.test`, scope: 'host', policy: 'strict', until: null, since: 1 })) });
  assert.deepEqual(await ask('site.import', { text: file }), { refused: 'unenforced' });
  assert.equal(JSON.stringify(dynamic), before);
  const { rules } = (await ask('site.list', {})) as { rules: { name: string }[] };
  assert.deepEqual(rules.map(({ name }) => name), ['a.test']);
  // What it has room for goes on.
  const answer = (await ask('site.set', { name: 'b.test', scope: 'host', policy: 'allow', until: null })) as { rule: { name: string } };
  assert.equal(answer.rule.name, 'b.test');
  assert.ok(complaints.some((words) => words.includes('Dynamic rule count exceeded.')));
});

test('where not even what was there is taken, a decision is kept', async () => {
  [dynamic, room] = [[], 0];
  assert.deepEqual(await ask('site.set', { name: 'e.test', scope: 'site', policy: 'strict', until: null }), { refused: 'unenforced' });
  const { rules } = (await ask('site.list', {})) as { rules: { name: string }[] };
  assert.ok(rules.some(({ name }) => name === 'e.test'));
});
