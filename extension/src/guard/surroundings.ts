// What a scope knows about its own place: the base of relative addresses, and whether it has a CSP.
import { baseOf } from './channel.js';
import { replaceAccessor } from './disguise.js';
import { apply, defineProperty, freeze, method, NativeWeakMap, property, weakGet, weakSet } from './primordials.js';

export interface Surroundings {
  /** Base of relative addresses. */
  base(): string;
  /** Whether this scope certainly has no CSP. */
  unrestricted(): boolean;
}

const serverTiming = property<readonly object[]>(globalThis.PerformanceNavigationTiming === undefined ? undefined : globalThis.PerformanceResourceTiming, 'serverTiming');
const timingName = property<string>(globalThis.PerformanceServerTiming, 'name');
const timingDescription = property<string>(globalThis.PerformanceServerTiming, 'description');
const entriesByType = method<Performance, [string], PerformanceEntry[]>(globalThis.Performance, 'getEntriesByType');
const querySelector = method<Document, [string], Element | null>(globalThis.Document, 'querySelector');

/** The name under which the extension tells, by a Server-Timing header, whether a document has a CSP; it comes last. */
export const timingMark = 'nomine';

/** For a document. Limit: a CSP in a `meta` element that came and went is noticed by the observer of `realm.ts`. */
export function ofDocument(window: typeof globalThis): Surroundings {
  const { document } = window;
  let free: boolean | null = null;
  const told = (): boolean => {
    try {
      const entry = entriesByType(originOf(window).performance, 'navigation')[0];
      if (entry === undefined) return false;
      const timings = serverTiming(entry);
      for (let index = timings.length - 1; index >= 0; index -= 1) {
        const timing = timings[index];
        if (timing !== undefined && timingName(timing) === timingMark) return timingDescription(timing) === 'free';
      }
    } catch {
      // Unknown: treated as restricted.
    }
    return false;
  };
  return {
    base: () => (baseOf === null ? document.baseURI : baseOf(document)),
    unrestricted: () => {
      free ??= told();
      if (free && querySelector(document, 'meta[http-equiv="content-security-policy" i]') !== null) free = false;
      return free;
    },
  };
}

/** The window that a document without an address of its own got its policies from. */
function originOf(window: typeof globalThis): Window {
  let found: Window = window.window;
  for (let depth = 0; depth < 8; depth += 1) {
    const { protocol } = found.location;
    if (protocol !== 'about:' && protocol !== 'blob:') return found;
    const outer = (found.parent === found ? found.opener : found.parent) as Window | null;
    if (outer === null || outer === found) return found;
    found = outer; // of another origin: the next access throws, and nothing is known
  }
  return found;
}

/** Hides our header from the page that it came with. */
export function hideTiming(realm: typeof globalThis): void {
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
  return { base: () => href, unrestricted: () => unrestricted };
}
