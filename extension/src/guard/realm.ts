// Frames and windows: a fresh realm that a page can reach before the extension's own scripts get
// there (the first, empty document of a frame that has an address, a new window) is guarded from
// here at the moment it comes into being. What follows in a frame of the same origin, mostly in the
// same realm, is guarded from here as well: a second guard would see the first one's work. The doors:
// every way to insert nodes, `contentWindow` and its like, `window.open`, and, while the parser works,
// what it inserts.
import { ownerOf, question, replace, replaceAccessor, type Apply } from './disguise.js';
import {
  addListener, apply, eventSource, eventTarget, getOwnPropertyDescriptor, getter, isExhausted, isTrusted, method, NativeWeakMap, prevent, room, stopImmediate, weakGet, weakHas,
  weakSet,
} from './primordials.js';

export type Realm = typeof globalThis;

/**
 * What the guard's file says before it begins in a frame (build/guard.mjs), to what measures the window
 * around: a target of events that is there before the page, is heard by whoever came first, and that no
 * `document.open` clears. Where this is prevented, the frame is guarded from here.
 */
const born = 'nomine:born';

/** Of a node, called far more often than all others. */
const ofNodes = ['appendChild', 'insertBefore', 'replaceChild'];
const inserters: readonly (readonly [string, readonly string[]])[] = [
  ['Element', ['append', 'prepend', 'replaceChildren', 'moveBefore', 'before', 'after', 'replaceWith', 'insertAdjacentElement', 'insertAdjacentHTML', 'setHTML', 'setHTMLUnsafe']],
  ['Document', ['append', 'prepend', 'replaceChildren', 'moveBefore', 'write', 'writeln', 'open', 'close', 'execCommand', 'adoptNode']],
  ['DocumentFragment', ['append', 'prepend', 'replaceChildren', 'moveBefore']],
  ['CharacterData', ['before', 'after', 'replaceWith']],
  ['DocumentType', ['before', 'after', 'replaceWith']],
  ['ShadowRoot', ['setHTML', 'setHTMLUnsafe']],
  ['Range', ['insertNode', 'surroundContents']],
  ['HTMLSelectElement', ['add']],
  ['HTMLOptionsCollection', ['add']],
];
const setters: readonly (readonly [string, string])[] = [
  ['Element', 'innerHTML'],
  ['Element', 'outerHTML'],
  ['ShadowRoot', 'innerHTML'],
  ['Document', 'body'],
  ['HTMLTableElement', 'caption'],
  ['HTMLTableElement', 'tHead'],
  ['HTMLTableElement', 'tFoot'],
];
/** Calls for which the stack has room when frames that could not be guarded are taken out again. */
const aFew = 40;

const doors: readonly (readonly [string, readonly string[]])[] = [
  ['HTMLIFrameElement', ['contentWindow', 'contentDocument']],
  ['HTMLFrameElement', ['contentWindow', 'contentDocument']],
  ['HTMLObjectElement', ['contentWindow', 'contentDocument']],
];

export class Realms {
  /** Windows, and the documents in them: a window can go on to another one. */
  readonly #seen = new NativeWeakMap<object, boolean>();
  /** What to do when a document begins in a realm that is guarded from here, by its `location`, which no page can replace. */
  readonly #guarded = new NativeWeakMap<object, () => void>();
  #document: Document;
  /** Whether any realm is guarded from here. */
  #holds = false;
  readonly #length: ((self: unknown) => number) | null;
  readonly #ownerOf: ((self: unknown) => Document | null) | null;
  readonly #viewOf: ((self: unknown) => Window | null) | null;
  readonly #startOf: ((self: unknown) => Node) | null;
  readonly #windowOf: ((self: unknown) => object | null) | null;
  readonly #remove: (self: Element) => void;

