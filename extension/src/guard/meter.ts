// Work done in watched modules, counted in the modules themselves: the inspector writes them anew with
// a counter in their loops (crate/engine/src/module/instrument.rs). Each time a share of work is done,
// the module calls us, also in a worker that never yields; what is told is how long that took, not how
// long the scope was busy with other things. A switch ends the module from inside. What was added to
// the module's exports is not shown to the page. Limit: an unguarded worker that is sent such a module
// sees six exports more.
import { originalOf, replace, replaceAccessor } from './disguise.js';
import type { Guard } from './guard.js';
import { now, token } from './late.js';
import {
  apply, arrayLength, charCodeAt, construct, deref, freeze, getOwnPropertyDescriptor, getter, mapGet, mapSet, method, NativeMap, NativeSet, NativeUint8Array, NativeWeakMap, NativeWeakRef, ownKeys, property, setAdd, setDelete, setForEach, setHas, setSize, slice, weakGet, weakSet, setOwn,
} from './primordials.js';
import { later } from './timers.js';

const { imul, min } = Math;
const { Module, Instance, Global, Table, RuntimeError, validate } = WebAssembly;
const valueOf = property<number>(Global, 'value');
const writeValue = getOwnPropertyDescriptor(Global.prototype, 'value')?.set;
const put = method<WebAssembly.Table, [number, unknown], void>(Table, 'set');
const exportsOf = getter<object>(Instance.prototype, 'exports');

/** What follows the name in each export: fuel, switch, calls, work, marks, table; the table is the last. */
const added = 6;
const nameLength = 32;

/** (module (import "" "" (func)) (export "f" (func 0))): a function of ours that a table can hold. */
const helperBytes = new NativeUint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 5, 1, 0, 0, 0, 0, 7, 5, 1, 1, 102, 0, 0]);
let helper: WebAssembly.Module | null = null;

/** Exports as the page sees them, by what they really are. */
const shown = new NativeWeakMap<object, object>();

const isInstance = (value: unknown): boolean => {
  try {
    return exportsOf !== null && exportsOf(value) !== undefined;
  } catch {
    return false;
  }
};

/** Instances that are held while one task goes on. */
const mostHeld = 3;

/** A share of work takes about this long until it was measured. */
const usualShare = 15;

export class Meter {
  #stopped = false;
  #busy = 0;
  #from = 0;
  #last = 0;
  #share = usualShare;
  /**
   * The counter of the newest instance: the next one goes on from there, however short-lived each is. Of modules that
   * were not prepared here each has its own, by its name: a page can make one that looks like them.
   */
  readonly #fuels = new NativeMap<string, unknown>();
  readonly #prepared = new NativeSet<string>();
  /** What the instances export, by their own name; one function of ours serves them all. */
  readonly #instances = new NativeSet<WeakRef<Record<string, unknown>>>();
  /**
   * The newest of them. A reference that is weak still holds until the present task is over, and code
   * that makes an instance for each hash can go on in one task until memory ends; so only few are
   * held meanwhile, and the rest once the task is over.
   */
  readonly #newest = new NativeSet<Record<string, unknown>>();
  /** Instances that the switch no longer reaches. */
  #lost = false;
  readonly #names = new NativeWeakMap<object, string>();
  readonly #calls = new NativeWeakMap<object, number>();
  #prune = 64;
  #hook: unknown = null;

  constructor(
    realm: typeof globalThis,
    private readonly guard: Guard,
    /** Told about once a second while there is work: milliseconds of it, and whether it began anew; null: it may have, within a call. */
    private readonly tell: (busy: number, began: boolean | null) => void,
  ) {
    replaceAccessor(realm.WebAssembly.Instance.prototype, 'exports', {
      get: (native, self) => {
        const all = apply(native, self, []) as object;
        return weakGet(shown, all) ?? this.#show(all);
      },
    });
    replace(realm.WebAssembly.Module, 'exports', {
      apply: (native, self, args) => {
        const all = apply(native, self, args) as { name: string }[];
        const last = getOwnPropertyDescriptor(all, all.length - 1)?.value as { name: string } | undefined;
        if (last !== undefined && isOurs(getOwnPropertyDescriptor(last, 'name')?.value)) all.length -= added;
        return all;
      },
    });
  }

  /** From now on whatever is counted here traps. */
  stop(): void {
    this.#stopped = true;
  }

