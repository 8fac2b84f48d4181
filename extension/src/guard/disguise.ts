// Replaces functions of the platform without showing it. Each replacement is a Proxy around the
// original, so name, length, prototype chain, statics and subclassing are the platform's own;
// `Function.prototype.toString` answers for the original. Limit: a Proxy that comes from another
// realm is not known to this realm's `toString`, unless both realms have the same guard.
import { apply, defineProperty, functionToString, getOwnPropertyDescriptor, getPrototypeOf, getter, indexOf, NativeProxy, NativeWeakMap, setPrototypeOf, startsWith, then, weakGet, weakSet } from './primordials.js';
import { cleaned } from './trace.js';

/** Natively `Function.prototype.toString` throws for a text; a guarded realm's answers this one. */
export const question = 'nomine:guarded';

type Callable = (...args: never[]) => unknown;
export type Apply = (native: Callable, self: unknown, args: unknown[]) => unknown;
export type Construct = (native: Callable, args: unknown[], newTarget: Callable) => unknown;
export interface Run {
  readonly apply?: Apply;
  readonly construct?: Construct;
  /** What it returns is a promise: an error that it is refused with comes late, and the guard was among the callers all the same. */
  readonly promises?: boolean;
  /** What it calls is the page's own code: what that throws is not caught on its way, and keeps its place. */
  readonly runs?: boolean;
}

/** By what promises of each realm that is guarded inherit from: their class, so that whoever derives one does not ask the page which. */
const species = new NativeWeakMap<object, object>();
const ofSpecies = Symbol.species;
export function knowPromises({ Promise }: { readonly Promise: PromiseConstructor }): void {
  weakSet(species, Promise.prototype, { __proto__: null, [ofSpecies]: Promise });
}
/** For a promise that the page never sees. */
export function steady<T>(promise: Promise<T>): Promise<T> {
  const prototype = typeof promise === 'object' && promise !== null ? getPrototypeOf(promise) : null;
  const value = prototype === null ? undefined : weakGet(species, prototype);
  if (value !== undefined) defineProperty(promise, 'constructor', { __proto__: null, value } as PropertyDescriptor);
  return promise;
}

const originals = new NativeWeakMap<object, Callable>();

/** The platform's function behind a replacement, or the function itself. */
export function originalOf(fn: unknown): unknown {
  return typeof fn === 'function' ? (weakGet(originals, fn) ?? fn) : fn;
}

/** A stand-in for `native` that runs these instead. */
export function disguised<F extends Callable>(native: F, run: Run): F {
  const { apply: called, construct: made } = run;
  const handler = { __proto__: null } as ProxyHandler<F>;
  if (called !== undefined) {
    if (run.runs === true) handler.apply = (target, self, args) => called(target, self, args as unknown[]);
    else handler.apply = (target, self, args) => {
      try {
        const result = called(target, self, args as unknown[]);
        return run.promises === true ? then(steady(result as Promise<unknown>), same, refuse) : result;
      } catch (error) {
        throw cleaned(error);
      }
    };
  }
  if (made !== undefined) {
    handler.construct = (target, args, newTarget) => {
      try {
        return made(target, args as unknown[], newTarget as Callable) as object;
      } catch (error) {
        throw cleaned(error);
      }
    };
  }
  // The platform finds a circle of prototypes only where no stand-in is in it.
  handler.setPrototypeOf = (target, prototype) => {
    let at = prototype;
    for (let left = 1000; at !== null && at !== standIn && left > 0; left -= 1) at = getPrototypeOf(at);
    return at === standIn ? inherits(target, target) : setPrototypeOf(target, prototype) || inherits(target, prototype);
  };
  const standIn: F = new NativeProxy(native, handler);
  weakSet(originals, standIn, originalOf(native) as Callable);
  return standIn;
}

/** Replaces the function `owner[name]`, one that was replaced before only `again`; returns whether there was one to replace. */
export function replace(owner: object | undefined, name: PropertyKey, run: Run, again = false): boolean {
  if (owner === undefined) return false;
  const native = getOwnPropertyDescriptor(owner, name)?.value as unknown;
  if (typeof native !== 'function' || (!again && originalOf(native) !== native)) return false;
  const standIn = disguised(native as Callable, run);
  if (!put(owner, name, standIn)) return false;
  if (run.construct !== undefined) {
    const prototype = getOwnPropertyDescriptor(native, 'prototype')?.value as object | undefined;
    if (prototype !== undefined) put(prototype, 'constructor', standIn);
  }
  return true;
}

/** Gives another name of a function that was replaced the same stand-in. */
export function replaceAlias(owner: object, name: PropertyKey, alias: PropertyKey): void {
  const standIn = getOwnPropertyDescriptor(owner, name)?.value as unknown;
  const other = getOwnPropertyDescriptor(owner, alias)?.value as unknown;
  if (other !== undefined && other !== standIn && other === originalOf(standIn)) put(owner, alias, standIn);
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
  const near = nearOf(realm);
  replace(realm.Function.prototype, 'toString', {
    apply: (native, self, args) => {
      if (self === question) return question;
      const original = originalOf(self);
      const text = apply(native, original, args) as string;
      return original === self && !asking && isNameless(text) ? (askOthers(realm, near, self) ?? text) : text;
    },
  });
}

/** A stand-in of another realm has no name for this one's `toString`; the guard there knows it. */
let asking = false;
function isNameless(text: string): boolean {
  return startsWith(text, 'function () {') && indexOf(text, '[native code]') > 0;
}

/** Windows near a realm, asked for by functions that were there before the page: `top` alone cannot be replaced. */
interface Near {
  readonly parent: ((self: unknown) => Window | null) | null;
  readonly opener: ((self: unknown) => Window | null) | null;
  readonly count: ((self: unknown) => number) | null;
}
const nearOf = (realm: object): Near => ({ parent: getter(realm, 'parent'), opener: getter(realm, 'opener'), count: getter(realm, 'length') });

function askOthers(realm: object, { parent, opener, count }: Near, fn: unknown): string | null {
  asking = true;
  try {
    const window = realm as Window;
    const near = [parent?.(realm), window.top, opener?.(realm)];
    const frames = count?.(realm) ?? 0;
    for (let index = 0; index < near.length + frames && index < 20; index += 1) {
      const other = index < near.length ? near[index] : window[index - near.length];
      if (other === null || other === undefined || other === realm) continue;
      try {
        const text = apply((other as unknown as { Function: FunctionConstructor }).Function.prototype.toString, fn, []);
        if (typeof text === 'string' && !isNameless(text)) return text;
      } catch {
        // Of another origin.
      }
    }
    return null;
  } finally {
    asking = false;
  }
}

/** Lets the platform say what is wrong with a prototype. */
const { setPrototypeOf: setPrototype } = Object;
function inherits(target: object, prototype: object | null): boolean {
  try {
    setPrototype(target, prototype);
    return true;
  } catch (error) {
    throw cleaned(error);
  }
}

const same = <T>(value: T): T => value;
function refuse(error: unknown): never {
  throw cleaned(error);
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
