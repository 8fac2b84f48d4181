// Well-known libraries, each with a small task of its own. A page sets `window.result`; it has to
// be the same with and without the extension. Everything comes from their packages.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { js, html, type Host, type SocketHandler } from '../../browser/harness/world.js';

const here = join(dirname(fileURLToPath(import.meta.url)), '..');

export interface App {
  readonly name: string;
  /** Classic script to load before. */
  readonly script?: string;
  /** Body of an async function; its value is the result. With `bundle`, a module that may import. */
  readonly code: string;
  readonly bundle?: boolean;
  /** What the result has to contain, so that two equal failures do not pass. */
  readonly expect: string;
}

export const apps: readonly App[] = [
  {
    name: 'sql.js',
    script: 'sql.js/dist/sql-wasm.js',
    code: `const SQL = await initSqlJs({ locateFile: (file) => '/m/sql.js/dist/' + file });
      const db = new SQL.Database();
      db.run('create table t (n); insert into t values (1), (20), (21)');
      return db.exec('select sum(n), count(*) from t')[0].values;`,
    expect: '[[42,3]]',
  },
  {
    name: 'ffmpeg',
    script: '@ffmpeg/ffmpeg/dist/umd/ffmpeg.js',
    code: `const ffmpeg = new FFmpegWASM.FFmpeg();
      const base = location.origin + '/m/@ffmpeg/core/dist/umd/';
      await ffmpeg.load({ coreURL: base + 'ffmpeg-core.js', wasmURL: base + 'ffmpeg-core.wasm' });
      const status = await ffmpeg.exec(['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', '-ar', '8000', 'out.wav']);
      const wave = await ffmpeg.readFile('out.wav');
      return { status, bytes: wave.length, head: String.fromCharCode(...wave.slice(0, 4)) };`,
    expect: '"head":"RIFF"',
  },
  {
    name: 'pdf.js',
    bundle: true,
    code: `import * as pdfjs from 'pdfjs-dist';
      pdfjs.GlobalWorkerOptions.workerSrc = '/m/pdfjs-dist/build/pdf.worker.mjs';
      const source = '%PDF-1.4\\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj '
        + '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj '
        + '4 0 obj<</Length 38>>stream\\nBT /F 24 Tf 20 100 Td (Forty two) Tj ET\\nendstream endobj '
        + '5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\\ntrailer<</Root 1 0 R>>';
      const pdf = await pdfjs.getDocument({ data: new TextEncoder().encode(source) }).promise;
      const content = await (await pdf.getPage(1)).getTextContent();
      result({ pages: pdf.numPages, text: content.items.map((item) => item.str).join('') });`,
    expect: 'Forty two',
  },
  {
    name: 'tesseract.js',
    script: 'tesseract.js/dist/tesseract.min.js',
    code: `const worker = await Tesseract.createWorker('eng', 1, {
        workerPath: '/m/tesseract.js/dist/worker.min.js', corePath: '/m/tesseract.js-core', langPath: location.origin + '/m/@tesseract.js-data/eng/4.0.0_best_int' });
      const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 100 });
      const pen = canvas.getContext('2d');
      pen.fillStyle = 'white'; pen.fillRect(0, 0, 400, 100);
      pen.fillStyle = 'black'; pen.font = '48px sans-serif'; pen.fillText('HELLO 42', 40, 65);
      const { data } = await worker.recognize(canvas);
      await worker.terminate();
      return data.text.trim();`,
    expect: 'HELLO',
  },
  {
    name: 'monaco-editor',
    script: 'monaco-editor/min/vs/loader.js',
    code: `require.config({ paths: { vs: '/m/monaco-editor/min/vs' } });
      const monaco = await new Promise((done, failed) => require(['vs/editor/editor.main'], (loaded) => done(loaded ?? globalThis.monaco), failed));
      const model = monaco.editor.createModel('{"a": 1,, }', 'json');
      monaco.editor.create(document.body.appendChild(Object.assign(document.createElement('div'), { style: 'height:200px' })), { model });
      for (let i = 0; i < 200; i += 1) {
        const markers = monaco.editor.getModelMarkers({ resource: model.uri });
        if (markers.length > 0) return markers.map((marker) => marker.message).sort();
        await new Promise((done) => setTimeout(done, 100));
      }
      return 'no markers';`,
    expect: 'xpected',
  },
  {
    name: 'comlink',
    bundle: true,
    code: `import * as Comlink from 'comlink';
      const text = 'importScripts(' + JSON.stringify(location.origin + '/m/comlink/dist/umd/comlink.js') + ');'
        + 'Comlink.expose({ async sum(list, report) { let all = 0; for (const n of list) { all += n; await report(all); } return all; } });';
      const worker = Comlink.wrap(new Worker(URL.createObjectURL(new Blob([text]))));
      const steps = [];
      const sum = await worker.sum([1, 2, 39], Comlink.proxy((step) => void steps.push(step)));
      result({ sum, steps });`,
    expect: '"sum":42',
  },
  {
    name: 'duckdb-wasm',
    bundle: true,
    code: `import * as duckdb from '@duckdb/duckdb-wasm';
      const base = location.origin + '/m/@duckdb/duckdb-wasm/dist/';
      const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(base + 'duckdb-browser-mvp.worker.js'));
      await db.instantiate(base + 'duckdb-mvp.wasm');
      const connection = await db.connect();
      const table = await connection.query('select sum(i)::int as total from range(10) t(i)');
      result(table.toArray().map((row) => row.toJSON()));`,
    expect: '"total":45',
  },
  {
    name: 'onnxruntime-web',
    script: 'onnxruntime-web/dist/ort.wasm.min.js',
    // A model of one addition, in protobuf (onnx.proto3), field by field.
    code: `const text = (s) => [...new TextEncoder().encode(s)];
      const field = (number, bytes) => [number * 8 + 2, bytes.length, ...bytes];
      const value = (name) => [...field(1, text(name)), ...field(2, field(1, [8, 1, ...field(2, field(1, [8, 2]))]))];
      const node = [...field(1, text('a')), ...field(1, text('b')), ...field(2, text('c')), ...field(4, text('Add'))];
      const graph = [...field(1, node), ...field(2, text('g')), ...field(11, value('a')), ...field(11, value('b')), ...field(12, value('c'))];
      const model = new Uint8Array([8, 7, ...field(7, graph), ...field(8, [16, 13])]);
      ort.env.wasm.wasmPaths = location.origin + '/m/onnxruntime-web/dist/';
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
      const tensor = (...list) => new ort.Tensor('float32', Float32Array.from(list), [2]);
      const { c } = await session.run({ a: tensor(1, 2), b: tensor(41, 40) });
      return [...c.data];`,
    expect: '[42,42]',
  },
  {
    name: 'socket.io-client',
    script: 'socket.io-client/dist/socket.io.min.js',
    code: `const socket = io({ transports: ['websocket'], path: '/socket.io/' });
      return new Promise((done, failed) => {
        socket.on('connect_error', failed);
        socket.on('connect', () => socket.emit('say', 'hello', 42));
        socket.on('said', (...words) => { socket.close(); done(words); });
      });`,
    expect: '["hello",42]',
  },
  {
    name: 'esbuild-wasm',
    script: 'esbuild-wasm/lib/browser.min.js',
    code: `await esbuild.initialize({ wasmURL: '/m/esbuild-wasm/esbuild.wasm' });
      return (await esbuild.transform('let answer: number = 40 + 2; export { answer }', { loader: 'ts', minify: true })).code;`,
    expect: '42',
  },
  {
    name: 'hash-wasm',
    script: 'hash-wasm/dist/index.umd.min.js',
    code: `const salt = new Uint8Array(16).fill(7);
      return [await hashwasm.sha256('nomine'), await hashwasm.blake3('nomine'), await hashwasm.keccak('nomine'),
        await hashwasm.argon2id({ password: 'p', salt, parallelism: 1, iterations: 2, memorySize: 1024, hashLength: 32 }),
        await hashwasm.scrypt({ password: 'p', salt, costFactor: 1024, blockSize: 8, parallelism: 1, hashLength: 32 })];`,
    expect: '"',
  },
  {
    name: 'libsodium',
    bundle: true,
    code: `import sodium from 'libsodium-wrappers';
      await sodium.ready;
      const key = sodium.crypto_generichash(32, 'key');
      const nonce = new Uint8Array(sodium.crypto_secretbox_NONCEBYTES);
      const box = sodium.crypto_secretbox_easy('forty two', nonce, key);
      result({ box: sodium.to_hex(box), open: sodium.to_string(sodium.crypto_secretbox_open_easy(box, nonce, key)) });`,
    expect: 'forty two',
  },
  {
    name: 'pyodide',
    script: 'pyodide/pyodide.js',
    code: `const python = await loadPyodide({ indexURL: '/m/pyodide/' });
      return python.runPython('import hashlib\\nstr(sum(range(10))) + hashlib.sha256(b"nomine").hexdigest()');`,
    expect: '"45',
  },
  {
    name: 'openpgp',
    script: 'openpgp/dist/openpgp.min.js',
    code: `const message = await openpgp.createMessage({ text: 'forty two' });
      const armored = await openpgp.encrypt({ message, passwords: ['secret'], config: { s2kType: openpgp.enums.s2k.argon2 } });
      const opened = await openpgp.decrypt({ message: await openpgp.readMessage({ armoredMessage: armored }), passwords: ['secret'] });
      return opened.data;`,
    expect: 'forty two',
  },
  {
    name: 'workerpool',
    script: 'workerpool/dist/workerpool.js',
    code: `const pool = workerpool.pool({ maxWorkers: 3 });
      const all = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.exec((m) => { let f = 1; for (let i = 2; i <= m; i += 1) f *= i; return f; }, [n])));
      await pool.terminate();
      return all;`,
    expect: '720',
  },
  {
    name: 'argon2-browser',
    script: 'argon2-browser/dist/argon2-bundled.min.js',
    code: `return (await argon2.hash({ pass: 'password', salt: 'somesaltsomesalt', time: 2, mem: 4096, hashLen: 32, type: argon2.ArgonType.Argon2id })).encoded;`,
    expect: '$argon2id$',
  },
];

