// Replaces functions so that several scriptlets can do it one after the other, and lets
// `Function.prototype.toString` answer for them as for the platform's own.
import { disguised, originalOf, type Apply, type Construct } from '../disguise.js';
import { apply, defineProperty, getOwnPropertyDescriptor } from '../primordials.js';

type Callable = (...args: never[]) => unknown;
let hidden = false;

/** Puts a stand-in in the place of `owner[name]`, also where one is already. */
export function replace(owner: object, name: string, run: { apply?: Apply; construct?: Construct }): void {
  if (!hidden) {
    hidden = true;
    put(Function.prototype, 'toString', { apply: (native, self, args) => apply(native, first(self), args) });
  }
  put(owner, name, run);
}

function put(owner: object, name: string, run: { apply?: Apply; construct?: Construct }): void {
  const found = getOwnPropertyDescriptor(owner, name);
  const native = found?.value as Callable | undefined;
  if (found === undefined || typeof native !== 'function') return;
  const value = disguised(native, run);
  defineProperty(owner, name, { __proto__: null, value, writable: found.writable, enumerable: found.enumerable, configurable: found.configurable } as PropertyDescriptor);
  const prototype = run.construct === undefined ? undefined : (getOwnPropertyDescriptor(native, 'prototype')?.value as object | undefined);
  if (prototype !== undefined) defineProperty(prototype, 'constructor', { __proto__: null, value } as PropertyDescriptor);
}

/** What the stand-ins stand for. */
function first(fn: unknown): unknown {
  let found = fn;
  for (let inner = originalOf(found); inner !== found; inner = originalOf(found)) found = inner;
  return found;
}
