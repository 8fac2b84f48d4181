// Timers of the guard's own. A page can clear every timer there is, by counting; ours go on.
import { ownerOf, replace, type Apply } from './disguise.js';
import { apply, NativeSet, setAdd, setDelete, setHas } from './primordials.js';

const { setTimeout, setInterval, clearInterval } = globalThis;
const start = setTimeout?.bind(globalThis) as (run: () => void, delay: number) => number;
const startRepeat = setInterval?.bind(globalThis) as (run: () => void, delay: number) => number;
const stop = clearInterval?.bind(globalThis) as (id: number) => void;

const running = new NativeSet<number>();

/** Worklets have no timers. */
export const haveTimers = typeof setTimeout === 'function';

export function later(run: () => void, delay: number): void {
  const id = start(() => {
    setDelete(running, id);
    run();
  }, delay);
  setAdd(running, id);
}

export function repeat(run: () => void, delay: number): number {
  const id = startRepeat(run, delay);
  setAdd(running, id);
  return id;
}

export function stopRepeat(id: number): void {
  setDelete(running, id);
  stop(id);
}

/** Keeps the guard's timers from what clears timers in this realm. */
export function guardTimers(realm: typeof globalThis): void {
  const clear: Apply = (native, self, args) => {
    const given = args[0];
    // What the platform would make a number of is made one once.
    const isNumeric = args.length > 0 && typeof given !== 'symbol' && typeof given !== 'bigint';
    if (!isNumeric) return apply(native, self, args);
    const id = +(given as number) | 0;
    const isHere = (self ?? realm) === globalThis;
    return isHere && setHas(running, id) ? undefined : apply(native, self, [id]);
  };
  replace(ownerOf(realm, 'clearTimeout'), 'clearTimeout', { apply: clear });
  replace(ownerOf(realm, 'clearInterval'), 'clearInterval', { apply: clear });
}
