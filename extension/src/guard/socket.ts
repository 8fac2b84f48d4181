// Sockets: what passes over WebSocket (both directions) is shown to the inspector, which knows how
// pools talk. Small messages only, most of them at the start of a conversation; a chat or a game that
// goes on for hours is looked at ever more rarely. `block` closes the socket as a broken network
// would. Text that arrives is heard by a listener that was there before the page's own.
import { resolve } from './channel.js';
import { replace, replaceAlias } from './disguise.js';
import type { Guard } from './guard.js';
import { allow, block, watch, type Judgement } from './inspector.js';
import { lateProperty, now } from './late.js';
import {
  addListener, apply, arrayLength, charCodeAt, construct, dataIn, deref, method, NativeSet, NativeWeakMap, NativeWeakRef, property, setAdd, setDelete, setForEach, stopImmediate, view,
  weakGet, weakSet,
} from './primordials.js';
import { readText } from './text.js';

/** Longer texts are no job and no share. */
export const longest = 8_192;
const shortest = 8;
/** Messages of each direction that are all looked at; after that every sixteenth. */
const first = 128;
const channelOf = lateProperty<RTCDataChannel>('channel');

export interface Talk {
  readonly url: string;
  /** The inspector's number; -1: not opened yet. */
  id: number;
  /** Its own, where no inspector can be here. */
  readonly number: number;
  seen: number;
  suspect: boolean;
  closed: boolean;
  readonly close: () => void;
}

let talks = 0;
const talkWith = (url: string, close: () => void): Talk => ({ url, id: -1, number: ++talks, seen: 0, suspect: false, closed: false, close });

export class Sockets {
  readonly #talks = new NativeWeakMap<object, Talk>();
  readonly #open = new NativeSet<WeakRef<object>>();
  readonly #dataOf: (event: Event) => unknown;

  /** `base`: where relative addresses start if not where the platform thinks; else empty. */
  constructor(realm: typeof globalThis, private readonly guard: Guard, readonly base = '') {
    this.#dataOf = dataIn(realm);
    this.#webSocket(realm);
    this.#channels(realm);
    guard.onMiner(() => this.closeSuspects());
  }

