// `no-fetch-if`: a fetch whose properties fit is answered with nothing, and never sent.
import { addressOfRequest, apply, defineProperty, getter, getOwnPropertyDescriptor, NativePromise, NativeResponse, ownKeys, stringify, urlHref } from '../primordials.js';
import { replace } from './hide.js';
import { conditions, holds } from './needle.js';

type Reader = (self: unknown) => unknown;
const ofRequestOnly = addressOfRequest();
const ofRequest = readers();

export function noFetchIf([text = '']: readonly string[]): void {
  const wanted = conditions(text);
  if (wanted.length === 0) return;
  replace(globalThis, 'fetch', {
    apply: (native, self, args) => {
      let properties: ((key: string) => string | undefined) | null = null;
      try {
        properties = propertiesOf(args);
      } catch {
        // An exotic argument: the platform's to refuse.
      }
      if (properties === null || !holds(wanted, properties)) return apply(native, self, args);
      const url = properties('url') ?? '';
      return new NativePromise((done) => {
        const headers = { __proto__: null, 'Content-Length': '0' } as unknown as Record<string, string>;
        const response = new NativeResponse('', { __proto__: null, headers } as ResponseInit);
        defineProperty(response, 'url', { __proto__: null, value: url } as PropertyDescriptor);
        defineProperty(response, 'statusText', { __proto__: null, value: 'OK' } as PropertyDescriptor);
        done(response);
      });
    },
  });
}

function propertiesOf(args: unknown[]): (key: string) => string | undefined {
  const resource = args[0];
  const options = args[1];
  if (ofRequestOnly(resource) !== null) return (key) => asText(ofRequest[key]?.(resource));
  const given = { __proto__: null } as unknown as Record<string, unknown>;
  if (typeof options === 'object' && options !== null) {
    const keys = ownKeys(options);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      if (typeof key === 'string') given[key] = (options as Record<string, unknown>)[key];
    }
  }
  const url = typeof resource === 'string' ? resource : addressOf(resource);
  return (key) => (key === 'url' ? url : asText(given[key]));
}

function addressOf(resource: unknown): string {
  try {
    return urlHref(resource);
  } catch {
    return `${resource as string}`;
  }
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  try {
    return stringify(value);
  } catch {
    return undefined;
  }
}

/** The platform's own readers of a Request, by property. */
function readers(): Record<string, Reader | undefined> {
  const found = { __proto__: null } as unknown as Record<string, Reader | undefined>;
  const prototype = globalThis.Request?.prototype;
  if (prototype === undefined) return found;
  for (const key of ownKeys(prototype)) {
    if (typeof key === 'string' && getOwnPropertyDescriptor(prototype, key)?.get !== undefined) found[key] = getter<unknown>(prototype, key) ?? undefined;
  }
  return found;
}
