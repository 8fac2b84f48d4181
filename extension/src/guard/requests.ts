// Miners that ask for work over HTTP: what `fetch`, `XMLHttpRequest` and `sendBeacon` send is followed, host
// by host, as a conversation over a socket is, and so are the small answers of a host that was spoken to in
// this way, and what it tells by `EventSource`. Nothing is altered, and answers are read from a copy where
// their size is known and small. A conversation with a pool ends as a broken network would end it. A host is
// followed from the first message on that has the long words of hashes and wallets; once something was
// inspected, from any that is JSON or bytes. Where nothing was yet and no worker runs, three such messages
// have to come first. Limits: bodies that are streams or forms are not read, nor Blobs that were not made of
// texts, nor events that a server gave a name.
import { originalOf, replace } from './disguise.js';
import type { Guard } from './guard.js';
import { lateMethod } from './late.js';
import {
  addListener, addressOfRequest, apply, asText, charCodeAt, construct, createObjectURL, dataIn, eventTarget, getOwnPropertyDescriptor, mapGet, mapSet, method, NativeBlob, NativeMap, NativeResponse, NativeURL, NativeWeakMap, optionsBut, property, revokeObjectURL,
  sequence, setOwn, setSize, NativeSet, setAdd, stopImmediate, theirs, then, weakGet, weakHas, weakSet,
} from './primordials.js';
import { messageOf, packedOf, type Sockets, type Talk } from './socket.js';
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
const headerGet = lateMethod<Headers, [string], string | null>('get');
const cloneOf = method<Response, [], Response>(NativeResponse, 'clone');
const bytesOf = method<Response, [], Promise<ArrayBuffer>>(NativeResponse, 'arrayBuffer');

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
    const text = messageOf(body) ?? workers?.textOf(body) ?? null;
    const message = text ?? (guard.inspector.isOpen ? packedOf(body) : null);
    const telling = text === null ? message !== null : isTelling(text) || (guard.inspector.isOpen && isJson(text));
    if (!telling && setSize(known) === 0) return null;
    const found = spoken(address, telling);
    if (found === null || message === null) return found !== null && found.talk.closed ? false : found;
    if (found.talk.closed) return false;
    if (found.kept < enough) {
      found.kept += 1;
      if (text !== null && found.kept < enough && !isDue()) {
        if (found.kept === 1) found.first = text;
        else found.second = text;
        return found;
      }
      found.kept = enough;
      if (found.first !== '') sockets.hear(found.talk, true, found.first);
      if (found.second !== '') sockets.hear(found.talk, true, found.second);
      if (found.talk.closed) return false;
    }
    return sockets.hear(found.talk, true, message) ? false : found;
  };

  const answered = (found: Spoken, message: unknown): void => {
    if (!found.talk.closed && found.kept >= enough) sockets.hear(found.talk, false, message);
  };

  const addressOf = addressOfRequest();
  const bodies = new NativeWeakMap<object, unknown>();
  replace(realm, 'Request', {
    construct: (native, args, target) => {
      const { body, told } = bodyOf(args);
      const made = construct(native, told, target) as object;
      const carried = body === undefined && addressOf(args[0]) !== null ? weakGet(bodies, args[0] as object) : body;
      if (carried !== undefined && carried !== null) weakSet(bodies, made, carried);
      return made;
    },
  });
  replace(realm.Request?.prototype, 'clone', {
    apply: (native, self, args) => {
      const made = apply(native, self, args) as object;
      const carried = weakGet(bodies, self as object);
      if (carried !== undefined) weakSet(bodies, made, carried);
      return made;
    },
  });
  replace(ownerOfFetch(realm), 'fetch', {
    promises: true,
    apply: (native, self, args) => {
      if (args.length === 0 || typeof args[0] === 'symbol') return apply(native, self, args);
      const request = addressOf(args[0]);
      // An object that stands for an address is asked for it once.
      const given = request !== null || typeof args[0] === 'string' ? args : again(args, `${args[0] as string}`);
      const { body, told } = bodyOf(given);
      const carried = request !== null && body === undefined ? weakGet(bodies, args[0] as object) : body;
      const found = refuses(request ?? (given[0] as string), carried);
      if (found === null) return apply(native, self, told);
      if (found === false) return apply(native, self, [nowhere()]);
      return then(apply(native, self, told) as Promise<Response>, (answer) => {
        try {
          const size = headerGet(responseHeaders(answer), 'content-length');
          if (size !== null && +size <= longest) then(bytesOf(cloneOf(answer)), (bytes) => answered(found, bytes), () => undefined);
        } catch {
          // Not an answer that can be read twice.
        }
        return answer;
      });
    },
  });

  replace(realm.Navigator?.prototype, 'sendBeacon', {
    apply: (native, self, args) => {
      if (args.length === 0 || typeof args[0] === 'symbol') return apply(native, self, args);
      const address = `${args[0] as string}`;
      return refuses(address, args[1]) === false || apply(native, self, args.length === 1 ? [address] : [address, args[1]]);
    },
  });
  if (typeof realm.EventSource === 'function') {
    const dataOf = dataIn(realm);
    const sourceOf = property<string>(realm.EventSource, 'url');
    const close = method<EventSource, [], void>(realm.EventSource, 'close');
    replace(realm, 'EventSource', {
      construct: (native, args, target) => {
        const source = construct(native, args, target) as EventSource;
        const address = sourceOf(source);
        addListener(source, 'message', (event) => {
          const text = messageOf(dataOf(event));
          const found = text !== null && isDue() ? spoken(address, isTelling(text)) : null;
          if (found === null || !(found.talk.closed || sockets.hear(found.talk, false, text))) return;
          close(source);
          stopImmediate(event);
        }, true);
        return source;
      },
    });
  }

  if (typeof realm.XMLHttpRequest !== 'function') return;
  const addresses = new NativeWeakMap<object, string>();
  const responseType = property<string>(realm.XMLHttpRequest, 'responseType');
  // Of this realm: whoever asks first for bytes gets them, and so does the page, as an object of the realm that asked.
  const response = property<unknown>(realm.XMLHttpRequest, 'response');
  /** Whom each was sent to last: one can be sent again and again. */
  const spokenTo = new NativeWeakMap<object, Spoken | null>();
  const loaded = (event: Event): void => {
    try {
      const request = eventTarget(event) as object;
      const found = weakGet(spokenTo, request) ?? null;
      const type = responseType(request);
      if (found !== null && (type === '' || type === 'text' || type === 'arraybuffer')) answered(found, response(request));
    } catch {
      // Of another realm.
    }
  };
  const open = originalOf(realm.XMLHttpRequest.prototype.open) as (...args: never[]) => unknown;
  replace(realm.XMLHttpRequest.prototype, 'open', {
    apply: (native, self, args) => {
      if (args.length < 2 || typeof args[1] === 'symbol') return apply(native, self, args);
      const verb = asText(args[0]);
      const address = asText(args[1]) as string;
      const given: unknown[] = [verb, address];
      for (let index = 2; index < args.length; index += 1) setOwn(given, index, args[index]);
      const result = apply(native, self, given);
      weakSet(addresses, self as object, address);
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
      const isHeard = weakHas(spokenTo, self as object);
      if (found !== null && !isHeard) addListener(self as EventTarget, 'load', loaded);
      if (found !== null || isHeard) weakSet(spokenTo, self as object, found);
      return apply(native, self, args);
    },
  });
}

