// The guard at the start of a worker: finds the token, gives the script the address and name that it
// would have had, and loads it where it does not follow in the same file.
import { originalOf, ownerOf, replace, replaceAccessor, type Run } from './disguise.js';
import { fetchedFrom, fetchScript, wasLed, withoutHash } from './blobs.js';
import { resolve } from './channel.js';
import { lateProperty } from './late.js';
import {
  addListener, addressOfRequest, apply, asText, bound, construct, createObjectURL, indexOf, NativeError, NativeURL, optionsBut, prevent, property, removeListener, revokeObjectURL, sequence, setOwn, slice, soon, startsWith, stopImmediate, theirs,
} from './primordials.js';
import type { Settings } from './settings.js';
import { nameMark } from './mark.js';

type Scope = typeof globalThis & { importScripts?: (...urls: string[]) => void; name?: string; WorkerLocation?: { prototype: object } };

/** What the starter's guard has told this one. */
export interface Told {
  /** What it listens for. */
  readonly token: string;
  /** Where the inspector can be read; empty: where the settings say. */
  readonly address: string;
}

const untold: Told = { token: '', address: '' };

/** Taken off the worker's name where it came that way. */
export function takeTold(scope: Scope, settings: Settings): Told {
  if (settings.token !== '') return { token: settings.token, address: '' };
  const given = scope.name;
  // A shared worker has a name of the page's alone.
  if (typeof scope.postMessage !== 'function' || typeof given !== 'string' || !startsWith(given, nameMark)) return untold;
  const end = indexOf(given, nameMark, 1);
  if (end < 0) return untold;
  const own = slice(given, end + 1);
  replaceAccessor(ownerOf(scope, 'name'), 'name', { get: (native, self) => (apply(native, self, []) === given ? own : apply(native, self, [])) });
  return { token: slice(given, 1, 33), address: slice(given, 33, end) };
}

const parts = ['href', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'origin'] as const;

/**
 * Where the script that was asked for under this address is: elsewhere, if the server led there. Few scripts want to
 * know and fewer are led, so it is looked up when it is wanted, and only then asked for once more.
 */
export function finalAddress(asked: string): () => string {
  let known: string | null = null;
  return () => {
    if (known !== null) return known;
    try {
      const led = wasLed(asked);
      if (led === undefined) return asked; // not loaded yet
      known = led ? fetchedFrom(asked) : asked;
    } catch {
      known = asked; // the page took away what tells
    }
    return known;
  };
}

/** `location` shows this address instead of the one that the guard was started from. */
export function showAddress(scope: Scope, href: () => string): void {
  const prototype = scope.WorkerLocation?.prototype;
  if (prototype === undefined) return;
  let shown = '';
  let parsed: URL | null = null;
  const address = (): URL => {
    const now = href();
    if (parsed === null || now !== shown) parsed = construct(NativeURL, [now]) as URL;
    shown = now;
    return parsed;
  };
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? 'href';
    const partOf = property<string>(NativeURL, part);
    replaceAccessor(prototype, part, {
      get: (native, self) => {
        apply(native, self, []); // complains about a wrong receiver in its own way
        return partOf(address());
      },
    });
  }
  replace(prototype, 'toString', {
    apply: (native, self) => {
      apply(native, self, []);
      return href();
    },
  });
}

const { isArray } = Array;
const ofClient = 'about:client';
const referrerOf = lateProperty<string>('referrer');
const referrerPolicyOf = lateProperty<string>('referrerPolicy');
const ofCaches = ['add', 'delete', 'keys', 'match', 'matchAll', 'put'] as const;

