// The web as the demo and the tests need it: mining services at their own names, sites that
// embed them, and sites that do not. Real miner code from packages, pools that are stubs.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from '../browser/harness/pool.js';
import { html, js, type Answer, type Host } from '../browser/harness/world.js';

const here = dirname(fileURLToPath(import.meta.url));
export const modules = join(here, 'node_modules');
const file = (path: string): string => readFileSync(join(here, path), 'utf8');
const open = { 'access-control-allow-origin': '*' };

/** The CryptoNight module inside turtlecoin-crypto, out of the script that embeds it. */
export function cryptonightWasm(): Buffer {
  const script = file('node_modules/turtlecoin-crypto/dist/turtlecoin-crypto-wasm.js');
  const found = /data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/.exec(script)?.[1];
  if (found === undefined) throw new Error('turtlecoin-crypto no longer embeds its module');
  return Buffer.from(found, 'base64');
}

/** What the files of a Coinhive-like service are called. */
export interface Names {
  readonly loader: string;
  readonly worker: string;
  readonly glue: string;
  readonly module: string;
  /** The global that the loader defines. */
  readonly api: string;
}
const usual: Names = { loader: 'coinhive.min.js', worker: 'cryptonight-worker.js', glue: 'cryptonight.js', module: 'cryptonight.wasm', api: 'CoinHive' };
export const renamed: Names = { loader: 'app.js', worker: 'task.js', glue: 'support.js', module: 'data.bin', api: 'Site' };

/** Loader, worker, glue and module as a Coinhive-like service has them, below `base`. */
export function coinhiveFiles(base: string, folder = '/lib/', names = usual): Record<string, Answer> {
  const rename = (text: string): string =>
    text
      .replaceAll(usual.worker, names.worker)
      .replaceAll(usual.glue, names.glue)
      .replaceAll(usual.module, names.module)
      .replaceAll(usual.api, names.api)
      .replace('COINHIVE_BASE', base + folder);
  const glue = file('node_modules/turtlecoin-crypto/dist/turtlecoin-crypto-wasm.js');
  return {
    [folder + names.loader]: { ...js(rename(file('miners/coinhive/coinhive.min.js'))), headers: open },
    [folder + names.worker]: { ...js(rename(file('miners/coinhive/cryptonight-worker.js'))), headers: open },
    [folder + names.glue]: { ...js(glue), headers: open },
    [folder + names.module]: { type: 'application/wasm', body: cryptonightWasm(), headers: open },
  };
}

/** Starts a Coinhive-like miner and keeps `window.hashes` and `window.accepted` current. */
export const startCoinhive = (api: string, options = '{ threads: 1 }'): string => `
  <p>Hashes: <output id="hashes">0</output>, accepted: <output id="accepted">0</output></p>
  <script>
    window.hashes = 0; window.accepted = 0;
    try {
      var miner = new ${api}.Anonymous('0123456789abcdefghijklmnopqrstuv', ${options});
      miner.start();
      setInterval(function () {
        hashes = miner.getTotalHashes(); accepted = miner.getAcceptedHashes();
        document.getElementById('hashes').value = hashes; document.getElementById('accepted').value = accepted;
      }, 100);
    } catch (error) { window.failed = String(error); }
  </script>`;

const coinhivePage = (script: string, pool?: string, api = usual.api): string =>
  `${pool === undefined ? '' : `<script>var COINHIVE_POOL = ${JSON.stringify(pool)};</script>`}<script src="${script}"></script>${startCoinhive(api)}`;

export interface Sites {
  readonly hosts: Readonly<Record<string, Host>>;
  readonly pool: Pool;
}

