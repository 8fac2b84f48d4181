// How a guard is heard. In a page: a target of events that only guard and relay hold, so the page can
// neither read nor forge what passes. In a worker: messages to the guard that started it, which
// carry a token, are taken before the page sees them, and go on from there.
import { fetchText } from './blobs.js';
import {
  addListener, apply, dispatch, eventData, getOwnPropertyDescriptor, getter, indexOf, mapDelete, mapGet, mapSet, NativeMap, NativeEventTarget, NativeFocusEvent, NativeMessageEvent, NativeSet, NativeURL,
  removeListener, setAdd, setForEach, setOwn, slice, startsWith, urlHref,
} from './primordials.js';
import { barred, type InspectedKind } from './inspector.js';
import type { Told } from './scope.js';
import type { GuardPolicy, Settings } from './settings.js';

export interface Channel {
  readonly policy: GuardPolicy;
  /** SHA-256 of modules that a person lets run here, with spaces between them. */
  readonly allowed: string;
  /** Passes a report on. */
  report(json: string): void;
  /** Asks the background to look at what cannot be judged here: what it is, then addresses, with spaces between. */
  look(what: string): void;
  onEnd(end: () => void): void;
  /** inspector.wasm in base64, asked for when it is first needed; empty: not available; `barred`: not for now. */
  payload(): string;
  /** An address of ours that it can be read from in workers; empty: none. */
  readonly address: string;
  /** `f`: the document certainly has no CSP; `w`: so it is said, but a service worker could have; `c`: it certainly has one that forbids WebAssembly; `m`: so it is said; empty: it may have one. */
  free(): string;
  /** The text at an address of this origin, where a CSP may forbid to ask for it here; null where it cannot be had. */
  textAt(address: string): string | null;
  /** The same, later. */
  fetchText(address: string, done: (text: string | null) => void): void;
  /** Has the background inspect a text; whether it is asked. It answers with the outcome as a digit and the verdict, or with nothing. */
  inspect(kind: InspectedKind, text: string, done: (answer: string) => void): boolean;
  /** Has the background weigh a message: the name of its conversation, `1` if it is sent, else `0`, and the message. It answers in the same way. */
  converse(said: string, done: (answer: string) => void): void;
  /** Address of the document or worker. */
  place(): string;
}

/**
 * The event by which guard and relay find each other, before any script of the page runs. It is told to the
 * document's fonts: a target that is new in every document, and that no window hears of. A page may have had the
 * window of a frame before, for the first, empty document, and left listeners there.
 */
export const meeting = 'nomine:meet';
const fontsOf = getter<EventTarget>(globalThis.Document?.prototype, 'fonts');

export class PageChannel implements Channel {
  readonly address = '';
  readonly #node: EventTarget;
  #policy: GuardPolicy = 'protect';
  #allowed: string | null = null;
  #payload: string | null = null;
  #answer = '';
  /** That the document's policy forbids WebAssembly; nothing takes a policy away again. */
  #closed = '';
  #signatures: ((encoded: string) => void) | null = null;
  #waiting: string[] | null = [];
  readonly #enders = new NativeSet<() => void>();
  readonly #place: () => string;
  /** Who waits for answers that come later, by their numbers. */
  readonly #readers = new NativeMap<string, (text: string) => void>();
  #asked = 0;