/** socket.io's own framing (Engine.IO 4, Socket.IO 5), as far as one echo needs it. */
const echo: SocketHandler = (socket) => {
  socket.send('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  socket.on('message', (data) => {
    const text = String(data);
    if (text === '40') socket.send('40{"sid":"b"}');
    else if (text.startsWith('42["say",')) socket.send(text.replace('"say"', '"said"'));
  });
};

async function bundled(app: App): Promise<string> {
  const built = await build({
    stdin: { contents: app.code, resolveDir: here, sourcefile: `${app.name}.js`, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['fs', 'path', 'crypto', 'module', 'url', 'worker_threads', 'vm'],
    logLevel: 'silent',
  });
  return built.outputFiles[0]!.text;
}

const frame = (app: App, address: string): string => `
  <script>
    window.result = (value) => { window.outcome ??= JSON.stringify(value); };
    addEventListener('error', (event) => result({ error: event.message }));
    addEventListener('unhandledrejection', (event) => result({ error: String(event.reason) }));
  </script>
  ${app.script === undefined ? '' : `<script src="/m/${app.script}"></script>`}
  <script type="module" src="${address}"></script>`;

/** One host that serves them all: `/NAME` for each app, `/m/` for the packages. */
export function appHost(): Host {
  const find = (name: string): App | undefined => apps.find((app) => app.name === name);
  return {
    folders: { '/m/': join(here, 'node_modules') },
    socket: echo,
    handle: async (_request, url) => {
      const path = decodeURIComponent(url.pathname.slice(1));
      if (path.startsWith('run/')) {
        const app = find(path.slice(4));
        if (app === undefined) return undefined;
        return js(app.bundle ? await bundled(app) : `(async () => {${app.code}})().then(result, (error) => result({ error: String(error) }));`);
      }
      const app = find(path);
      return app === undefined ? undefined : html(frame(app, `/run/${app.name}`));
    },
  };
}