  /** The module with its work counted; null where that cannot be. */
  prepare(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
    // What is no module without the counters could be one with them, and set them.
    if (!apply(validate, undefined, [bytes])) return null;
    const random = slice(token(), 0, nameLength - 8);
    const name = random + checksum(random);
    const made = this.guard.inspector.instrument(bytes, name);
    if (made === null || arrayLength(made) === 0 || !apply(validate, undefined, [made])) return null;
    setAdd(this.#prepared, name);
    return made;
  }

  /** What comes of instantiating: an instance, or an object that holds one. It counts before the page has its exports, which it may never ask for. */
  begin(made: unknown): void {
    try {
      const held = made as { instance?: unknown };
      const instance = isInstance(made) ? made : getOwnPropertyDescriptor(held, 'instance')?.value;
      const all = exportsOf?.(instance);
      if (all !== undefined && weakGet(shown, all) === undefined) this.#show(all);
    } catch {
      // Not an instance of this realm: there its own guard is.
    }
  }

  #show(all: object): object {
    const keys = ownKeys(all);
    const last = keys[keys.length - 1];
    let visible = all;
    if (isOurs(last)) {
      visible = { __proto__: null } as unknown as object;
      for (let index = 0; index < keys.length - added; index += 1) {
        const key = keys[index] ?? '';
        setOwn(visible, key, all[key as keyof object]);
      }
      freeze(visible);
      try {
        this.#attach(all as Record<string, unknown>, slice(last, 0, nameLength));
      } catch {
        // A module that only looks like one of ours.
      }
    }
    weakSet(shown, all, visible);
    return visible;
  }

  #attach(all: Record<string, unknown>, name: string): void {
    const fuel = all[`${name}f`];
    put(all[`${name}t`] as WebAssembly.Table, 0, (this.#hook ??= this.#made()));
    const line = setHas(this.#prepared, name) ? '' : name;
    const before = mapGet(this.#fuels, line);
    if (before !== undefined && writeValue !== undefined) apply(writeValue, fuel, [valueOf(before)]);
    mapSet(this.#fuels, line, fuel);
    weakSet(this.#names, all, name);
    if (setSize(this.#newest) === 0) later(() => this.#settle(), 0);
    else if (setSize(this.#newest) >= mostHeld) this.#dropOldest();
    setAdd(this.#newest, all);
  }

  #dropOldest(): void {
    let isOldest = true;
    setForEach(this.#newest, (all) => {
      if (isOldest) setDelete(this.#newest, all);
      isOldest = false;
    });
    this.#lost = true;
  }

  #settle(): void {
    setForEach(this.#newest, (all) => {
      setAdd(this.#instances, new NativeWeakRef(all));
      setDelete(this.#newest, all);
    });
    if (setSize(this.#instances) < this.#prune) return;
    this.#each(() => undefined);
    this.#prune = 2 * setSize(this.#instances) + 64;
  }

  /** The function that every instance calls. */
  #made(): unknown {
    helper ??= construct(originalOf(Module) as typeof Module, [helperBytes]) as WebAssembly.Module;
    const tick = (): void => {
      try {
        this.#tick();
        if (!this.#stopped) return;
        this.#each((all, name) => writeValue !== undefined && apply(writeValue, all[`${name}s`], [1]));
      } catch {
        // Nothing of ours may come out here.
      }
      // One that the switch does not reach is ended by what the platform throws for a trap.
      if (this.#lost) throw construct(RuntimeError, ['unreachable']);
    };
    const imports = { __proto__: null, '': { __proto__: null, '': tick } } as unknown as WebAssembly.Imports;
    const instance = construct(originalOf(Instance) as typeof Instance, [helper, imports]) as WebAssembly.Instance;
    return (exportsOf?.(instance) as { f: unknown }).f;
  }

  #each(visit: (all: Record<string, unknown>, name: string) => void): void {
    setForEach(this.#newest, (all) => {
      const name = weakGet(this.#names, all);
      if (name !== undefined) visit(all, name);
    });
    setForEach(this.#instances, (ref) => {
      const all = deref(ref);
      const name = all === undefined ? undefined : weakGet(this.#names, all);
      if (all === undefined || name === undefined) setDelete(this.#instances, ref);
      else visit(all, name);
    });
  }

  /** Whether an exported function was called since this was asked last, or another hash began within such a call. */
  #began(): boolean | null {
    let began: boolean | null = false;
    this.#each((all, name) => {
      const count = valueOf(all[`${name}c`]);
      const marks = valueOf(all[`${name}p`]);
      if (count !== (weakGet(this.#calls, all) ?? 0)) began = true;
      // Of one kernel alone nobody can tell how often it is begun.
      else if ((marks & (marks - 1)) === 0 && began === false) began = null;
      weakSet(this.#calls, all, count);
    });
    return began;
  }

  #tick(): void {
    const time = now();
    const gap = time - this.#last;
    this.#last = time;
    if (gap >= 1 && gap < this.#share) this.#share = gap;
    // What took longer than two shares was not this module's work.
    this.#busy += min(gap, 2 * this.#share);
    if (time - this.#from < 1000) return;
    this.tell(this.#busy, this.#began());
    this.#from = time;
    this.#busy = 0;
  }
}

/** Whether an export's name is the last of those that were added. */
function isOurs(name: unknown): name is string {
  return typeof name === 'string' && name.length === nameLength + 1 && name[nameLength] === 't' && checksum(slice(name, 0, nameLength - 8)) === slice(name, nameLength - 8, nameLength);
}

/** So that a guard in another scope knows the name as one of ours, or as one that imitates them. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = imul(hash ^ charCodeAt(text, index), 0x01000193);
  let digits = '';
  for (let shift = 28; shift >= 0; shift -= 4) digits += '0123456789abcdef'[(hash >>> shift) & 15];
  return digits;
}