/** Every site, around one pool stub. */
export function sites(pool = new Pool()): Sites {
  const article = (title: string, body: string): Answer => html(`<h1>${title}</h1><p>Words that people came to read.</p>${body}`);
  return {
    pool,
    hosts: {
      // Services, as listed.
      'coinhive.com': { pages: coinhiveFiles('https://coinhive.com') },
      'ws001.coinhive.com': { socket: pool.socket },
      'miner.nimiq.com': { folders: { '/': join(modules, '@nimiq/core-web') }, headers: open },
      'crypto-loot.com': { pages: { '/': '<h1>A mining service</h1>', '/about': '<h1>About mining</h1>' } },
      // Sites that embed them.
      'news.test': { pages: { '/': article('News', coinhivePage('https://coinhive.com/lib/coinhive.min.js')) } },
      'dotted.test': { pages: { '/': article('Dotted', coinhivePage('https://coinhive.com./lib/coinhive.min.js')) } },
      'blog.test': {
        pages: {
          '/': article('Blog', '<iframe id="advert" width="300" height="250" src="https://adverts.test/slot"></iframe>'),
        },
      },
      'adverts.test': { pages: { '/slot': html(coinhivePage('https://coinhive.com/lib/coinhive.min.js')) } },
      // Unlisted hosts: only a pattern, or the relay's address, gives them away.
      'shop.test': {
        pages: {
          '/': article('Shop', coinhivePage('/static/coinhive.min.js', 'wss://shop.test/feed')),
          ...coinhiveFiles('https://shop.test', '/static/'),
        },
        socket: pool.socket,
      },
      // Listed nowhere, everything renamed: only what it is and does can give it away.
      'hidden.test': {
        pages: {
          '/': article('Hidden', coinhivePage('/assets/app.js', 'wss://hidden.test/feed', renamed.api)),
          ...coinhiveFiles('https://hidden.test', '/assets/', renamed),
        },
        socket: pool.socket,
      },
      'relay.test': {
        pages: {
          '/': article(
            'Relay',
            `<script>
              window.relay = 'waiting';
              var socket = new WebSocket((location.protocol === 'https:' ? 'wss:' : 'ws:') + '//ws001.coinhive.com' + (location.search === '?dotted' ? '.' : '') + '/proxy');
              socket.onopen = function () { relay = 'open'; };
              socket.onerror = function () { relay = 'refused'; };
            </script>`,
          ),
        },
      },
      'forum.test': {
        pages: {
          '/': article(
            'Forum',
            `<p>Hashes: <output id="hashes">0</output>, shares: <output id="accepted">0</output></p>
            <script src="https://miner.nimiq.com/nimiq.js"></script>
            <script src="/start.js"></script>`,
          ),
          '/start.js': js(file('miners/pages/nimiq.js')),
        },
      },
      'games.test': {
        pages: {
          '/': article(
            'Games',
            `<p>Hashes: <output id="hashes">0</output>, shares: <output id="accepted">0</output></p>
            <script src="/js/wasmminer.js"></script><script src="/start.js"></script>`,
          ),
          '/js/wasmminer.js': js(file('node_modules/@blackhan-software/wasm-miner/dist/index.umd.js')),
          '/start.js': js(file('miners/pages/keccak.js')),
        },
      },
      // Nothing to see here.
      'clean.test': {
        pages: {
          '/': article(
            'Clean',
            `<output id="done"></output><script src="https://cdn.clean.test/app.js"></script><script>
              window.failed = [];
              addEventListener('error', function (event) { failed.push(event.target.src || event.message); }, true);
            </script>`,
          ),
          '/worker.js': js(`onmessage = async (event) => {
            const { instance } = await WebAssembly.instantiate(event.data);
            const sum = instance.exports.add(20, 22);
            const socket = new WebSocket(location.origin.replace('http', 'ws') + '/chat');
            socket.onmessage = (said) => { postMessage({ sum, said: said.data }); socket.close(); };
            socket.onopen = () => socket.send('hello');
            socket.onerror = () => postMessage({ sum, said: 'refused' });
          };`),
          '/add.wasm': { type: 'application/wasm', body: addModule },
        },
        socket: (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)),
      },
      'cdn.clean.test': {
        pages: {
          '/app.js': js(`(async () => {
            const bytes = await (await fetch('/add.wasm')).arrayBuffer();
            const worker = new Worker('/worker.js');
            worker.onmessage = (event) => { window.finished = event.data; document.getElementById('done').value = JSON.stringify(event.data); };
            worker.postMessage(bytes);
          })();`),
        },
      },
    },
  };
}

/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
export const addModule = Buffer.from('0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b', 'hex');