/** Relative addresses mean what they would in the script's own place; a module imports by itself. */
export function resolveFrom(scope: Scope, base: () => string, isModule: boolean): void {
  const addressOf = addressOfRequest();
  const absolute = (given: unknown): unknown => {
    if (typeof given === 'symbol' || addressOf(given) !== null) return given;
    const text = `${given as string}`;
    return resolve(text, base()) ?? text;
  };
  const each = (all: readonly unknown[]): unknown[] => {
    const changed: unknown[] = [];
    for (let index = 0; index < all.length; index += 1) setOwn(changed, index, absolute(all[index]));
    return changed;
  };
  const first = (args: unknown[]): unknown[] => {
    if (args.length === 0) return args;
    const changed: unknown[] = [absolute(args[0])];
    for (let index = 1; index < args.length; index += 1) setOwn(changed, index, args[index]);
    return changed;
  };
  // A worker from a blob: address is nobody's referrer.
  const referring = (args: unknown[]): unknown[] => {
    const init = args[1] ?? {};
    if (args.length === 0 || (typeof init !== 'object' && typeof init !== 'function')) return args;
    const request = addressOf(args[0]) === null ? null : (args[0] as Request);
    const referrer = (): unknown => {
      const { referrer: given } = init as RequestInit;
      if (given === undefined && request !== null && referrerOf(request) !== ofClient) return given;
      return given === undefined || given === ofClient ? base() : given === '' ? given : absolute(given);
    };
    const told = (name: PropertyKey): unknown => {
      if (name === 'referrer') return referrer();
      if (name !== 'referrerPolicy' || request === null) return theirs;
      const { referrerPolicy } = init as RequestInit;
      return referrerPolicy === undefined ? referrerPolicyOf(request) : referrerPolicy;
    };
    return [args[0], optionsBut(init, told)];
  };
  const cached: Run = { apply: (native, self, args) => apply(native, self, args[0] === undefined ? args : first(args)) };
  // Both are on the prototype of the scope.
  replace(ownerOf(scope, 'fetch'), 'fetch', { apply: (native, self, args) => apply(native, self, referring(first(args))) }, true);
  replace(scope, 'Request', { construct: (native, args, target) => construct(native, first(args), target) as object }, true);
  replace(scope, 'EventSource', { construct: (native, args, target) => construct(native, first(args), target) as object }, true);
  if (!isModule) replace(ownerOf(scope, 'importScripts'), 'importScripts', {
    runs: true,
    apply: (native, self, args) => apply(native, self, each(args)),
  });
  replace(scope.Response, 'redirect', { apply: (native, self, args) => apply(native, self, first(args)) });
  replace(scope.CacheStorage?.prototype, 'match', cached);
  for (let index = 0; index < ofCaches.length; index += 1) replace(scope.Cache?.prototype, ofCaches[index] ?? '', cached);
  replace(scope.Cache?.prototype, 'addAll', {
    apply: (native, self, args) => {
      const given = args[0];
      return apply(native, self, isArray(given) ? [sequence(each(given))] : args);
    },
  });
  const request = scope.XMLHttpRequest?.prototype as object | undefined;
  replace(request, 'open', {
    apply: (native, self, args) => {
      if (args.length < 2) return apply(native, self, args);
      const changed: unknown[] = [asText(args[0]), absolute(args[1])];
      for (let index = 2; index < args.length; index += 1) setOwn(changed, index, args[index]);
      return apply(native, self, changed);
    },
  }, true);
}

/** Ends the module that this guard is, and with it those that were to run after it; nobody hears of that error. */
export function endModule(scope: Scope): never {
  addListener(scope, 'error', (event) => {
    stopImmediate(event);
    prevent(event);
  }, true);
  throw new NativeError();
}

/**
 * Runs the script whose place this guard took: after everything here has ended, so that nothing of the guard is among
 * the callers of the page's code, nothing catches what that throws, and errors keep their places. `failed` is told
 * where the worker would not have started at all.
 */
export function load(scope: Scope, href: string, failed: () => void): void {
  const native = originalOf(scope.importScripts) as ((...urls: string[]) => void) | undefined;
  if (typeof native !== 'function') return;
  const script = (address: string): (() => void) => bound(native, scope, address) as () => void;
  const onError = (event: Event): void => {
    if (!isUnloaded(errorOf(event), href)) return;
    stopImmediate(event);
    prevent(event);
    // A worker's script may be of any type, one that is imported may not.
    const fetched = fetchScript(href);
    if (fetched === null) {
      failed();
      return;
    }
    const url = createObjectURL(fetched);
    soon(script(url));
    soon(() => revokeObjectURL(url));
  };
  addListener(scope, 'error', onError, true);
  soon(script(href));
  soon(() => removeListener(scope, 'error', onError, true));
}

const errorOf = lateProperty<unknown>('error');
const errorName = lateProperty<string>('name');
const errorMessage = lateProperty<string>('message');

/** Whether it is this script that could not be loaded, not one that it imports. */
function isUnloaded(error: unknown, href: string): boolean {
  try {
    return errorName(error) === 'NetworkError' && indexOf(errorMessage(error), withoutHash(href)) >= 0;
  } catch {
    return false;
  }
}
