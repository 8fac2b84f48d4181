// Miners that ask for work over HTTP: what `fetch` and `XMLHttpRequest` send as text is followed, host by
// host, as a conversation over a socket is, and so are the small answers of a host that was spoken to in
// this way. Nothing is altered: only texts are read, answers from a copy where their size is known and
// small. A conversation with a pool ends as a broken network would end it. Limits: bodies that are
// streams, Blobs or forms are not read; where nothing was inspected yet and no worker runs, a host is
// followed from the third message on that has the long words of hashes and wallets.
import { originalOf, replace } from './disguise.js';
import type { Guard } from './guard.js';
import {
  addListener, apply, charCodeAt, createObjectURL, getOwnPropertyDescriptor, mapGet, mapSet, method, NativeBlob, NativeMap, NativeResponse, NativeURL, NativeWeakMap, property, revokeObjectURL,
  setSize, NativeSet, setAdd, then, weakGet, weakSet,
} from './primordials.js';
import type { Sockets, Talk } from './socket.js';
import type { Surroundings } from './surroundings.js';
import type { Workers } from './worker.js';

const longest = 8_192;
/** A word of this length is a hash, a block's header or a wallet. */
const longWord = 60;
/** Messages with such words, from which on a host is followed where nothing was inspected yet. */
const enough = 3;
const mostHosts = 32;

interface Spoken {
  readonly talk: Talk;
  /** Messages kept until the host is followed. */
  kept: number;
  first: string;
  second: string;
}

const hostOf = property<string>(NativeURL, 'host');
const responseHeaders = property<Headers>(NativeResponse, 'headers');
const headerGet = method<Headers, [string], string | null>(globalThis.Headers, 'get');
const cloneOf = method<Response, [], Response>(NativeResponse, 'clone');
const textOf = method<Response, [], Promise<string>>(NativeResponse, 'text');
const NativeRequest = globalThis.XMLHttpRequest;
const responseType = property<string>(NativeRequest, 'responseType');
const responseText = property<string>(NativeRequest, 'responseText');

export function guardRequests(realm: typeof globalThis, guard: Guard, sockets: Sockets, around: Surroundings, workers: Workers | null): void {
  /** Whether a message is worth opening the inspector for: where workers run, or in one, it may be a miner's. */
  const isDue = (): boolean => guard.inspector.isOpen || typeof realm.document === 'undefined' || (workers !== null && workers.count() > 0);
  const hosts = new NativeMap<string, Spoken>();
  const known = new NativeSet<string>();

  /** The conversation with the host of this address; null where it is not followed. */
  const spoken = (address: string, begins: boolean): Spoken | null => {
    let host: string;
    try {
      host = hostOf(new NativeURL(address, around.base()));
    } catch {
      return null;
    }
    const found = mapGet(hosts, host);
    if (found !== undefined || !begins || host === '' || setSize(known) >= mostHosts) return found ?? null;
    const made: Spoken = { talk: sockets.begin(`https://${host}/`), kept: 0, first: '', second: '' };
    setAdd(known, host);
    mapSet(hosts, host, made);
    return made;
  };

  /** Whether the message is one to a pool, and is not to be sent. */
  const refuses = (address: string, body: unknown): Spoken | null | false => {
    const telling = typeof body === 'string' && body.length <= longest && hasLongWord(body);
    if (!telling && setSize(known) === 0) return null;
    const found = spoken(address, telling);
    if (found === null || typeof body !== 'string') return found !== null && found.talk.closed ? false : found;
    if (found.talk.closed) return false;
    if (found.kept < enough) {
      found.kept += 1;
      if (found.kept < enough && !isDue()) {
        if (found.kept === 1) found.first = body;
        else found.second = body;
        return found;
      }
      found.kept = enough;
      if (found.first !== '') sockets.hear(found.talk, true, found.first);
      if (found.second !== '') sockets.hear(found.talk, true, found.second);
      if (found.talk.closed) return false;
    }
    return sockets.hear(found.talk, true, body) ? false : found;
  };

  const answered = (found: Spoken, text: unknown): void => {
    if (!found.talk.closed && found.kept >= enough) sockets.hear(found.talk, false, text);
  };

  replace(ownerOfFetch(realm), 'fetch', {
    apply: (native, self, args) => {
      const input = args[0];
      const init = args[1];
      const body = typeof init === 'object' && init !== null ? (getOwnPropertyDescriptor(init, 'body')?.value as unknown) : undefined;
      const found = typeof input === 'string' ? refuses(input, body) : null;
      if (found === null) return apply(native, self, args);
      if (found === false) return apply(native, self, [nowhere()]);
      return then(apply(native, self, args) as Promise<Response>, (response) => {
        try {
          const size = headerGet(responseHeaders(response), 'content-length');
          if (size !== null && +size <= longest) then(textOf(cloneOf(response)), (text) => answered(found, text), () => undefined);
        } catch {
          // Not an answer that can be read twice.
        }
        return response;
      });
    },
  });

  if (typeof realm.XMLHttpRequest !== 'function') return;
  const addresses = new NativeWeakMap<object, string>();
  const open = originalOf(realm.XMLHttpRequest.prototype.open) as (...args: never[]) => unknown;
  replace(realm.XMLHttpRequest.prototype, 'open', {
    apply: (native, self, args) => {
      const result = apply(native, self, args);
      if (typeof args[1] === 'string') weakSet(addresses, self as object, args[1]);
      return result;
    },
  });
  replace(realm.XMLHttpRequest.prototype, 'send', {
    apply: (native, self, args) => {
      const address = weakGet(addresses, self as object);
      const found = address === undefined ? null : refuses(address, args[0]);
      if (found === false) {
        apply(open, self, ['GET', nowhere(), true] as never[]);
        return apply(native, self, []);
      }
      if (found !== null) {
        addListener(self as EventTarget, 'load', () => {
          try {
            const type = responseType(self);
            if (type === '' || type === 'text') answered(found, responseText(self));
          } catch {
            // Of another realm.
          }
        });
      }
      return apply(native, self, args);
    },
  });
}

/** `fetch` is a property of the window, and of the prototype of a worker's scope. */
function ownerOfFetch(realm: typeof globalThis): object {
  const scope = (realm as { WorkerGlobalScope?: { prototype: object } }).WorkerGlobalScope;
  return getOwnPropertyDescriptor(realm, 'fetch') === undefined && scope !== undefined ? scope.prototype : realm;
}

/** An address that leads nowhere: the request fails as one without a network does. */
function nowhere(): string {
  const url = createObjectURL(new NativeBlob([]));
  revokeObjectURL(url);
  return url;
}

function hasLongWord(text: string): boolean {
  let run = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = charCodeAt(text, index);
    const isWord = (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    run = isWord ? run + 1 : 0;
    if (run >= longWord) return true;
  }
  return false;
}