  /** Whether a conversation of this scope looks like a pool's. */
  get suspicious(): boolean {
    let found = false;
    this.#each((talk) => {
      if (talk.suspect) found = true;
    });
    return found;
  }

  closeSuspects(): void {
    this.#each((talk) => {
      if (talk.suspect) this.#close(talk);
    });
  }

  #each(visit: (talk: Talk) => void): void {
    setForEach(this.#open, (ref) => {
      const socket = deref(ref);
      const talk = socket === undefined ? undefined : weakGet(this.#talks, socket);
      if (talk === undefined || talk.closed) setDelete(this.#open, ref);
      else visit(talk);
    });
  }

  #placed(args: unknown[]): unknown[] {
    if (this.base === '' || args.length === 0 || typeof args[0] === 'symbol') return args;
    const text = `${args[0] as string}`;
    const url = resolve(text, this.base) ?? text;
    return args.length === 1 ? [url] : [url, args[1]];
  }

  #webSocket(realm: typeof globalThis): void {
    if (typeof realm.WebSocket !== 'function') return;
    const close = method<WebSocket, [number?], void>(realm.WebSocket, 'close');
    const address = property<string>(realm.WebSocket, 'url');
    replace(realm, 'WebSocket', {
      construct: (native, args, target) => {
        const socket = construct(native, this.#placed(args), target) as WebSocket;
        this.#follow(socket, address(socket), () => close(socket));
        return socket;
      },
    });
    this.#sends(realm.WebSocket.prototype, (socket) => this.#follow(socket, address(socket), () => close(socket as WebSocket)));
  }

  /** RTCDataChannel, made here or by the other side. */
  #channels(realm: typeof globalThis): void {
    if (typeof realm.RTCDataChannel !== 'function') return;
    const close = method<RTCDataChannel, [], void>(realm.RTCDataChannel, 'close');
    const stateOf = property<string>(realm.RTCDataChannel, 'readyState');
    const follow = (channel: RTCDataChannel): void => {
      if (weakGet(this.#talks, channel) === undefined) this.#follow(channel, 'webrtc:', () => close(channel));
    };
    this.#sends(realm.RTCDataChannel.prototype, (channel) => {
      stateOf(channel);
      follow(channel as RTCDataChannel);
    });
    // A worker has only those that it was sent.
    if (typeof realm.RTCPeerConnection !== 'function') return;
    replace(realm.RTCPeerConnection.prototype, 'createDataChannel', {
      apply: (native, self, args) => {
        const channel = apply(native, self, args) as RTCDataChannel;
        follow(channel);
        return channel;
      },
    });
    replace(realm, 'RTCPeerConnection', {
      construct: (native, args, target) => {
        const connection = construct(native, args, target) as RTCPeerConnection;
        addListener(
          connection,
          'datachannel',
          (event) => {
            try {
              follow(channelOf(event));
            } catch {
              // The page took away what tells the channel.
            }
          },
          true,
        );
        return connection;
      },
    });
    if (BROWSER === 'chromium') replaceAlias(realm, 'RTCPeerConnection', 'webkitRTCPeerConnection');
  }

  /** What is sent; through a socket that another scope made, too, which `follow` takes up then, or refuses as none. */
  #sends(prototype: object, follow: (socket: EventTarget) => void): void {
    replace(prototype, 'send', {
      apply: (native, self, args) => {
        try {
          if (weakGet(this.#talks, self as object) === undefined) follow(self as EventTarget);
        } catch {
          // The platform says what is wrong with it.
        }
        const talk = weakGet(this.#talks, self as object);
        if (talk !== undefined && this.hear(talk, true, args[0])) return undefined;
        return apply(native, self, args);
      },
    });
  }

  #follow(socket: EventTarget, url: string, close: () => void): void {
    const talk = talkWith(url, close);
    weakSet(this.#talks, socket, talk);
    setAdd(this.#open, new NativeWeakRef(socket));
    addListener(
      socket,
      'message',
      (event) => {
        if (this.hear(talk, false, this.#dataOf(event))) stopImmediate(event);
      },
      true,
    );
    addListener(socket, 'close', () => this.#end(talk), true);
  }

  /** A conversation that is not a socket's; this object stands for it as long as it is kept. */
  begin(url: string, close: () => void = () => undefined): Talk {
    const talk = talkWith(url, close);
    weakSet(this.#talks, talk, talk);
    setAdd(this.#open, new NativeWeakRef<object>(talk));
    return talk;
  }

  /** Whether the message is to be kept from its receiver. */
  hear(talk: Talk, outgoing: boolean, data: unknown): boolean {
    if (talk.closed) return false;
    talk.seen += 1;
    if (talk.seen > first && (talk.seen & 15) !== 0) return false;
    const { inspector } = this.guard;
    const text = messageOf(data);
    // What is packed or masked is shown only where something else was inspected: no miner computes without that.
    const message = inspector.isOpen ? (text ?? packedOf(data)) : text !== null && mayBeTalk(text) ? text : null;
    if (message === null) return false;
    if (talk.id < 0) talk.id = inspector.open();
    if (talk.id < 0) {
      if (text !== null) this.guard.converseElsewhere(`${talk.number} ${outgoing ? 1 : 0}${text}`, (judgement) => this.#weigh(talk, judgement));
      return false;
    }
    return this.#weigh(talk, inspector.message(talk.id, outgoing, message, now()));
  }

  #weigh(talk: Talk, judgement: Judgement): boolean {
    if (judgement.outcome === allow || talk.closed) return false;
    if (judgement.outcome === watch && talk.suspect) return false;
    talk.suspect = true;
    const refused = this.guard.decides('socket', talk.url, judgement, 'content');
    if (judgement.outcome === block && refused) this.#close(talk);
    return refused;
  }

  #close(talk: Talk): void {
    if (talk.closed) return;
    this.#end(talk);
    try {
      talk.close();
    } catch {
      // Already gone.
    }
  }

  #end(talk: Talk): void {
    if (talk.closed) return;
    talk.closed = true;
    if (talk.id >= 0) this.guard.inspector.close(talk.id);
  }
}

/** What could be one message of a pool's, as text; null for anything else. */
export function messageOf(data: unknown): string | null {
  if (typeof data === 'string') return data.length >= shortest && data.length <= longest ? data : null;
  try {
    const bytes = bytesOf(data);
    return bytes !== null && isText(bytes) ? readText(bytes) : null;
  } catch {
    return null; // a Blob, or a detached buffer
  }
}

/** The same as bytes. */
export function packedOf(data: unknown): Uint8Array | null {
  try {
    return bytesOf(data);
  } catch {
    return null;
  }
}

function bytesOf(data: unknown): Uint8Array | null {
  if (typeof data !== 'object' || data === null) return null;
  const bytes = view(data);
  return bytes === null || arrayLength(bytes) < shortest || arrayLength(bytes) > longest ? null : bytes;
}

export function isText(bytes: Uint8Array): boolean {
  for (let index = 0; index < 16 && index < arrayLength(bytes); index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return true;
}

/** JSON, a socket.io frame or comma-separated words: the forms in which pools talk. Other text is not worth opening the inspector. */
function mayBeTalk(text: string): boolean {
  const start = charCodeAt(text, 0);
  return start === 0x7b || start === 0x5b || (start >= 0x30 && start <= 0x39) || (start >= 0x41 && start <= 0x5a) || (start >= 0x61 && start <= 0x7a);
}

