// Every engine behind one shape, so that the measurement asks all of them alike:
//
//   build(lists)      compiles lists ({ name, text, hosts }); may take its time
//   ask(request)      { url, from, type } -> 0 nothing, 1 blocked, 2 let through by an exception
//   store(), load(b)  the stored form as bytes, and back; absent where there is none
//   memory()          bytes of WebAssembly memory, which the heap does not count
//
// Making the engine's own form of a request counts as asking.

import { readFile } from 'node:fs/promises';

const TYPES = [
  'main_frame',
  'sub_frame',
  'stylesheet',
  'script',
  'image',
  'font',
  'object',
  'xmlhttprequest',
  'ping',
  'csp_report',
  'media',
  'websocket',
];

// A list of names as filters, for engines that read only those.
function asFilters({ text, hosts }) {
  if (!hosts) return text;
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/).pop());
  return lines.filter((name) => name).map((name) => `||${name}^`).join('\n');
}

// Room for each of the two texts of a request; longer ones are cut.
const ROOM = 1 << 16;

// One of our two modules: text goes through one buffer, and one call asks.
async function wasm(path) {
  const { instance } = await WebAssembly.instantiate(await readFile(path), {});
  const { memory, reserve, add_list, build, serialize, output, load, check } = instance.exports;
  const encoder = new TextEncoder();
  const numbers = new Map(TYPES.map((type, number) => [type, number]));
  const put = (bytes) => {
    const address = reserve(bytes.length);
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
  };
  // Views of the buffer, good until the memory grows.
  let [first, second] = [new Uint8Array(), new Uint8Array()];
  const renew = () => {
    const address = reserve(ROOM * 2);
    first = new Uint8Array(memory.buffer, address, ROOM);
    second = new Uint8Array(memory.buffer, address + ROOM, ROOM);
  };
  return {
    build(lists) {
      for (const { text, hosts } of lists) {
        const bytes = encoder.encode(text);
        put(bytes);
        add_list(bytes.length, hosts ? 1 : 0);
      }
      build();
      renew();
    },
    ask({ url, from, type }) {
      if (first.length === 0) renew();
      const a = encoder.encodeInto(url, first).written;
      const b = encoder.encodeInto(from, second).written;
      return check(a, b, numbers.get(type) ?? TYPES.length);
    },
    store() {
      const length = serialize();
      return Buffer.from(new Uint8Array(memory.buffer, output(), length));
    },
    load(bytes) {
      put(bytes);
      if (load(bytes.length) !== 1) throw new Error('the stored engine was refused');
      renew();
    },
    memory: () => memory.buffer.byteLength,
  };
}

async function ghostery() {
  const { FiltersEngine, Request } = await import('@ghostery/adblocker');
  let engine = null;
  return {
    build(lists) {
      engine = FiltersEngine.parse(lists.map(asFilters).join('\n'), { loadCosmeticFilters: false });
    },
    ask({ url, from, type }) {
      const result = engine.match(Request.fromRawDetails({ url, sourceUrl: from, type }));
      return result.match ? 1 : result.exception ? 2 : 0;
    },
    store: () => Buffer.from(engine.serialize()),
    load(bytes) {
      engine = FiltersEngine.deserialize(bytes);
    },
    memory: () => 0,
  };
}

async function ubo() {
  const { StaticNetFilteringEngine, enableWASM } = await import('@gorhill/ubo-core');
  // As fast as it goes: with its own WebAssembly where that can be had.
  await enableWASM?.().catch(() => false);
  const engine = await StaticNetFilteringEngine.create();
  return {
    build: (lists) => engine.useLists(lists.map(({ name, text }) => ({ name, raw: text }))),
    ask: ({ url, from, type }) => engine.matchRequest({ originURL: from, url, type }),
    store: async () => Buffer.from(await engine.serialize()),
    async load(bytes) {
      if (!(await engine.deserialize(bytes.toString()))) throw new Error('the stored engine was refused');
    },
    memory: () => 0,
  };
}

async function adguard() {
  const { Engine, Request, RequestType, setLogger } = await import('@adguard/tsurlfilter');
  setLogger?.({ error() {}, warn() {}, info() {}, debug() {}, trace() {} });
  const types = new Map([
    ['main_frame', RequestType.Document],
    ['sub_frame', RequestType.SubDocument],
    ['stylesheet', RequestType.Stylesheet],
    ['script', RequestType.Script],
    ['image', RequestType.Image],
    ['font', RequestType.Font],
    ['object', RequestType.Object],
    ['xmlhttprequest', RequestType.XmlHttpRequest],
    ['ping', RequestType.Ping],
    ['csp_report', RequestType.CspReport],
    ['media', RequestType.Media],
    ['websocket', RequestType.WebSocket],
  ]);
  let engine = null;
  return {
    build(lists) {
      const filters = lists.map((list, id) => ({ id, content: asFilters(list), ignoreCosmetic: true }));
      engine = Engine.createSync({ filters });
    },
    ask({ url, from, type }) {
      const request = new Request(url, from, types.get(type) ?? RequestType.Other);
      const rule = engine.matchRequest(request).getBasicResult();
      return rule ? (rule.isAllowlist() ? 2 : 1) : 0;
    },
    memory: () => 0,
  };
}

export const ENGINES = {
  'nomine wasm': () => wasm('out/peers/nomine.wasm'),
  'adblock wasm': () => wasm('out/peers/adblock.wasm'),
  '@gorhill/ubo-core': ubo,
  '@ghostery/adblocker': ghostery,
  '@adguard/tsurlfilter': adguard,
};
