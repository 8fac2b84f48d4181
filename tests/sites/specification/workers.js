// Workers as the HTML standard has them, seen from the page.
'use strict';
{
  const blob = (body, type = 'text/javascript') => URL.createObjectURL(new Blob([body], { type }));
  const answer = async (worker) => { const got = await event(worker, 'message', 'error', 'messageerror'); worker.terminate?.(); return got.type === 'error' ? `error ${got.constructor.name} ${got.message ?? ''} ${got.lineno ?? ''} ${got.isTrusted}` : got.data; };
  const run = (body, options) => answer(new Worker(blob(body), options));

  Object.assign(checks, {
    'worker: shape': () => ['Worker', 'SharedWorker', 'ServiceWorkerContainer'].map((name) => [shape(globalThis, name), Reflect.ownKeys(globalThis[name].prototype).map(String).sort(), shape(globalThis[name], 'prototype')]),
    'worker: methods': () => [shape(Worker.prototype, 'terminate'), shape(Worker.prototype, 'postMessage'), shape(Worker.prototype, 'onmessage'), shape(ServiceWorkerContainer.prototype, 'register')],
    'worker: without new, without address': () => Promise.all([outcome(() => Worker('x')), outcome(() => new Worker()), outcome(() => SharedWorker('x')), outcome(() => new SharedWorker())]),
    'worker: addresses refused': () => Promise.all(['http://[', 'https://other.test/x.js', 'ftp://specification.test/x'].flatMap((url) => [outcome(() => void new Worker(url)), outcome(() => void new SharedWorker(url))])),
    'worker: options are read in order': () => { const log = []; const options = new Proxy({}, { get: (_, name) => { log.push(String(name)); return undefined; } }); new Worker(blob(''), options).terminate(); return log; },
    'worker: options refused': () => Promise.all([{ type: 'wrong' }, { credentials: 'wrong' }, 1, 'x'].map((options) => outcome(() => void new Worker(blob(''), options)))),
    'worker: the address is made text once': () => { let count = 0; const worker = new Worker({ toString() { count += 1; return '/echo.js'; } }); worker.terminate(); return count; },
    'worker: the address throws': () => outcome(() => new Worker({ toString() { throw new RangeError('mine'); } })),
    'worker: identity': () => { const worker = new Worker(blob('')); worker.terminate(); return [worker instanceof Worker, worker instanceof EventTarget, Object.getPrototypeOf(worker) === Worker.prototype, worker.constructor === Worker, String(worker), Reflect.ownKeys(worker).map(String)]; },
    'worker: subclass': async () => { class Mine extends Worker { own() { return 42; } } const mine = new Mine(blob('postMessage(1)')); return [mine.own(), mine instanceof Mine, await answer(mine)]; },
    'worker: new target of another': () => { const made = Reflect.construct(Worker, [blob('')], EventTarget); return Object.getPrototypeOf(made) === EventTarget.prototype; },

    'worker: classic': () => run('postMessage(40 + 2)'),
    'worker: strictness is its own': () => run('postMessage([(function () { return this === undefined; })(), typeof undeclared, (() => { try { undeclared2 = 1; return "loose"; } catch (e) { return e.name; } })()])'),
    'worker: a strict one': () => run('"use strict"; postMessage((() => { try { undeclared3 = 1; return "loose"; } catch (e) { return e.name; } })())'),
    'worker: functions are hoisted, declarations are global': () => run('postMessage([typeof later, typeof globalThis.later, typeof globalThis.word]); function later() {} var word = 1; let inner = 2;'),
    'worker: module': () => run('import.meta.url; postMessage([typeof importScripts, (function () { return this; })() === undefined])', { type: 'module' }),
    'worker: a module that imports': () => answer(new Worker('/module.js', { type: 'module' })),
    'worker: a module waits at its top': () => run('await null; postMessage(await Promise.resolve(42))', { type: 'module' }),
    'worker: dynamic import': () => run(`import(${JSON.stringify(`${location.origin}/part.js`)}).then((m) => postMessage(m.part), (e) => postMessage(String(e)))`),
    'worker: from the network': async () => { const worker = new Worker('/echo.js', { name: 'fred' }); worker.postMessage('hi'); return answer(worker); },
    'worker: location of a blob': () => run('postMessage([self.location.protocol, self.location.origin, self.origin])'),
    'worker: address of a blob': async () => { const url = blob('postMessage(location.href)'); return (await answer(new Worker(url))) === url; },
    'worker: a blob revoked at once': () => { const url = blob('postMessage(42)'); const worker = new Worker(url); URL.revokeObjectURL(url); return answer(worker); },
    'worker: a blob revoked before': () => { const url = blob('postMessage(42)'); URL.revokeObjectURL(url); return answer(new Worker(url)).then((got) => typeof got === 'string' && got.startsWith('error')); },
    'worker: a blob of another type': async () => { const url = blob('postMessage(42)', 'text/plain'); return answer(new Worker(url)); },
    'worker: data address': () => answer(new Worker('data:text/javascript,postMessage([location.protocol,self.origin])')),
    'worker: data in base64': () => answer(new Worker(`data:text/javascript;base64,${btoa('postMessage(42)')}`)),
    'worker: what a message carries is of this realm': async () => { const data = await run('const bytes = new Uint8Array([1]); postMessage({ bytes, list: [1], map: new Map(), when: new Date(0), buffer: new ArrayBuffer(1), error: new RangeError("x"), blob: new Blob(["x"]) })'); return [data instanceof Object, data.bytes instanceof Uint8Array, data.list instanceof Array, data.map instanceof Map, data.when instanceof Date, data.buffer instanceof ArrayBuffer, data.error instanceof RangeError, data.blob instanceof Blob]; },
    'worker: its name': () => run('postMessage(name)', { name: 'näme' }),
    'worker: not there': () => answer(new Worker('/none.js')),
    'worker: not JavaScript': () => answer(new Worker('/add.wasm')),
    'worker: bad syntax': () => run('var = 1'),
    'worker: throws, with the line it is on': () => run('\n\nthrow new RangeError("mine")'),
    'worker: throws later': () => run('\nsetTimeout(() => {\n  throw new TypeError("later");\n})'),
    'worker: stack begins in its own code': () => run('postMessage(new Error("x").stack.replaceAll(location.href, "HERE").split("\\n").slice(0, 3))'),
    'worker: messages wait for the script': async () => { const worker = new Worker(blob('const t = Date.now(); while (Date.now() < t + 100); onmessage = ({ data }) => postMessage(data)')); worker.postMessage(1); return answer(worker); },
    'worker: messages come in order': async () => { const worker = new Worker(blob('const all = []; onmessage = ({ data }) => { all.push(data); if (data === 9) postMessage(all); }')); for (let i = 0; i < 10; i += 1) worker.postMessage(i); return answer(worker); },
    'worker: transfers': async () => { const buffer = new ArrayBuffer(42); const worker = new Worker(blob('onmessage = ({ data }) => postMessage(data.byteLength)')); worker.postMessage(buffer, [buffer]); return [buffer.byteLength, await answer(worker)]; },
    'worker: what cannot be cloned': () => { const worker = new Worker(blob('')); return outcome(() => worker.postMessage(() => 0)).finally(() => worker.terminate()); },
    'worker: a module is cloned': async () => { const worker = new Worker(blob('onmessage = ({ data }) => postMessage([data instanceof WebAssembly.Module, WebAssembly.Module.exports(data).length])')); worker.postMessage(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))); return answer(worker); },
    'worker: the handler attribute': async () => { const worker = new Worker(blob('postMessage(42)')); const got = await new Promise((done) => { worker.onmessage = (message) => done([message.data, message.isTrusted, message.origin, message.target === worker, message.ports.length]); }); return [got, typeof worker.onmessage, worker.onerror]; },
    'worker: listeners once and removed': async () => { const worker = new Worker(blob('postMessage(1); postMessage(2); postMessage(3)')); const seen = []; const never = () => seen.push('never'); worker.addEventListener('message', never); worker.removeEventListener('message', never); worker.addEventListener('message', ({ data }) => seen.push(`once ${data}`), { once: true }); worker.addEventListener('message', ({ data }) => seen.push(data)); await later(800); worker.terminate(); return seen; },
    'worker: terminated': async () => { const worker = new Worker(blob('setInterval(() => postMessage(1), 20)')); await event(worker, 'message'); worker.terminate(); let after = 0; worker.onmessage = () => { after += 1; }; await later(200); worker.terminate(); return after; },
    'worker: closes itself': () => run('postMessage("last"); close()'),
    'worker: importScripts': () => run(`importScripts(${JSON.stringify(`${location.origin}/classic.js`)}); postMessage(fromClassic)`),
    'worker: importScripts of nothing there': () => run(`try { importScripts(${JSON.stringify(`${location.origin}/none.js`)}) } catch (e) { postMessage([e.name, e instanceof DOMException]) }`),
    'worker: a worker in a worker': () => run('const inner = new Worker(URL.createObjectURL(new Blob(["postMessage(42)"]))); inner.onmessage = ({ data }) => postMessage(data)'),
    'worker: what is in its global scope': () => run('postMessage(Object.getOwnPropertyNames(self).filter((name) => !/^[A-Z]/.test(name)).sort())'),
    'worker: what is on its prototype': () => run('postMessage([Object.getPrototypeOf(self) === DedicatedWorkerGlobalScope.prototype, String(self), typeof window, typeof document])'),
    'worker: performance says what was loaded': () => run('postMessage(performance.getEntriesByType("resource").length)'),
    'worker: fifty at once': async () => { const url = blob('onmessage = ({ data }) => postMessage(data * 2)'); const workers = Array.from({ length: 50 }, () => new Worker(url)); workers.forEach((worker, n) => worker.postMessage(n)); return (await Promise.all(workers.map(answer))).reduce((sum, n) => sum + n, 0); },

    'shared worker: two ports, one worker': async () => { const url = blob('let count = 0; onconnect = ({ ports: [port] }) => { count += 1; port.postMessage([count, self.name]); }'); const ask = async () => { const { port } = new SharedWorker(url, 'one'); port.start(); return (await event(port, 'message')).data; }; return [await ask(), await ask()]; },
    'shared worker: another type under the same name': async () => {
      const all = [];
      for (const [name, one, other] of [['a', 'classic', 'module'], ['b', 'module', 'classic'], ['c', 'module', 'module']]) {
        const started = new SharedWorker('/shared.js', { name, type: one });
        all.push((await event((started.port.start(), started.port), 'message')).data);
        const again = new SharedWorker('/shared.js', { name, type: other });
        const heard = new Promise((done) => { again.onerror = ({ type }) => done(type); again.port.onmessage = ({ data }) => done(data); });
        all.push(await heard);
      }
      return all;
    },
    'shared worker: not there': async () => { const worker = new SharedWorker('/none.js?' + performance.timeOrigin); const got = await event(worker, 'error'); return [got.constructor.name, got.isTrusted]; },
    'trusted types: how a rule is called': () => {
      if (!('trustedTypes' in globalThis)) return 'absent';
      const rules = { createHTML(...all) { return `${this} ${all}`; }, createScriptURL(...all) { return `${this} ${all}`; } };
      const policy = trustedTypes.createPolicy('called', rules);
      return [String(policy.createHTML('a', 1, rules)), String(policy.createScriptURL('a', 1, rules)), String(policy.createScriptURL({ toString: () => 'b' }))];
    },
    'service worker: refusals': () => Promise.all([outcome(() => navigator.serviceWorker.register()), outcome(() => navigator.serviceWorker.register('https://other.test/x.js')), outcome(() => navigator.serviceWorker.register('/none.js')), outcome(() => navigator.serviceWorker.register('/add.wasm'))]),
    'service worker: registers, answers, ends': async () => { const registration = await navigator.serviceWorker.register('/service.js', { scope: '/scope/' }); const worker = registration.installing ?? registration.waiting ?? registration.active; const channel = new MessageChannel(); worker.postMessage('hi', [channel.port2]); channel.port1.start(); const { data } = await event(channel.port1, 'message'); return [data, await registration.unregister()]; },
    'worklet: adds a module': async () => { const context = new OfflineAudioContext(1, 128, 44100); await context.audioWorklet.addModule(blob('registerProcessor("quiet", class extends AudioWorkletProcessor { process() { return false; } })')); return [String(new AudioWorkletNode(context, 'quiet')), await outcome(() => context.audioWorklet.addModule('/none.js'))]; },
  });
}
