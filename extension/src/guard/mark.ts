// How a guard in a worker from the network hears of the one that starts it (Firefox): by the worker's
// name. Where the browser does not tell the extension that a script is for a worker, which are pages over
// plain http, those whose service worker may answer, and shared workers, whose name is part of what they
// are, the address carries a mark. The extension takes it off before anything is sent or answered
// (background/wire.ts); the page's own records of what was loaded are shown without it.
import { replace, replaceAccessor, type Apply } from './disguise.js';
import { lateMethod, lateProperty } from './late.js';
import { apply, construct, defineProperty, exec, getOwnPropertyDescriptor, indexOf, NativeSet, setAdd, setHas, setOwn, slice } from './primordials.js';

/** Around what a name tells the guard, before the name that the page gave. */
export const nameMark = '\u0001';

const addressMark = 'nomine-worker=';
/** Before the token in an address: the script is a module, or that of a shared worker, which whoever starts it with another type has to find. */
export const moduleMark = 'm';
const marked = /[?&]nomine-worker=m?[0-9a-f]*(?=#|$)/u;

const navigatorOf = lateProperty<object>('navigator');
const serviceWorkersOf = lateProperty<object>('serviceWorker');
const controllerOf = lateProperty<object | null>('controller');
const entriesOf = lateMethod<object, [], readonly unknown[]>('getEntries');
const nameOf = lateProperty<string>('name');
const typeOf = lateProperty<string>('entryType');

export class Marks {
  readonly #secure: boolean;
  /** Addresses that went out with a mark, as the page knows them. */
  readonly #bare = new NativeSet<string>();
  #hidden = false;

  constructor(private readonly realm: typeof globalThis) {
    this.#secure = realm.isSecureContext;
  }

  /** Whether the address has to tell. Workers cannot ask whether a service worker is there for theirs. */
  areNeeded(): boolean {
    if (!this.#secure) return true;
    try {
      return controllerOf(serviceWorkersOf(navigatorOf(this.realm))) !== null;
    } catch {
      return true;
    }
  }

  put(address: string, key: string): string {
    if (!this.#hidden) this.#hide();
    this.#hidden = true;
    setAdd(this.#bare, address);
    const hash = indexOf(address, '#');
    const bare = hash < 0 ? address : slice(address, 0, hash);
    return `${bare}${indexOf(bare, '?') < 0 ? '?' : '&'}${addressMark}${key}${hash < 0 ? '' : slice(address, hash)}`;
  }

  #hide(): void {
    const { realm } = this;
    const RealmArray = realm.Array;
    replaceAccessor(realm.PerformanceEntry?.prototype, 'name', { get: (native, self) => withoutMark(apply(native, self, []) as string) });
    replace(realm.PerformanceResourceTiming?.prototype, 'toJSON', {
      apply: (native, self, args) => {
        const made = apply(native, self, args) as object;
        const name = getOwnPropertyDescriptor(made, 'name')?.value as unknown;
        if (typeof name === 'string') defineProperty(made, 'name', { __proto__: null, value: withoutMark(name) } as PropertyDescriptor);
        return made;
      },
    }, true);
    const named: Apply = (native, self, args) => {
      const found = apply(native, self, args) as unknown[];
      const name = args[0];
      const type = args[1];
      if (typeof name !== 'string' || !setHas(this.#bare, name) || (type !== undefined && type !== 'resource')) return found;
      const all = entriesOf(self as object);
      const kept = construct(RealmArray, []) as unknown[];
      for (let index = 0; index < all.length; index += 1) {
        const entry = all[index];
        if (withoutMark(nameOf(entry)) !== name || (type !== undefined && typeOf(entry) !== type)) continue;
        setOwn(kept, kept.length, entry);
      }
      return kept;
    };
    replace(realm.Performance?.prototype, 'getEntriesByName', { apply: named });
    replace(realm.PerformanceObserverEntryList?.prototype, 'getEntriesByName', { apply: named });
  }
}

function withoutMark(address: string): string {
  const found = exec(marked, address);
  return found === null ? address : slice(address, 0, found.index) + slice(address, found.index + found[0].length);
}