  constructor(window: Window, document: Document) {
    this.#place = placeOf(window);
    this.#node = new NativeEventTarget();
    addListener(this.#node, 'say', (event) => {
      const said = eventData(event);
      if (typeof said === 'string') this.#hear(slice(said, 0, 1), slice(said, 1));
    });
    this.#meet(document);
  }

  /** Called when newer signatures arrive after the page began. */
  set whenSignatures(take: (encoded: string) => void) {
    this.#signatures = take;
  }

  get policy(): GuardPolicy {
    return this.#policy;
  }

  /** Asked for when there is something to refuse; not kept before the relay is there. */
  get allowed(): string {
    if (this.#waiting !== null) return '';
    return (this.#allowed ??= this.#ask('a'));
  }

  #hear(word: string, text: string): void {
    if (word === 'a') this.#answer = text;
    else if (word === 'g') {
      const end = indexOf(text, ' ');
      const number = slice(text, 0, end);
      const done = mapGet(this.#readers, number);
      mapDelete(this.#readers, number);
      done?.(slice(text, end + 1));
    }
    else if (word === 's') {
      // What workers are handed is asked for anew, with them.
      this.#payload = null;
      this.#signatures?.(text);
    } else if (word === 'e') setForEach(this.#enders, (end) => end());
    else {
      // Once when they meet; in a frame inside another site, whose policy counts, again a moment later.
      this.#policy = policyOf(text);
      this.#allowed = null;
      const waiting = this.#waiting;
      this.#waiting = null;
      for (let index = 0; waiting !== null && index < waiting.length; index += 1) this.report(waiting[index] ?? '');
    }
  }

  report(json: string): void {
    if (this.#waiting !== null) {
      if (this.#waiting.length < 50) setOwn(this.#waiting, this.#waiting.length, json);
    } else this.#ask(`r${json}`);
  }

  look(what: string): void {
    this.#ask(`l${what}`);
  }

  /** Called when the background found a miner where no guard is. */
  onEnd(end: () => void): void {
    setAdd(this.#enders, end);
  }

  payload(): string {
    if (this.#payload === null || this.#payload === '' || this.#payload === barred) this.#payload = this.#ask('p');
    return this.#payload;
  }

  free(): string {
    if (this.#closed !== '') return this.#closed;
    const said = this.#ask('f');
    if (said === 'c' || said === 'm') this.#closed = said;
    return said;
  }

  textAt(address: string): string | null {
    return this.#waiting === null ? this.#ask(`t${address}`) : fetchText(address);
  }

  fetchText(address: string, done: (text: string | null) => void): void {
    if (this.#waiting !== null) done(fetchText(address));
    else this.#askLater('g', address, done);
  }

  inspect(kind: InspectedKind, text: string, done: (answer: string) => void): boolean {
    if (this.#waiting !== null) return false;
    this.#askLater('i', kind + text, done);
    return true;
  }

  converse(said: string, done: (answer: string) => void): void {
    if (this.#waiting === null) this.#askLater('c', said, done);
  }

  #askLater(word: string, question: string, done: (answer: string) => void): void {
    this.#asked += 1;
    mapSet(this.#readers, `${this.#asked}`, done);
    this.#ask(`${word}${this.#asked} ${question}`);
  }

  place(): string {
    return this.#place();
  }

  /** Says something to the relay; listeners run before this returns, so the answer is there. */
  #ask(data: string): string {
    this.#answer = '';
    dispatch(this.#node, new NativeMessageEvent('ask', { __proto__: null, data } as MessageEventInit));
    return this.#answer;
  }

  /** Hands the node to the relay: at once if it is there, otherwise when it calls. */
  #meet(document: Document): void {
    const place = fontsOf?.(document) ?? document;
    const offer = (): void => {
      dispatch(place, new NativeFocusEvent(meeting, { __proto__: null, relatedTarget: this.#node } as FocusEventInit));
      if (this.#waiting === null) removeListener(place, `${meeting}?`, offer);
    };
    offer();
    if (this.#waiting !== null) addListener(place, `${meeting}?`, offer);
  }
}

export class WorkerChannel implements Channel {
  readonly address: string;
  readonly policy: GuardPolicy;
  readonly allowed: string;
  readonly #settings: Settings;
  readonly #token: string;
  readonly #place: string;
  readonly #post: ((message: string) => void) | null;

  constructor(scope: typeof globalThis, settings: Settings, { token, address }: Told) {
    this.#settings = settings;
    this.#token = token;
    this.policy = settings.policy;
    this.allowed = settings.allowed;
    this.address = startsWith(settings.payload, 'blob:') ? settings.payload : settings.payload === '' ? address : '';
    const post = (scope as { postMessage?: (message: string) => void }).postMessage;
    this.#post = typeof post === 'function' && token !== '' ? (message) => apply(post, scope, [message]) : null;
    const place = settings.href === '' ? (scope.location?.href ?? '') : settings.href;
    this.#place = startsWith(place, 'data:') ? slice(place, 0, 64) : place;
  }

  /** Whether somebody listens. */
  get isHeard(): boolean {
    return this.#post !== null;
  }

  report(json: string): void {
    this.say('r', json);
  }

  look(what: string): void {
    this.say('l', what);
  }

  onEnd(): void {
    // Whoever started this worker ends it.
  }

  /** Says something to the guard that started this worker. */
  say(word: string, text: string): void {
    try {
      this.#post?.(this.#token + word + text);
    } catch {
      // The worker is closing.
    }
  }

  free(): string {
    return ''; // nobody asks it here: a worker is told at its start
  }

  textAt(address: string): string | null {
    return fetchText(address);
  }

  fetchText(address: string, done: (text: string | null) => void): void {
    done(fetchText(address));
  }

  /** Whoever started this worker ends it then. */
  inspect(kind: InspectedKind, text: string): boolean {
    this.say('i', kind + text);
    return this.isHeard;
  }

  converse(said: string): void {
    this.say('c', said);
  }

  payload(): string {
    return this.address === '' ? this.#settings.payload : (fetchText(this.address) ?? '');
  }

  place(): string {
    return this.#place;
  }
}

/**
 * A guard that was put into a frame from outside speaks through the one that put it there. Only what a document
 * has for itself is asked of its own relay.
 */
export class FrameChannel implements Channel {
  readonly address = '';
  readonly #place: () => string;
  #own: PageChannel | null = null;

  constructor(
    private readonly outer: Channel,
    private readonly window: Window,
  ) {
    this.#place = placeOf(window);
  }

  /** A document begins in the frame. The relay of an empty one waits for nobody: its page is the one around. */
  begin(): void {
    this.#own = this.#place() === empty ? null : new PageChannel(this.window, this.window.document);
  }

  get policy(): GuardPolicy {
    return this.outer.policy;
  }

  get allowed(): string {
    return this.outer.allowed;
  }

  report(json: string): void {
    this.outer.report(json);
  }

  look(what: string): void {
    this.outer.look(what);
  }

  onEnd(end: () => void): void {
    this.outer.onEnd(end);
  }

  payload(): string {
    return this.outer.payload();
  }

  free(): string {
    return this.#document().free();
  }

  textAt(address: string): string | null {
    return this.#document().textAt(address);
  }

  fetchText(address: string, done: (text: string | null) => void): void {
    this.#document().fetchText(address, done);
  }

  inspect(kind: InspectedKind, text: string, done: (answer: string) => void): boolean {
    return this.#document().inspect(kind, text, done);
  }

  converse(said: string, done: (answer: string) => void): void {
    this.#document().converse(said, done);
  }

  /** Whom to ask about the document itself. Nobody tells of what a window that was opened goes on to. */
  #document(): Channel {
    if (this.#own === null) this.begin();
    return this.#own ?? this.outer;
  }

  place(): string {
    return this.#place();
  }
}

function policyOf(said: unknown): GuardPolicy {
  return said === 'monitor' || said === 'strict' || said === 'allow' ? said : 'protect';
}

const empty = 'about:blank';

function placeOf(window: Window): () => string {
  // `location` and its `href` cannot be replaced by a page.
  const location = getOwnPropertyDescriptor(window, 'location')?.get;
  return () => {
    try {
      const found = location === undefined ? window.location : (apply(location, window, []) as Location);
      return found.href;
    } catch {
      return '';
    }
  };
}

export function resolve(address: string, base: string): string | null {
  try {
    return urlHref(new NativeURL(address, base));
  } catch {
    return null;
  }
}

export const baseOf = getter<string>(typeof Node === 'undefined' ? undefined : Node.prototype, 'baseURI');
