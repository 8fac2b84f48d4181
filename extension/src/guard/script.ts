// Scripts written into the page: their text is inspected once the page does anything that needs the
// inspector anyway. A page that does nothing of the kind pays nothing. Limit: `eval` cannot be
// replaced (a call of it would no longer see the scope it is called in). Scripts from the network are
// looked at by the background, once the page computes without end: it pays a timer until then.
import type { Guard } from './guard.js';
import { kinds } from './inspector.js';
import { lateMethod, lateProperty } from './late.js';
import { getter, method, NativeWeakMap, property, startsWith, weakHas, weakSet } from './primordials.js';
import { later } from './timers.js';
import { Pulse } from './watch.js';

const shortest = 120;
const longest = 4_000_000;

/** Milliseconds from the start of a page until it is looked at, between seconds in which it was busy, and otherwise. */
const firstLook = 6_000;
const nextLook = 2_000;
const laterLook = 60_000;
/** Milliseconds computed in each second that is looked at, and how many such seconds: far more than an idle page. */
const busyMilliseconds = 250;
const busySeconds = 4;
const mostScripts = 20;

const count = lateProperty<number>('length');
const item = lateMethod<HTMLCollection, [number], Element | null>('item');
const sourceOf = lateProperty<string>('src');

/** What it answers is called when a document begins. */
export function watchScripts(realm: typeof globalThis, guard: Guard, hidden: () => boolean): () => void {
  const scripts = getter<HTMLCollectionOf<HTMLScriptElement>>(realm.Document.prototype, 'scripts');
  const textOf = property<string | null>(realm.Node, 'textContent');
  const source = method<Element, [string], string | null>(realm.Element, 'getAttribute');
  const seen = new NativeWeakMap<object, boolean>();
  const look = (): void => {
    if (scripts === null) return;
    const found = scripts(realm.document);
    for (let index = 0; index < count(found); index += 1) {
      const script = item(found, index);
      if (script === null || weakHas(seen, script) || source(script, 'src') !== null) continue;
      weakSet(seen, script, true);
      const text = textOf(script) ?? '';
      if (text.length >= shortest && text.length <= longest) guard.refuses('script', kinds.script, text, guard.channel.place());
    }
  };
  /** Of a frame that another site is in by now, nothing is known. */
  const quietly = <T>(ask: () => T, otherwise: T): T => {
    try {
      return ask();
    } catch {
      return otherwise;
    }
  };
  /** Where the page's scripts from the network are, with spaces between. */
  const addresses = (): string => {
    let found = '';
    const all = scripts === null ? null : scripts(realm.document);
    for (let index = 0, known = 0; all !== null && index < count(all) && known < mostScripts; index += 1) {
      const script = item(all, index);
      // A script of SVG has no such property.
      const address = script === null ? '' : quietly(() => sourceOf(script), '');
      if (!startsWith(address, 'http')) continue;
      found += ` ${address}`;
      known += 1;
    }
    return found;
  };
  let busy = 0;
  const pulse: Pulse = new Pulse((late) => {
    pulse.stop();
    busy = late >= busyMilliseconds ? busy + 1 : 0;
    if (busy === busySeconds) guard.channel.look(`page${quietly(addresses, '')}`);
    else if (busy < busySeconds) later(begin, busy > 0 ? nextLook : laterLook);
  }, hidden);
  const begin = (): void => {
    if (quietly(addresses, '') === '') later(begin, laterLook);
    else pulse.start();
  };
  later(begin, firstLook);
  return () => {
    guard.whenNeeded = () => later(() => quietly(look, undefined), 0);
  };
}