const again = (args: readonly unknown[], first: string): unknown[] => (args.length < 2 ? [first] : [first, args[1]]);

/**
 * The body that options carry, and arguments that carry the same: a page can have its options answer otherwise each
 * time, so they are asked once, and ours stand in for them from then on. A Request can be options, too.
 */
function bodyOf(args: unknown[]): { readonly body: unknown; readonly told: unknown[] } {
  const init = args[1];
  if ((typeof init !== 'object' && typeof init !== 'function') || init === null) return { body: undefined, told: args };
  const { body } = init as { body: unknown };
  return { body, told: [args[0], optionsBut(init, (name) => (name === 'body' ? body : theirs))] };
}

/** `fetch` is a property of the window, and of the prototype of a worker's scope. */
function ownerOfFetch(realm: typeof globalThis): object {
  const scope = (realm as { WorkerGlobalScope?: { prototype: object } }).WorkerGlobalScope;
  return getOwnPropertyDescriptor(realm, 'fetch') === undefined && scope !== undefined ? scope.prototype : realm;
}

/** An address that leads nowhere: the request fails as one without a network does. */
function nowhere(): string {
  const url = createObjectURL(new NativeBlob(sequence([])));
  revokeObjectURL(url);
  return url;
}

const isJson = (text: string): boolean => charCodeAt(text, 0) === 0x7b || charCodeAt(text, 0) === 0x5b;
const isTelling = (text: string): boolean => text.length <= longest && hasLongWord(text);

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
