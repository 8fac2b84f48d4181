// `aopr`: a script that reads the property ends there. What of the chain is missing is waited for.
import { indexOf, slice } from '../primordials.js';
import { abortion, isObject, trap } from './abort.js';

export function abortOnPropertyRead([chain = '']: readonly string[]): void {
  const abort = abortion();
  const lay = (owner: Record<string, unknown>, path: string): void => {
    const dot = indexOf(path, '.');
    if (dot < 0) {
      trap(owner, path, abort, () => undefined);
      return;
    }
    const name = slice(path, 0, dot);
    const rest = slice(path, dot + 1);
    let value = owner[name];
    if (isObject(value)) {
      lay(value, rest);
      return;
    }
    trap(owner, name, () => value, (given) => {
      value = given;
      if (isObject(given)) lay(given, rest);
    });
  };
  lay(globalThis as unknown as Record<string, unknown>, chain);
}
