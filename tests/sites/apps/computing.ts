// Language runtimes, compilers, machine learning, chess and whole machines.
import type { App } from './app.js';

export const computing: readonly App[] = [
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
    name: 'esbuild-wasm',
    script: 'esbuild-wasm/lib/browser.min.js',
    code: `await esbuild.initialize({ wasmURL: '/m/esbuild-wasm/esbuild.wasm' });
      return (await esbuild.transform('let answer: number = 40 + 2; export { answer }', { loader: 'ts', minify: true })).code;`,
    expect: '42',
  },
  {
    name: 'pyodide',
    script: 'pyodide/pyodide.js',
    code: `const python = await loadPyodide({ indexURL: '/m/pyodide/' });
      return python.runPython('import hashlib\\nstr(sum(range(10))) + hashlib.sha256(b"nomine").hexdigest()');`,
    expect: '"45',
  },
  {
    name: 'tensorflow',
    bundle: true,
    code: `import * as tf from '@tensorflow/tfjs-core';
      import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
      setWasmPaths('/m/@tensorflow/tfjs-backend-wasm/dist/');
      await tf.setBackend('wasm');
      const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[10, 0], [16, 1]]));
      result({ backend: tf.getBackend(), product: [...await product.data()] });`,
    expect: '"product":[42,2,94,4]',
  },
  {
    name: 'babel',
    bundle: true,
    code: `import { transform } from '@babel/standalone';
      result(transform('const answer = (a) => a ?? 42', { presets: [['env', { targets: 'ie 11' }]] }).code);`,
    expect: '42',
  },
  {
    name: 'wasmoon',
    bundle: true,
    code: `import { LuaFactory } from 'wasmoon';
      const lua = await new LuaFactory('/m/wasmoon/dist/glue.wasm').createEngine();
      result(await lua.doString('local n = 0 for i = 1, 10000 do n = n + i % 7 end return n'));`,
    expect: '299',
  },
  {
    name: 'quickjs-emscripten',
    bundle: true,
    code: `import { newQuickJSWASMModule, newVariant, RELEASE_SYNC } from 'quickjs-emscripten';
      const variant = newVariant(RELEASE_SYNC, { wasmLocation: '/m/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm' });
      const quickjs = await newQuickJSWASMModule(variant);
      result(quickjs.evalCode('[1, 2, 39].reduce((a, b) => a + b)'));`,
    expect: '42',
  },
  {
    name: 'stockfish',
    code: `const engine = new Worker('/m/stockfish.js/stockfish.wasm.js');
      return new Promise((done) => {
        engine.onmessage = ({ data }) => { if (String(data).startsWith('bestmove')) { engine.terminate(); done(data); } };
        engine.postMessage('uci');
        engine.postMessage('position fen 6k1/5ppp/8/8/8/8/5PPP/3R2K1 w - - 0 1');
        engine.postMessage('go depth 6');
      });`,
    expect: 'bestmove d1d8',
  },
  {
    name: 'v86',
    // A machine whose firmware is ten bytes: two characters to the serial line, then halt. Its
    // processor compiles what it runs to WebAssembly.
    code: `const { V86 } = await import('/m/v86/build/libv86.mjs');
      const firmware = new Uint8Array(65536);
      firmware.set([0xb0, 0x34, 0xba, 0xf8, 0x03, 0xee, 0xb0, 0x32, 0xee, 0xf4], 0xfff0);
      const machine = new V86({ wasm_path: '/m/v86/build/v86.wasm', bios: { buffer: firmware.buffer }, memory_size: 16777216, autostart: true });
      return new Promise((done) => {
        let text = '';
        machine.add_listener('serial0-output-byte', (byte) => {
          text += String.fromCharCode(byte);
          if (text.length === 2) { void machine.destroy(); done(text); }
        });
      });`,
    expect: '"42"',
  },
];
