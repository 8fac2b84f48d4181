// Remembers which Blob an object URL stands for and, for Blobs made of text, the text: a worker can
// be started from such an address, and its script is wanted before it runs.
import { ownerOf, replace } from './disguise.js';
import { lateMethod, lateProperty } from './late.js';
import {
  apply, blobType, construct, createObjectURL, exec, getOwnPropertyDescriptor, indexOf, iterator, mapDelete, mapGet, mapSet, method,
  NativeBlob, NativeMap, NativeURL, NativeWeakMap, newline, property, revokeObjectURL, sameOrigin, sequence, setOwn, setPrototypeOf, slice, urlOrigin, weakGet, weakSet,
} from './primordials.js';

/** Text longer than this is read again from the Blob when it is wanted. */
const maximumText = 4_000_000;
const maximumParts = 256;

const { isArray } = Array;
const NativeRequest = globalThis.XMLHttpRequest;
const open = method<XMLHttpRequest, [string, string, boolean], void>(NativeRequest, 'open');
const send = method<XMLHttpRequest, [], void>(NativeRequest, 'send');
const overrideMimeType = method<XMLHttpRequest, [string], void>(NativeRequest, 'overrideMimeType');
const responseText = property<string>(NativeRequest, 'responseText');
const responseURL = property<string>(NativeRequest, 'responseURL');
const status = property<number>(NativeRequest, 'status');
const header = method<XMLHttpRequest, [string], string | null>(NativeRequest, 'getResponseHeader');

export class Blobs {
  readonly #byUrl = new NativeMap<string, Blob>();
  readonly #texts = new NativeWeakMap<Blob, string>();

  constructor(realm: typeof globalThis) {
    replace(realm.URL, 'createObjectURL', {
      apply: (native, self, args) => {
        const url = apply(native, self, args) as string;
        if (isBlob(args[0])) mapSet(this.#byUrl, url, args[0]);
        return url;
      },
    });
    replace(realm.URL, 'revokeObjectURL', {
      apply: (native, self, args) => {
        if (typeof args[0] === 'string') mapDelete(this.#byUrl, args[0]);
        return apply(native, self, args);
      },
    });
    const values: unknown = getOwnPropertyDescriptor(realm.Array.prototype, iterator)?.value;
    replace(realm, 'Blob', {
      construct: (native, args, target) => {
        // The platform reads what was looked at, and not a second time what a page can have answer otherwise.
        const parts = args.length > 0 ? textsIn(args[0], values) : null;
        if (parts === null) return construct(native, args, target) as Blob;
        const text = joined(parts);
        const blob = construct(native, args.length === 1 ? [sequence(parts)] : [sequence(parts), args[1]], target) as Blob;
        weakSet(this.#texts, blob, text);
        return blob;
      },
    });
    if (typeof realm.File === 'function') setPrototypeOf(realm.File, realm.Blob);
  }

  /** The Blob behind an address of this realm. */
  of(url: string): Blob | null {
    return mapGet(this.#byUrl, withoutHash(url)) ?? null;
  }

  /** The text that a Blob was made of. */
  known(blob: object): string | undefined {
    return weakGet(this.#texts, blob as Blob);
  }

  /** The text of a Blob; null where it cannot be read at once by this. */
  text(blob: Blob, read: (url: string) => string | null): string | null {
    const known = weakGet(this.#texts, blob);
    if (known !== undefined) return known;
    const url = createObjectURL(blob);
    const text = read(url);
    revokeObjectURL(url);
    if (text !== null) weakSet(this.#texts, blob, text);
    return text;
  }
}

/** The parts of a Blob where each is a text, as they are now; null for others, and where they are not read as those of any array. */
function textsIn(given: unknown, values: unknown): string[] | null {
  if (!isArray(given) || given.length > maximumParts) return null;
  if (values === undefined || getOwnPropertyDescriptor(ownerOf(given, iterator) ?? given, iterator)?.value !== values) return null;
  const parts: string[] = [];
  let size = 0;
  for (let index = 0; index < given.length; index += 1) {
    const part = getOwnPropertyDescriptor(given, index)?.value as unknown;
    if (typeof part !== 'string') return null;
    size += part.length;
    if (size > maximumText) return null;
    setOwn(parts, index, part);
  }
  return parts;
}

function joined(parts: readonly string[]): string {
  let text = '';
  for (let index = 0; index < parts.length; index += 1) text += parts[index] ?? '';
  return text;
}

export function isBlob(value: unknown): value is Blob {
  try {
    blobType(value);
    return true;
  } catch {
    return false;
  }
}

/** A copy of what a blob: address of another realm stands for. */
export function fetchBlob(url: string): Blob | null {
  const text = fetchText(url);
  return text === null ? null : scriptOf(text);
}

/** A script of this text. */
export function scriptOf(text: string): Blob {
  return new NativeBlob(sequence([text]), { __proto__: null, type: 'text/javascript' } as BlobPropertyBag);
}

/** The text at an address, read at once; null where that is not possible. */
export function fetchText(url: string): string | null {
  const request = fetched(url);
  return request === null ? null : responseText(request);
}

/** The address that the answer comes from in the end. */
export function fetchedFrom(url: string): string {
  const request = fetched(url);
  return request === null ? url : responseURL(request);
}

/** An address that could say where to go on to; a file of a site's own hardly does. */
const mayLead = /[?%@]|\/\//u;

/** Whether the server leads from an address over another site, which the platform allows no worker's script. */
export function leadsAway(url: string): boolean {
  if (exec(mayLead, slice(url, urlOrigin(new NativeURL(url)).length)) === null) return false;
  const request = fetched(url);
  if (request === null || !sameOrigin(responseURL(request), url)) return true;
  // Of a way over another site and back, no times are told.
  return responseURL(request) !== withoutHash(url) && wasLed(url) === false;
}

/** Whether what was loaded from an address had been led on there within its site; undefined where nothing tells. */
export function wasLed(url: string): boolean | undefined {
  const entries = entriesByName(performanceOf(globalThis), url);
  const last = entries[entries.length - 1];
  return last === undefined ? undefined : redirectStart(last) > 0;
}
const performanceOf = lateProperty<object>('performance');
const entriesByName = lateMethod<object, [string], readonly object[]>('getEntriesByName');
const redirectStart = lateProperty<number>('redirectStart');

/** An address as the server is asked for it. */
export function withoutHash(url: string): string {
  const hash = indexOf(url, '#');
  return hash < 0 ? url : slice(url, 0, hash);
}

/** The text of a worker's script as one, whatever its type; null where it could not be the script of a worker. */
export function fetchScript(url: string): Blob | null {
  const request = fetched(url);
  if (request === null || status(request) !== 200 || !sameOrigin(responseURL(request), url)) return null;
  if (header(request, 'x-content-type-options') !== null) return null;
  return scriptOf(`${responseText(request)}${newline}//# sourceURL=${url}`);
}

function fetched(url: string): XMLHttpRequest | null {
  try {
    const request = new NativeRequest();
    open(request, 'GET', url, false);
    overrideMimeType(request, 'text/plain;charset=utf-8');
    send(request);
    return request;
  } catch {
    return null;
  }
}
