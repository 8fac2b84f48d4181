// The error by which a script is ended. The page's own listeners do not hear of it, nor does the console.
import { addListener, apply, defineProperty, getOwnPropertyDescriptor, indexOf, property, slice, stopImmediate } from '../primordials.js';
import { token } from '../late.js';

const Reference = ReferenceError;
const messageOf = property<string>(globalThis.ErrorEvent, 'message');
const prevent = getOwnPropertyDescriptor(globalThis.Event?.prototype ?? {}, 'preventDefault')?.value as ((this: Event) => void) | undefined;

/** A function that throws an error with a name of its own, which nobody else hears. */
export function abortion(): () => never {
  const name = `a${slice(token(), 0, 12)}`;
  if (globalThis.ErrorEvent !== undefined) {
    addListener(globalThis, 'error', (event) => {
      try {
        if (indexOf(messageOf(event), name) < 0) return;
        stopImmediate(event);
        if (prevent !== undefined) apply(prevent, event, []);
      } catch {
        // Not an error of a script: something that could not be loaded.
      }
    }, true);
  }
  return () => {
    throw new Reference(name);
  };
}

/** Puts an accessor in the place of a property; whether the platform let us. */
export function trap(owner: object, name: string, get: () => unknown, set: (value: unknown) => void, configurable?: boolean): boolean {
  return defineProperty(owner, name, { __proto__: null, get, set, ...(configurable === undefined ? {} : { configurable }) } as PropertyDescriptor);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
