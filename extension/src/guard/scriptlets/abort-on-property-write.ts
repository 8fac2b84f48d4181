// `aopw`: a script that writes the property ends there. The objects on the way have to be there already.
import { deleteProperty, defineProperty, indexOf, slice } from '../primordials.js';
import { abortion, isObject } from './abort.js';

export function abortOnPropertyWrite([chain = '']: readonly string[]): void {
  let owner: unknown = globalThis;
  let name = chain;
  for (let dot = indexOf(name, '.'); dot >= 0; dot = indexOf(name, '.')) {
    owner = (owner as Record<string, unknown>)[slice(name, 0, dot)];
    if (!isObject(owner)) return;
    name = slice(name, dot + 1);
  }
  const abort = abortion();
  deleteProperty(owner as object, name);
  defineProperty(owner as object, name, { __proto__: null, set: abort } as PropertyDescriptor);
}
