// WebAssembly JavaScript Interface and Web API (W3C), section by section, in pages and workers.
'use strict';
{
  const magic = [0, 97, 115, 109, 1, 0, 0, 0];
  const empty = new Uint8Array(magic);
  /** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
  const add = new Uint8Array([...magic, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
  /** (module (import "m" "f" (func)) (func (export "go") call 0)) */
  const calls = new Uint8Array([...magic, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 2, 1, 0, 7, 6, 1, 2, 103, 111, 0, 1, 10, 6, 1, 4, 0, 16, 0, 11]);
  /** (module (import "m" "f" (func)) (start 0)) */
  const starts = new Uint8Array([...magic, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 8, 1, 0]);
  /** (module (func unreachable) (start 0)) */
  const traps = new Uint8Array([...magic, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11]);
  /** (module (memory (export "memory") 1)) with a custom section "note" that holds "hi" */
  const memory = new Uint8Array([...magic, 0, 7, 4, 110, 111, 116, 101, 104, 105, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0]);
  const broken = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 99]);
  const reply = (bytes, type = 'application/wasm', more = {}) => new Response(bytes, { headers: { 'content-type': type }, ...more });
  const names = ['compile', 'instantiate', 'validate', 'compileStreaming', 'instantiateStreaming'];
  const classes = ['Module', 'Instance', 'Memory', 'Table', 'Global', 'CompileError', 'LinkError', 'RuntimeError'];

  Object.assign(checks, {
    'wasm: shape of the namespace': () => [shape(globalThis, 'WebAssembly'), Object.getOwnPropertyNames(WebAssembly).sort(), String(WebAssembly)],
    'wasm: shape of functions': () => names.map((name) => shape(WebAssembly, name)),
    'wasm: shape of classes': () => classes.map((name) => [shape(WebAssembly, name), Reflect.ownKeys(WebAssembly[name].prototype).map(String), shape(WebAssembly[name], 'prototype')]),
    'wasm: statics of Module': () => ['exports', 'imports', 'customSections'].map((name) => shape(WebAssembly.Module, name)),
    'wasm: toString by way of a proxy': () => names.map((name) => { try { return Function.prototype.toString.call(new Proxy(WebAssembly[name], {})); } catch (error) { return text(error); } }),
    'wasm: functions are no constructors': () => Promise.all(names.map((name) => outcome(() => new WebAssembly[name](empty)))),
    'wasm: functions have no prototype': () => names.map((name) => 'prototype' in WebAssembly[name]),

    'module: without new': () => WebAssembly.Module(empty),
    'module: no bytes': () => Promise.all([outcome(() => new WebAssembly.Module()), outcome(() => WebAssembly.compile()), outcome(() => WebAssembly.instantiate()), outcome(() => WebAssembly.validate())]),
    'module: not bytes': () => Promise.all([undefined, null, true, 1, '', 'x', {}, [], Symbol.iterator, new Date(0), () => 0].flatMap((value) => [outcome(() => new WebAssembly.Module(value)), outcome(() => WebAssembly.compile(value)), outcome(() => WebAssembly.validate(value))])),
    'module: empty bytes': () => outcome(() => new WebAssembly.Module(new ArrayBuffer(0))),
    'module: broken': () => Promise.all([outcome(() => new WebAssembly.Module(broken)), outcome(() => WebAssembly.compile(broken)), outcome(() => WebAssembly.instantiate(broken)), outcome(() => WebAssembly.validate(broken))]),
    'module: truncated at every byte': () => Array.from(calls, (_, end) => WebAssembly.validate(calls.slice(0, end))),
    'module: kinds of bytes': () => [add, add.buffer, new DataView(add.buffer), new Uint8Array([9, ...add]).subarray(1), new Int8Array(add.buffer)].map((bytes) => text(WebAssembly.Module.exports(new WebAssembly.Module(bytes)))),
    'module: detached bytes': () => { const copy = add.slice(); structuredClone(copy, { transfer: [copy.buffer] }); return Promise.all([outcome(() => new WebAssembly.Module(copy)), outcome(() => WebAssembly.compile(copy))]); },
    'module: resizable bytes': () => { const buffer = new ArrayBuffer(add.length, { maxByteLength: 100 }); new Uint8Array(buffer).set(add); return outcome(() => new WebAssembly.Module(buffer)); },
    'module: exports, imports, sections': () => [WebAssembly.Module.exports(new WebAssembly.Module(memory)), WebAssembly.Module.imports(new WebAssembly.Module(calls)), WebAssembly.Module.customSections(new WebAssembly.Module(memory), 'note').map((part) => [...new Uint8Array(part)]), WebAssembly.Module.customSections(new WebAssembly.Module(memory), 'none')],
    'module: statics refuse others': () => Promise.all(['exports', 'imports', 'customSections'].flatMap((name) => [outcome(() => WebAssembly.Module[name]()), outcome(() => WebAssembly.Module[name]({})), outcome(() => WebAssembly.Module[name](new WebAssembly.Module(empty)))])),
    'module: identity': () => { const module = new WebAssembly.Module(empty); return [module instanceof WebAssembly.Module, Object.getPrototypeOf(module) === WebAssembly.Module.prototype, module.constructor === WebAssembly.Module, String(module), Reflect.ownKeys(module).map(String), Object.isExtensible(module)]; },
    'module: subclass': () => { class Mine extends WebAssembly.Module { own() { return 42; } } const mine = new Mine(add); return [mine instanceof Mine, mine.own(), mine.constructor.name, WebAssembly.Module.exports(mine)]; },
    'module: new target of another': () => Object.getPrototypeOf(Reflect.construct(WebAssembly.Module, [add], Array)) === Array.prototype,
    'module: new target order': () => { const log = []; const target = new Proxy(function () {}, { get: (object, name) => { log.push(String(name)); return object[name]; } }); return outcome(() => Reflect.construct(WebAssembly.Module, [{ get length() { log.push('length'); return 0; } }], target)).then((got) => [got, log]); },
    'module: cloned': () => WebAssembly.Module.exports(structuredClone(new WebAssembly.Module(add))),
    'module: bytes changed after compile began': async () => { const copy = calls.slice(); const promise = WebAssembly.compile(copy); copy.fill(0); return WebAssembly.Module.imports(await promise); },
    'module: bytes of a getter': () => { let reads = 0; return outcome(() => WebAssembly.compile({ get byteLength() { reads += 1; return 8; } })).then((got) => [got, reads]); },
    'module: options are read': () => { const log = []; const options = new Proxy({}, { get: (_, name) => { log.push(String(name)); return undefined; } }); return outcome(() => new WebAssembly.Module(empty, options)).then((got) => [got, log]); },
    'module: options refused': () => Promise.all([1, 'x', null, undefined].flatMap((options) => [outcome(() => new WebAssembly.Module(empty, options)), outcome(() => WebAssembly.compile(empty, options))])),

    'compile: gives a promise of this realm': async () => { const promise = WebAssembly.compile(add); return [promise instanceof Promise, Object.getPrototypeOf(promise) === Promise.prototype, promise.constructor === Promise, Reflect.ownKeys(promise).map(String), (await promise) instanceof WebAssembly.Module]; },
    'compile: refuses, never throws': () => { const promises = names.filter((name) => name !== 'validate').map((name) => WebAssembly[name]()); for (const promise of promises) promise.catch(() => 0); return promises.map((promise) => promise instanceof Promise); },
    'compile: this does not matter': () => Promise.all([undefined, null, 1, {}].map((self) => outcome(() => WebAssembly.compile.call(self, empty)))),
    'compile: a changed then is not called': async () => { const original = Promise.prototype.then; let called = 0; Promise.prototype.then = function (...args) { called += 1; return original.apply(this, args); }; WebAssembly.compile(add); WebAssembly.instantiate(add); const seen = called; Promise.prototype.then = original; return seen; },

    'instance: without new': () => outcome(() => WebAssembly.Instance(new WebAssembly.Module(empty))),
    'instance: not a module': () => Promise.all([undefined, null, {}, empty].map((value) => outcome(() => new WebAssembly.Instance(value)))),
    'instance: exports': () => { const { exports } = new WebAssembly.Instance(new WebAssembly.Module(add)); return [exports.add(40, 2), Object.isFrozen(exports), Object.getPrototypeOf(exports), Reflect.ownKeys(exports).map(String), shape(exports, 'add'), exports.add === exports.add, String(exports.add), outcome(() => new exports.add())]; },
    'instance: shape': () => { const instance = new WebAssembly.Instance(new WebAssembly.Module(add)); return [Reflect.ownKeys(instance).map(String), shape(WebAssembly.Instance.prototype, 'exports'), instance.exports === instance.exports, String(instance), outcome(() => Object.getOwnPropertyDescriptor(WebAssembly.Instance.prototype, 'exports').get.call({}))]; },
    'instance: imports missing': () => Promise.all([undefined, null, 1, {}, { m: 1 }, { m: {} }, { m: { f: 1 } }].flatMap((imports) => [outcome(() => new WebAssembly.Instance(new WebAssembly.Module(calls), imports)), outcome(() => WebAssembly.instantiate(calls, imports)), outcome(() => WebAssembly.instantiate(new WebAssembly.Module(calls), imports))])),
    'instance: imports are read in order': async () => { const log = []; const watch = (object, name) => new Proxy(object, { get: (target, key) => { log.push(`${name}.${String(key)}`); return target[key]; } }); const imports = watch({ m: watch({ f: () => log.push('called') }, 'm') }, 'imports'); new WebAssembly.Instance(new WebAssembly.Module(calls), imports).exports.go(); await WebAssembly.instantiate(calls, imports); return log; },
    'instance: how imports are called': () => { let seen; const f = function (...args) { seen = [this === undefined || this === globalThis, args.length, new.target]; }; new WebAssembly.Instance(new WebAssembly.Module(starts), { m: { f } }); return seen; },
    'instance: an import throws': () => outcome(() => new WebAssembly.Instance(new WebAssembly.Module(starts), { m: { f() { throw new RangeError('mine'); } } })),
    'instance: the start traps': () => Promise.all([outcome(() => new WebAssembly.Instance(new WebAssembly.Module(traps))), outcome(() => WebAssembly.instantiate(traps))]),
    'instance: an exported function comes back itself': () => { const { exports } = new WebAssembly.Instance(new WebAssembly.Module(add)); const table = new WebAssembly.Table({ initial: 1, element: 'anyfunc' }); table.set(0, exports.add); return table.get(0) === exports.add; },

    'instantiate: result of bytes': async () => { const result = await WebAssembly.instantiate(add); return [Reflect.ownKeys(result).map(String), shape(result, 'module'), shape(result, 'instance'), Object.getPrototypeOf(result) === Object.prototype, result.instance instanceof WebAssembly.Instance, result.module instanceof WebAssembly.Module]; },
    'instantiate: result of a module': async () => (await WebAssembly.instantiate(new WebAssembly.Module(add))) instanceof WebAssembly.Instance,
    'instantiate: imports changed meanwhile': async () => { const imports = { m: { f() {} } }; const promise = WebAssembly.instantiate(calls, imports); imports.m.f = 1; return outcome(() => promise); },

    'streaming: a response': async () => [WebAssembly.Module.exports(await WebAssembly.compileStreaming(reply(add))), (await WebAssembly.instantiateStreaming(reply(add))).instance.exports.add(40, 2)],
    'streaming: promises of responses': async () => [await outcome(() => WebAssembly.compileStreaming(Promise.resolve(reply(empty)))), await outcome(() => WebAssembly.compileStreaming(Promise.reject(new RangeError('mine')))), await outcome(() => WebAssembly.compileStreaming({ then: (done) => done(reply(empty)) }))],
    'streaming: not responses': () => Promise.all([undefined, null, 1, {}, empty, 'x'].flatMap((value) => [outcome(() => WebAssembly.compileStreaming(value)), outcome(() => WebAssembly.instantiateStreaming(value))])),
    'streaming: types': () => Promise.all(['', 'text/plain', 'application/wasm; charset=utf-8', 'Application/WASM', 'application/wasm ', 'application/wasm;'].map((type) => outcome(() => WebAssembly.compileStreaming(reply(empty, type))))),
    'streaming: status': () => Promise.all([404, 500, 204].map((status) => outcome(() => WebAssembly.compileStreaming(reply(status === 204 ? null : empty, 'application/wasm', { status }))))),
    'streaming: a body is used once': async () => { const response = reply(add); const first = WebAssembly.compileStreaming(response); const used = response.bodyUsed; await first; return [used, response.bodyUsed, await outcome(() => WebAssembly.compileStreaming(response)), await outcome(() => response.arrayBuffer())]; },
    'streaming: a locked body': () => { const response = reply(add); response.body.getReader(); return outcome(() => WebAssembly.compileStreaming(response)); },
    'streaming: broken': () => Promise.all([broken, new Uint8Array(0), empty.slice(0, 5)].map((bytes) => outcome(() => WebAssembly.compileStreaming(reply(bytes))))),
    'streaming: slow pieces': () => outcome(async () => WebAssembly.Module.imports(await WebAssembly.compileStreaming(reply(new ReadableStream({ async start(controller) { for (const byte of calls) { controller.enqueue(new Uint8Array([byte])); await 0; } controller.close(); } }))))),
    'streaming: the body fails': () => outcome(() => WebAssembly.compileStreaming(reply(new ReadableStream({ start(controller) { controller.enqueue(empty); controller.error(new RangeError('mine')); } })))),
    'streaming: of a fetch': async () => { const response = await fetch('/add.wasm'); return [(await WebAssembly.instantiateStreaming(response)).instance.exports.add(40, 2), response.bodyUsed, response.url === new URL('/add.wasm', location.origin === 'null' ? 'https://specification.test' : location.origin).href]; },

    'memory: exported and grown': () => { const { memory: own } = new WebAssembly.Instance(new WebAssembly.Module(memory)).exports; const before = own.buffer; return [own.grow(1), before.byteLength, own.buffer.byteLength, own instanceof WebAssembly.Memory, shape(WebAssembly.Memory.prototype, 'grow')]; },
    'errors: classes': () => ['CompileError', 'LinkError', 'RuntimeError'].map((name) => { const error = new WebAssembly[name]('why'); return [String(error), error instanceof Error, Object.getPrototypeOf(WebAssembly[name]) === Error, shape(error, 'message')]; }),
    'errors: no foreign line in the stack': () => { try { new WebAssembly.Module(broken); return ''; } catch (error) { return [error.stack.split('\n').length, /extension|nomine|guard/i.test(error.stack)]; } },
    'digest: shape and refusals': async () => [shape(SubtleCrypto.prototype, 'digest'), await outcome(() => crypto.subtle.digest()), await outcome(() => crypto.subtle.digest('nothing', empty)), await outcome(() => SubtleCrypto.prototype.digest.call({}, 'SHA-1', empty)), [...new Uint8Array(await crypto.subtle.digest('SHA-1', empty))]],
  });
}
