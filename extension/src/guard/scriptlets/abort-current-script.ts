// `acis`: a script whose text has the needle (and whose address has the context) ends where it reads or
// writes the property.
import { apply, getOwnPropertyDescriptor, getter, indexOf, NativeWeakMap, property, slice, trim, weakGet, weakSet } from '../primordials.js';
import { abortion, isObject, trap } from './abort.js';
import { needle } from './needle.js';

const current = getter<Element | null>(globalThis.Document?.prototype, 'currentScript');
const textOf = property<string | null>(globalThis.Node, 'textContent');
const sourceOf = property<string>(globalThis.HTMLScriptElement, 'src');
const { atob, decodeURIComponent, document } = globalThis;

export function abortCurrentScript([chain = '', text = '', context = '']: readonly string[]): void {
  const inText = needle(text);
  const inSource = needle(context);
  const abort = abortion();
  let owner = globalThis as unknown as Record<string, unknown>;
  let name = chain;
  for (let dot = indexOf(name, '.'); dot >= 0; dot = indexOf(name, '.')) {
    const part = slice(name, 0, dot);
    if (!(part in owner)) {
      name = part;
      break;
    }
    const next = owner[part];
    if (!isObject(next)) return;
    owner = next;
    name = slice(name, dot + 1);
  }
  const found = getOwnPropertyDescriptor(owner, name);
  const accessor = found?.get === undefined ? null : found;
  let value = accessor === null ? owner[name] : undefined;
  const validate = (): void => {
    const script = current === null ? null : current(document);
    if (script === null) return;
    let source: string;
    try {
      source = sourceOf(script);
    } catch {
      return; // a script of SVG
    }
    if (context !== '' && !inSource(source)) return;
    if (inText(bodyOf(script, source))) abort();
  };
  trap(
    owner,
    name,
    () => {
      validate();
      return accessor?.get === undefined ? value : apply(accessor.get, owner, []);
    },
    (given) => {
      validate();
      if (accessor === null) value = given;
      else if (accessor.set !== undefined) apply(accessor.set, owner, [given]);
    },
  );
}

const bodies = new NativeWeakMap<object, string>();

/** The text of a script, also of one that a `data:` address carries. */
function bodyOf(script: Element, source: string): string {
  const text = textOf(script) ?? '';
  if (trim(text) !== '') return text;
  const known = weakGet(bodies, script);
  if (known !== undefined) return known;
  const address = trim(source);
  const comma = indexOf(address, ',');
  let body = text;
  if (slice(address, 0, 5) === 'data:' && comma > 0) {
    try {
      const content = slice(address, comma + 1);
      body = slice(address, comma - 7, comma) === ';base64' ? atob(content) : decodeURIComponent(content);
    } catch {
      // Not decodable: nothing that runs.
    }
  }
  weakSet(bodies, script, body);
  return body;
}