  constructor(
    private readonly realm: Realm,
    private readonly guard: (realm: Realm) => () => void,
    /** Whether this is a frame that is guarded from outside. */
    isHeld: boolean,
  ) {
    this.#document = realm.document;
    this.#length = getter<number>(ownerOf(realm, 'length'), 'length');
    this.#ownerOf = getter<Document | null>(realm.Node?.prototype, 'ownerDocument');
    this.#viewOf = getter<Window | null>(realm.Document?.prototype, 'defaultView');
    const types = realm as unknown as Record<string, { prototype: object } | undefined>;
    this.#windowOf = getter<object | null>(types['HTMLIFrameElement']?.prototype, 'contentWindow');
    this.#startOf = getter<Node>(ownerOf(realm.Range?.prototype, 'startContainer'), 'startContainer');
    this.#remove = method<Element, [], void>(realm.Element, 'remove');
    const swept: Apply = (native, self, args) => {
      room(aFew);
      try {
        return apply(native, self, args);
      } finally {
        this.#look(self, args[0]);
      }
    };
    for (let index = 0; index < inserters.length; index += 1) {
      const type = inserters[index]?.[0] ?? '';
      const names = inserters[index]?.[1] ?? [];
      for (let at = 0; at < names.length; at += 1) replace(types[type]?.prototype, names[at] ?? '', { apply: swept });
    }
    this.#eachNode(types['Node']?.prototype, swept);
    for (let index = 0; index < setters.length; index += 1) {
      const type = setters[index]?.[0] ?? '';
      const name = setters[index]?.[1] ?? '';
      replaceAccessor(types[type]?.prototype, name, { set: swept });
    }
    for (let index = 0; index < doors.length; index += 1) {
      const type = doors[index]?.[0] ?? '';
      const names = doors[index]?.[1] ?? [];
      for (let at = 0; at < names.length; at += 1) replaceAccessor(types[type]?.prototype, names[at] ?? '', { get: this.#through });
    }
    // What loads in a shadow root is told to nobody outside of it.
    replace(types['Element']?.prototype, 'attachShadow', {
      apply: (native, self, args) => {
        const root = apply(native, self, args) as ShadowRoot;
        addListener(root, 'load', this.#loaded, true);
        return root;
      },
    });
    // It would shut a guard out of the frames that are in its hands, and of theirs: so it does what it does where a
    // site has a process of its own, which is nothing.
    const domain = getter<string>(types['Document']?.prototype, 'domain');
    const isDocument = (self: unknown): boolean => {
      try {
        return domain !== null && typeof domain(self) === 'string';
      } catch {
        return false; // the platform complains
      }
    };
    replaceAccessor(types['Document']?.prototype, 'domain', {
      set: (native, self, args) => ((isHeld || this.#holds) && args.length > 0 && isDocument(self) ? undefined : apply(native, self, args)),
    });
    replace(types['HTMLIFrameElement']?.prototype, 'getSVGDocument', { apply: swept });
    replace(realm, 'open', { apply: (native, self, args) => this.#opened(apply(native, self, args)) });
    // With three arguments it opens a window, too; otherwise it takes every listener from the document.
    replace(types['Document']?.prototype, 'open', {
      apply: (native, self, args) => {
        try {
          return this.#opened(apply(native, self, args));
        } finally {
          this.#whenLoaded();
        }
      },
    }, true);
  }

  /** A document begins here. */
  begin(): void {
    const { realm } = this;
    this.#document = realm.document;
    this.#whenLoaded();
    const clock = getter<EventTarget>(realm, 'performance')?.(realm);
    if (clock !== undefined) addListener(clock, born, this.#born, true);
    this.#whileParsing();
  }

  /**
   * What is put into a tree that is apart from every document makes no frame, and most trees are built
   * before they are inserted. Only of these functions: a page's own code runs while others read what they are given.
   */
  #eachNode(prototype: object | undefined, swept: Apply): void {
    const connected = getter<boolean>(prototype, 'isConnected');
    const isApart = (node: unknown): boolean => {
      try {
        return connected !== null && !connected(node);
      } catch {
        return false; // not a node
      }
    };
    const put: Apply = (native, self, args) => {
      if (!isApart(self)) return swept(native, self, args);
      const done = apply(native, self, args);
      // A listener can have inserted it meanwhile.
      if (!isApart(self)) this.#look(self, args[0]);
      return done;
    };
    for (let index = 0; index < ofNodes.length; index += 1) replace(prototype, ofNodes[index] ?? '', { apply: put });
  }

  /** Guards the frames that an insertion of this by a node, or by what belongs to one, has made. */
  #look(into: unknown, given: unknown): void {
    this.#guardAll(this.realm);
    this.#sweepForeign(into, given);
  }

  /**
   * Guards every frame of a window. Where the stack is used up before that is done, they are taken out again, as
   * if there had been even less of it.
   */
  #guardAll(window: Realm): void {
    try {
      this.#sweep(window, 0);
    } catch (error) {
      if (isExhausted(error)) this.#takeOut(window);
      throw error; // else of another origin
    }
  }

  /** Takes out the frames at the end that are not known. */
  #takeOut(window: Realm): void {
    for (let index = this.#count(window) - 1; index >= 0; index -= 1) {
      const frame = window[index as unknown as keyof Realm] as unknown as Window;
      if (weakHas(this.#seen, frame)) return;
      const { frameElement } = frame;
      if (frameElement !== null) this.#remove(frameElement);
    }
  }

  #opened(found: unknown): unknown {
    if (typeof found === 'object' && found !== null) this.#visit(found);
    return found;
  }

  /**
   * An empty frame loads within the very call that inserts it, together with others. And what a frame that is
   * known goes on to can be a document in which no script may run, so that nobody is there before us.
   */
  readonly #loaded = (event: Event): void => {
    let frame: unknown;
    try {
      this.#guardAll(this.realm);
      frame = eventTarget(event);
      const found = this.#windowOf?.(frame) ?? null;
      if (found !== null) this.#visit(found);
    } catch (error) {
      // Else not a frame.
      if (isExhausted(error) && frame !== undefined) this.#remove(frame as Element);
    }
  };

  /** A frame is guarded from here, by functions that are there already: its own guard would cost far more. */
  readonly #born = (event: Event): void => {
    try {
      stopImmediate(event);
      const frame = eventSource(event) as Realm | null;
      // Others can have come in with it.
      this.sweep();
      if (frame === null) return;
      this.#visit(frame);
      if (weakHas(this.#guarded, frame.location)) prevent(event);
    } catch {
      // The stack is used up, or a page imitates one: the frame's own guard comes, then.
    }
  };

  #whenLoaded(): void {
    addListener(this.#document, 'load', this.#loaded, true);
  }

  /** Guards every frame of this window that has not been seen yet. */
  sweep(): void {
    this.#sweep(this.realm, 0);
  }

  /** A method of this realm can insert into a document of another. */
  #sweepForeign(into: unknown, given: unknown): void {
    try {
      const document = this.#documentOf(into, given);
      if (document === this.#document) return; // nearly always
      const view = this.#viewOf?.(document) ?? null;
      if (view !== null && (view as unknown) !== this.realm) this.#guardAll(view as unknown as Realm);
    } catch (error) {
      // Else not a node, or a document of another origin.
      if (isExhausted(error)) throw error;
    }
  }

  /** The document of a node, of where a range starts, or else of what was inserted: options do not tell whose they are. */
  #documentOf(into: unknown, given: unknown): Document {
    try {
      return this.#ownerOf?.(into) ?? (into as Document);
    } catch (error) {
      if (isExhausted(error)) throw error;
    }
    let node = given;
    try {
      node = this.#startOf?.(into) ?? given;
    } catch (error) {
      if (isExhausted(error)) throw error;
    }
    return this.#ownerOf?.(node) ?? (node as Document);
  }

  /** How many frames, whatever the page puts in the place of that number. */
  #count(window: Realm): number {
    return this.#length === null ? window.length : this.#length(window);
  }

  /** Both browsers put a new frame behind all others, so the first known one, from the end, has only known ones before it. */
  #sweep(window: Realm, depth: number): void {
    for (let index = this.#count(window) - 1; index >= 0; index -= 1) {
      const frame = window[index as unknown as keyof Realm] as unknown as object | undefined;
      if (typeof frame !== 'object' || frame === null) continue;
      if (weakHas(this.#seen, frame)) return;
      this.#visit(frame);
      if (depth < 4) this.#sweepInside(frame as Realm, depth + 1);
    }
  }

  #sweepInside(frame: Realm, depth: number): void {
    try {
      this.#sweep(frame, depth);
    } catch (error) {
      // Else of another origin.
      if (isExhausted(error)) throw error;
    }
  }

  readonly #through: Apply = (native, self, args) => {
    const found = apply(native, self, args) as object | null;
    if (found === null) return found;
    try {
      const view = this.#viewOf === null ? null : this.#viewOf(found);
      if (view !== null) this.#visit(view);
    } catch {
      this.#visit(found); // a window, not a document
    }
    return found;
  };

  #visit(frame: object): void {
    try {
      const realm = frame as Realm;
      // Of another origin: throws, and is guarded by its own scripts.
      const { document } = realm;
      if (!weakHas(this.#seen, document)) {
        let begin = weakGet(this.#guarded, realm.location);
        if (begin === undefined && getOwnPropertyDescriptor(realm, 'Function') !== undefined && !isGuarded(realm)) {
          begin = this.guard(realm);
          this.#holds = true;
          weakSet(this.#guarded, realm.location, begin);
        }
        begin?.();
        weakSet(this.#seen, document, true);
      }
    } catch (error) {
      // Else not ours to reach, and not the page's either.
      if (isExhausted(error)) throw error;
    }
    weakSet(this.#seen, frame, true);
  }

  /** The parser inserts frames without calling anything; it lets observers run before each script. */
  #whileParsing(): void {
    const { document } = this.realm;
    if (document.readyState !== 'loading') return;
    const { MutationObserver } = this.realm;
    if (typeof MutationObserver !== 'function') return;
    const observer = new MutationObserver(() => this.sweep());
    const observe = method<MutationObserver, [Node, MutationObserverInit], void>(MutationObserver, 'observe');
    const disconnect = method<MutationObserver, [], void>(MutationObserver, 'disconnect');
    observe(observer, document, { __proto__: null, childList: true, subtree: true } as MutationObserverInit);
    addListener(document, 'DOMContentLoaded', (event) => {
      // A page can say so itself, and go on.
      if (isTrusted(event)) disconnect(observer);
      this.sweep();
    });
  }
}

/** The last thing that a guard does at its start is to answer this. */
function isGuarded(realm: Realm): boolean {
  try {
    return apply(realm.Function.prototype.toString, question, []) === question;
  } catch (error) {
    if (isExhausted(error)) throw error;
    return false;
  }
}
