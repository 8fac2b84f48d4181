// What a scope knows about its own place: the base of relative addresses, and whether it has a CSP.
import { baseOf, type Channel } from './channel.js';
import { replaceAccessor } from './disguise.js';
import { apply, defineProperty, freeze, method, NativeWeakMap, property, startsWith, weakGet, weakSet } from './primordials.js';

export interface Surroundings {
  /** Base of relative addresses. */
  base(): string;
  /** Whether this scope has no CSP. A page whose service worker says so falsely hinders its own workers. */
  unrestricted(): boolean;
  /** The same where nobody but us can have said it. */
  certainly(): boolean;
}

const querySelector = method<Document, [string], Element | null>(globalThis.Document, 'querySelector');

/** The name under which the extension tells, by a Server-Timing header, whether a document has a CSP; as in `relay/main.ts`. */
export const timingMark = 'nomine';

/** For a document. Limit: a CSP in a `meta` element that came and went is noticed by the observer of `realm.ts`. */
export function ofDocument(window: typeof globalThis, channel: Channel): Surroundings {
  const { document } = window;
  let told: string | null = null;
  const free = (): string => {
    told ??= channel.free();
    if (told !== '' && querySelector(document, 'meta[http-equiv="content-security-policy" i]') !== null) told = '';
    return told;
  };
  return {
    base: () => (baseOf === null ? document.baseURI : baseOf(document)),
    unrestricted: () => free() !== '',
    certainly: () => free() === 'f',
  };
}

/** Hides our header from the page that it came with. Documents without an address of their own have none. */
export function hideTiming(realm: typeof globalThis, place: string): void {
  if (!startsWith(place, 'http')) return;
  const timingName = property<string>(realm.PerformanceServerTiming, 'name');
  const shown = new NativeWeakMap<object, readonly object[]>();
  replaceAccessor(realm.PerformanceResourceTiming?.prototype, 'serverTiming', {
    get: (native, self) => {
      const all = apply(native, self, []) as readonly object[];
      const known = weakGet(shown, all);
      if (known !== undefined) return known;
      const kept: object[] = [];
      for (let index = 0; index < all.length; index += 1) {
        const timing = all[index];
        if (timing !== undefined && timingName(timing) !== timingMark) {
          defineProperty(kept, kept.length, { __proto__: null, value: timing, writable: true, enumerable: true, configurable: true } as PropertyDescriptor);
        }
      }
      if (kept.length === all.length) return all;
      weakSet(shown, all, freeze(kept));
      return kept;
    },
  });
}

/** For a worker that was started without a CSP, or from the network under its own. */
export function ofWorker(href: string, unrestricted: boolean): Surroundings {
  return { base: () => href, unrestricted: () => unrestricted, certainly: () => unrestricted };
}
