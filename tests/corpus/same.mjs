// Runs changed miners beside what they were made from: both must find the same nonce and leave the
// same digest. A changed module that computes something else is no miner any more, and says nothing.
//   node same.mjs CORPUS [CHANGE]
// Outcomes are kept in CORPUS/same.json, so that only what is new is run.
import { existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

/** Stand-ins for what a module imports; things of the part before it come from there. */
function imports(module, before, memory) {
  const found = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    found[from] ??= {};
    found[from][name] = from === 'e' && before?.exports[name] !== undefined ? before.exports[name]
      : kind === 'function' ? () => 0
        : kind === 'memory' ? memory
          : kind === 'table' ? new WebAssembly.Table({ initial: 1024, element: 'anyfunc' })
            : new WebAssembly.Global({ value: 'i32', mutable: false }, 1024);
  }
  return found;
}

/** The exports under the names that they had before they were renamed, by their places. */
function named(exports, module, original) {
  const [now, before] = [module, new WebAssembly.Module(readFileSync(original))].map((m) => WebAssembly.Module.exports(m).map(({ name }) => name));
  if (now.length !== before.length || before.some((name) => now.includes(name) && typeof exports[name] === 'function' && name.length > 2)) return exports;
  return Object.fromEntries(before.map((name, index) => [name, exports[now[index]]]));
}

function start(paths, original) {
  for (const pages of [512, 4096]) {
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: 32768 });
      let instance = null;
      let module = null;
      for (const path of paths) {
        module = new WebAssembly.Module(readFileSync(path));
        instance = new WebAssembly.Instance(module, imports(module, instance, memory));
      }
      const exports = named(instance.exports, module, original);
      const own = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
      return { exports, memory: own ?? memory };
    } catch (error) {
      if (pages === 4096) throw error;
    }
  }
  return null;
}

/** What a miner answers to one small job, whatever its shape; nothing where it is not one of ours. */
function answer(paths, original) {
  const { exports, memory } = start(paths, original);
  exports._initialize?.();
  const bytes = () => new Uint8Array(memory.buffer);
  const fill = (at, length) => { for (let index = 0; index < length; index += 1) bytes()[at + index] = (index * 37 + 11) & 255; };
  const digest = (at) => Buffer.from(bytes().subarray(at, at + 32)).toString('hex');
  if (exports.search) {
    const [header, goal, result] = [exports.header(), exports.goal(), exports.result()];
    fill(header, 76);
    bytes().fill(255, goal, goal + 31);
    bytes()[goal + 31] = 63;
    return `${exports.search(5, 24)} ${digest(result)}`;
  }
  if (typeof exports.c === 'function' && typeof exports.a === 'function') {
    fill(exports.a(), 76);
    return `${exports.c(5, 8, 1n << 62n)} ${digest(exports.b())}`;
  }
  if (exports.digest) {
    const buffer = exports.buffer();
    fill(buffer, 80);
    exports.digest(buffer, buffer + 256);
    return digest(buffer + 256);
  }
  if (exports.work) {
    fill(exports.a(), 76);
    bytes().fill(255, exports.b(), exports.b() + 32);
    bytes()[exports.b()] = 63;
    return `${exports.work(5, 24)}`;
  }
  return null;
}

if (!isMainThread) {
  parentPort.on('message', ([paths, original]) => {
    let reply;
    try { reply = { answer: answer(paths, original) }; } catch (error) { reply = { error: String(error.message ?? error) }; }
    parentPort.postMessage(reply);
  });
} else {
  const [corpus, only] = process.argv.slice(2);
  if (!corpus) {
    console.error('usage: node same.mjs CORPUS [CHANGE]');
    process.exit(2);
  }
  let worker = null;
  const ask = (paths, original) => new Promise((resolve) => {
    worker ??= new Worker(new URL(import.meta.url));
    const asked = worker;
    const over = (reply) => { clearTimeout(patience); asked.removeAllListeners(); resolve(reply); };
    const lost = (reason) => { void asked.terminate(); worker = null; over({ error: reason }); };
    const patience = setTimeout(() => lost('not done within a minute'), 60_000);
    asked.once('message', over);
    asked.once('error', (error) => lost(String(error.message ?? error)));
    asked.postMessage([paths, original]);
  });
  // Half a minute and 256 MiB for one hash: RandomX is left to the validator.
  const slow = (family) => family === 'randomx';
  const kept = join(corpus, 'same.json');
  const known = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  const originals = new Map();
  const list = (dir) => (existsSync(dir) ? readdirSync(dir).sort() : []);
  for (const change of list(join(corpus, 'mutated'))) {
    if (only && change !== only) continue;
    for (const family of list(join(corpus, 'mutated', change))) {
      if (slow(family)) continue;
      const folder = join(corpus, 'mutated', change, family);
      const names = new Set(list(folder).filter((name) => name.endsWith('.wasm')).map((name) => name.replace(/~\d\.wasm$/, '.wasm')));
      for (const name of change === 'inside-another' ? [] : names) {
        const original = join(corpus, 'miners', family, name);
        const parts = list(folder).filter((file) => file === name || file.startsWith(`${name.slice(0, -5)}~`)).map((file) => join(folder, file));
        const key = relative(corpus, join(folder, name));
        const stamp = parts.map((path) => statSync(path).size).join('+');
        if (known[key]?.stamp === stamp || !existsSync(original)) continue;
        if (!originals.has(original)) originals.set(original, await ask([original], original));
        const before = originals.get(original);
        if (before.error || before.answer === null) {
          known[key] = { stamp, outcome: `not run: ${before.error ?? 'no shape of ours'}` };
          continue;
        }
        const after = await ask(parts, original);
        // Browsers take two memories, Node 20 does not.
        if (/memory count|one memory/.test(after.error ?? '')) {
          known[key] = { stamp, outcome: `not run: ${after.error}` };
          continue;
        }
        known[key] = { stamp, outcome: after.error ? `fails: ${after.error}` : after.answer === before.answer ? 'same' : 'different' };
        if (known[key].outcome !== 'same') {
          console.log(`${key}: ${known[key].outcome}`);
          for (const path of parts) renameSync(path, `${join(folder, name)}.not`);
        }
      }
    }
    writeFileSync(kept, JSON.stringify(known));
  }
  const count = {};
  for (const { outcome } of Object.values(known)) count[outcome.split(':')[0]] = (count[outcome.split(':')[0]] ?? 0) + 1;
  console.log(Object.entries(count).map(([outcome, n]) => `${outcome}: ${n}`).join(', '));
  await worker?.terminate();
}
