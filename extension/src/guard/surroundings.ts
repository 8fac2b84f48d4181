// What a scope knows about its own place: the base of relative addresses, and whether it has a CSP.
import { baseOf, type Channel } from './channel.js';
import { replace, replaceAccessor, type Apply } from './disguise.js';
import { timingMark } from '../shared/timing.js';
import { apply, construct, freeze, getOwnPropertyDescriptor, method, NativeWeakMap, property, setOwn, weakGet, weakSet } from './primordials.js';

export interface Surroundings {
  /** Base of relative addresses. */
  base(): string;
  /** Whether this scope has no CSP. A page whose service worker says so falsely hinders its own workers. */
  unrestricted(): boolean;
  /** The same where nobody but us can have said it. */
  certainly(): boolean;
  /** Whether it certainly has a CSP that forbids WebAssembly. */
  closed(): boolean;
}

const querySelector = method<Document, [string], Element | null>(globalThis.Document, 'querySelector');

const { isArray } = Array;

/** For the documents of a window. Limit: a CSP in a `meta` element that came and went is noticed by the observer of `realm.ts`. */
export function ofDocument(window: typeof globalThis, channel: Channel): Surroundings {
  let known: Document | null = null;
  let told = '';
  const free = (): string => {
    const { document } = window;
    if (known !== document) told = channel.free();
    known = document;
    if (saysFree(told) && querySelector(document, 'meta[http-equiv="content-security-policy" i]') !== null) told = '';
    return told;
  };
  return {
    base: () => (baseOf === null ? window.document.baseURI : baseOf(window.document)),
    unrestricted: () => saysFree(free()),
    certainly: () => free() === 'f',
    closed: () => free() === 'c',
  };
}

/** Of what a channel says: that there is no CSP, whoever says so. */
const saysFree = (told: string): boolean => told === 'f' || told === 'w';

/** Hides our header from the page that it came with, and from one that asks by the functions of another realm. */
export function hideTiming(realm: typeof globalThis): void {
  const RealmArray = realm.Array;
  const timingName = property<string>(realm.PerformanceServerTiming, 'name');
  const isOurs = (timing: unknown): boolean => {
    if (typeof timing !== 'object' || timing === null) return false;
    try {
      return timingName(timing) === timingMark;
    } catch {
      return getOwnPropertyDescriptor(timing, 'name')?.value === timingMark; // as JSON tells it
    }
  };
  const without = (all: readonly unknown[]): unknown[] => {
    const kept = construct(RealmArray, []) as unknown[];
    for (let index = 0; index < all.length; index += 1) {
      if (!isOurs(all[index])) setOwn(kept, kept.length, all[index]);
    }
    return kept;
  };
  const shown = new NativeWeakMap<object, readonly unknown[]>();
  const type = realm.PerformanceResourceTiming?.prototype;
  replaceAccessor(type, 'serverTiming', {
    get: (native, self) => {
      const all = apply(native, self, []) as readonly unknown[];
      const known = weakGet(shown, all);
      if (known !== undefined) return known;
      const kept = without(all);
      if (kept.length === all.length) return all;
      weakSet(shown, all, freeze(kept));
      return kept;
    },
  });
  const told: Apply = (native, self, args) => {
    const made = apply(native, self, args) as object;
    const all = getOwnPropertyDescriptor(made, 'serverTiming')?.value as readonly unknown[] | undefined;
    if (isArray(all)) setOwn(made, 'serverTiming', without(all));
    return made;
  };
  replace(type, 'toJSON', { apply: told });
  replace(realm.PerformanceNavigationTiming?.prototype, 'toJSON', { apply: told });
}

/** For a worker that was started without a CSP, or from the network under its own. */
export function ofWorker(address: () => string, unrestricted: boolean): Surroundings {
  return { base: address, unrestricted: () => unrestricted, certainly: () => unrestricted, closed: () => false };
}
