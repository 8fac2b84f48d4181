// Replaces functions of the platform without showing it. Each replacement is a Proxy around the
// original, so name, length, prototype chain, statics and subclassing are the platform's own;
// `Function.prototype.toString` answers for the original. Limit: a Proxy that comes from another
// realm is not known to this realm's `toString`, unless both realms have the same guard.
import { apply, defineProperty, functionToString, getOwnPropertyDescriptor, getPrototypeOf, NativeProxy, NativeWeakMap, weakGet, weakSet } from './primordials.js';

/** Natively `Function.prototype.toString` throws for a text; a guarded realm's answers this one. */
export const question = 'nomine:guarded';

type Callable = (...args: never[]) => unknown;
export type Apply = (native: Callable, self: unknown, args: unknown[]) => unknown;
export type Construct = (native: Callable, args: unknown[], newTarget: Callable) => unknown;

const originals = new NativeWeakMap<object, Callable>();

/** The platform's function behind a replacement, or the function itself. */
export function originalOf(fn: unknown): unknown {
  return typeof fn === 'function' ? (weakGet(originals, fn) ?? fn) : fn;
}

/** A stand-in for `native` that runs these instead. */
export function disguised<F extends Callable>(native: F, run: { apply?: Apply; construct?: Construct }): F {
  const handler = { __proto__: null, ...run } as ProxyHandler<F>;
  const standIn = new NativeProxy(native, handler);
  weakSet(originals, standIn, native);
  return standIn;
}

/** Replaces the function `owner[name]`; returns whether there was one to replace. */
export function replace(owner: object | undefined, name: PropertyKey, run: { apply?: Apply; construct?: Construct }): boolean {
  if (owner === undefined) return false;
  const native = getOwnPropertyDescriptor(owner, name)?.value as unknown;
  if (typeof native !== 'function' || originalOf(native) !== native) return false;
  const standIn = disguised(native as Callable, run);
  if (!put(owner, name, standIn)) return false;
  if (run.construct !== undefined) {
    const prototype = getOwnPropertyDescriptor(native, 'prototype')?.value as object | undefined;
    if (prototype !== undefined) put(prototype, 'constructor', standIn);
  }
  return true;
}

/** Replaces a getter or setter of an accessor property. */
export function replaceAccessor(owner: object | undefined, name: PropertyKey, run: { get?: Apply; set?: Apply }): boolean {
  const found = owner === undefined ? undefined : getOwnPropertyDescriptor(owner, name);
  if (owner === undefined || found === undefined || (found.get === undefined && found.set === undefined)) return false;
  const get = found.get !== undefined && run.get !== undefined ? disguised(found.get as Callable, { apply: run.get }) : found.get;
  const set = found.set !== undefined && run.set !== undefined ? disguised(found.set as Callable, { apply: run.set }) : found.set;
  return defineProperty(owner, name, { __proto__: null, get, set, enumerable: found.enumerable === true, configurable: found.configurable === true } as PropertyDescriptor);
}

/** Makes `Function.prototype.toString` of a realm answer for stand-ins as for what they stand for. */
export function hideIn(realm: { Function: FunctionConstructor }): void {
  replace(realm.Function.prototype, 'toString', {
    apply: (native, self, args) => (self === question ? question : apply(native, originalOf(self), args)),
  });
}

/** The text of a function as written, whatever the page did to `toString`. */
export function sourceOf(fn: Callable): string {
  return functionToString(fn);
}

function put(owner: object, name: PropertyKey, value: unknown): boolean {
  const found = getOwnPropertyDescriptor(owner, name);
  if (found === undefined) return false;
  return defineProperty(owner, name, {
    __proto__: null,
    value,
    writable: found.writable === true,
    enumerable: found.enumerable === true,
    configurable: found.configurable === true,
  } as PropertyDescriptor);
}

/** The nearest object of the prototype chain that has this property itself. */
export function ownerOf(start: object | undefined, name: PropertyKey): object | undefined {
  let owner: object | null | undefined = start;
  while (owner !== undefined && owner !== null) {
    if (getOwnPropertyDescriptor(owner, name) !== undefined) return owner;
    owner = getPrototypeOf(owner);
  }
  return undefined;
}
