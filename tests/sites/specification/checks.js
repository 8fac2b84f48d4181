// A small harness for pages and workers: each check is a function; what it gives or throws becomes
// text, so that two runs can be compared word by word.
'use strict';
globalThis.checks = {};

/** Anything as text: errors by realm, class and message; objects by their own properties. */
function text(value, depth = 2) {
  if (value instanceof Error || Object.prototype.toString.call(value) === '[object DOMException]') {
    const constructor = Object.getPrototypeOf(value).constructor;
    return `${constructor.name}(${globalThis[constructor.name] === constructor || constructor === WebAssembly[constructor.name] ? 'ours' : 'foreign'}): ${value.message}`;
  }
  if (typeof value === 'function') return `function ${value.name}/${value.length}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'undefined') return String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => text(item, depth)).join(', ')}]`;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (depth === 0) return tag;
  const own = Object.getOwnPropertyNames(value).map((name) => `${name}: ${text(value[name], depth - 1)}`);
  return `${tag}{${own.join(', ')}}`;
}

/** What calling gives; a promise is waited for. */
async function outcome(call) {
  try {
    return text(await call());
  } catch (error) {
    return `throws ${text(error)}`;
  }
}

/** The shape of a property, as a page could look at it. */
function shape(object, name) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (descriptor === undefined) return 'none';
  const flags = `${descriptor.enumerable ? 'e' : '-'}${descriptor.configurable ? 'c' : '-'}${'value' in descriptor ? (descriptor.writable ? 'w' : '-') : 'a'}`;
  const part = (value) => (typeof value === 'function' ? `${value.name}/${value.length} ${Function.prototype.toString.call(value).replace(/\s+/g, ' ')} [${Reflect.ownKeys(value).map(String).sort()}]` : typeof value);
  return `${flags} ${['value', 'get', 'set'].filter((key) => key in descriptor).map((key) => `${key}=${part(descriptor[key])}`).join(' ')}`;
}

const event = (target, ...names) =>
  new Promise((done) => {
    for (const name of names) target.addEventListener(name, done, { once: true });
  });

const later = (ms) => new Promise((done) => setTimeout(done, ms));

/** All checks, one after the other, none longer than ten seconds. */
async function runChecks() {
  const results = {};
  for (const [name, check] of Object.entries(checks)) {
    results[name] = await Promise.race([outcome(check), later(10_000).then(() => 'no answer')]);
  }
  return results;
}
