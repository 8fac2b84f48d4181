// `set`: the property has a fixed value. A value of another type that the page has put there first, or
// puts there later, wins: then the name is not the one that the list's author meant.
import { apply, defineProperty, getOwnPropertyDescriptor, indexOf, NativePromise, NativeProxy, NativeResponse, slice } from '../primordials.js';
import { isObject, trap } from './abort.js';

type Owner = Record<string, unknown>;
const digits = /^-?\d+$/u;
const exec = RegExp.prototype.exec;
const { get: reflectGet } = Reflect;
const toNumber = Number;

export function setConstant([chain = '', raw = '']: readonly string[]): void {
  const dot = lastDot(chain);
  let fixed = constant(raw, slice(chain, dot + 1));
  let aborted = false;
  const differs = (value: unknown): boolean => {
    if (!aborted) aborted = value !== undefined && value !== null && fixed !== undefined && fixed !== null && typeof value !== typeof fixed;
    return aborted;
  };
  const fix = (owner: Owner, name: string): void => {
    if (differs(owner[name])) return;
    const found = getOwnPropertyDescriptor(owner, name);
    if (found !== undefined) {
      try {
        owner[name] = fixed;
      } catch {
        // A setter of the page's.
      }
    }
    trap(
      owner,
      name,
      () => {
        if (found?.get !== undefined) apply(found.get, owner, []);
        return fixed;
      },
      (given) => {
        if (found?.set !== undefined) apply(found.set, owner, [given]);
        if (differs(given)) fixed = given;
      },
      false,
    );
  };
  const lay = (owner: Owner, path: string): void => {
    const end = indexOf(path, '.');
    if (end < 0) {
      fix(owner, path);
      return;
    }
    const name = slice(path, 0, end);
    const rest = slice(path, end + 1);
    let value = owner[name];
    if (isObject(value)) {
      lay(value, rest);
      return;
    }
    const found = getOwnPropertyDescriptor(owner, name);
    trap(
      owner,
      name,
      () => value,
      (given) => {
        if (found?.set !== undefined) apply(found.set, owner, [given]);
        value = given;
        if (isObject(given)) lay(given, rest);
      },
      true,
    );
  };
  lay(globalThis as unknown as Owner, chain);
}

function lastDot(chain: string): number {
  let found = -1;
  for (let at = indexOf(chain, '.'); at >= 0; at = indexOf(chain, '.', at + 1)) found = at;
  return found;
}

/** The values that lists can name; anything else stands for its own text (`yes`, `denied`). */
function constant(raw: string, name: string): unknown {
  switch (raw) {
    case 'undefined': return undefined;
    case 'false': return false;
    case 'true': return true;
    case 'null': return null;
    case '': case "''": case 'emptyStr': return '';
    case '[]': case 'emptyArr': return [];
    case '{}': case 'emptyObj': return {};
    case 'noopFunc': return cloaked(function () {}, name);
    case 'trueFunc': return cloaked(function () { return true; }, name);
    case 'falseFunc': return cloaked(function () { return false; }, name);
    case 'throwFunc': return cloaked(function () { throw ''; }, name);
    case 'noopCallbackFunc': return cloaked(function () { return function () {}; }, name);
    case 'noopPromiseResolve': return cloaked(function () { return new NativePromise((done) => done(new NativeResponse())); }, name);
    case 'noopPromiseReject': return cloaked(function () { return new NativePromise((_done, failed) => failed()); }, name);
    default: return apply(exec, digits, [raw]) === null ? raw : toNumber(raw);
  }
}

/** A function that has the property's name and shows no text. */
function cloaked(fn: () => unknown, name: string): unknown {
  defineProperty(fn, 'name', { __proto__: null, value: name, configurable: true } as PropertyDescriptor);
  const shown = (): string => `function ${name}() { [native code] }`;
  return new NativeProxy(fn, { __proto__: null, get: (target, key, receiver) => (key === 'toString' ? shown : (reflectGet(target, key, receiver) as unknown)) } as ProxyHandler<() => unknown>);
}
