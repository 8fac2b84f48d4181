// Scripts written into the page: their text is inspected once the page does anything that needs the
// inspector anyway. A page that does nothing of the kind pays nothing. Limit: `eval` cannot be
// replaced (a call of it would no longer see the scope it is called in); the text of scripts from the
// network is read on the wire in Firefox only.
import type { Guard } from './guard.js';
import { kinds } from './inspector.js';
import { apply, getter, later, method, NativeWeakMap, property, weakHas, weakSet } from './primordials.js';

const shortest = 120;
const longest = 4_000_000;

export function watchScripts(realm: typeof globalThis, guard: Guard): void {
  const scripts = getter<HTMLCollectionOf<HTMLScriptElement>>(realm.Document.prototype, 'scripts');
  const textOf = property<string | null>(realm.Node, 'textContent');
  const count = property<number>(realm.HTMLCollection, 'length');
  const item = method<HTMLCollection, [number], Element | null>(realm.HTMLCollection, 'item');
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
  guard.whenNeeded = () => later(() => apply(look, undefined, []), 0);
}
