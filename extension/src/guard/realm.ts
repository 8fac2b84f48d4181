// Frames and windows: a fresh realm that a page can reach before the extension's own scripts get
// there (the first, empty document of a frame that has an address, a new window) is guarded from
// here at the moment it comes into being. The doors: every way to insert nodes, `contentWindow` and
// its like, `window.open`, and, while the parser works, what it inserts.
import { ownerOf, question, replace, replaceAccessor, type Apply } from './disguise.js';
import { apply, getOwnPropertyDescriptor, getter, method, NativeWeakMap, weakHas, weakSet, addListener } from './primordials.js';

export type Realm = typeof globalThis;

const inserters: readonly (readonly [string, readonly string[]])[] = [
  ['Node', ['appendChild', 'insertBefore', 'replaceChild']],
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
const doors: readonly (readonly [string, readonly string[]])[] = [
  ['HTMLIFrameElement', ['contentWindow', 'contentDocument']],
  ['HTMLFrameElement', ['contentWindow', 'contentDocument']],
  ['HTMLObjectElement', ['contentWindow', 'contentDocument']],
];

export class Realms {
  readonly #seen = new NativeWeakMap<object, boolean>();
  readonly #document: Document;
  readonly #length: ((self: unknown) => number) | null;
  readonly #ownerOf: ((self: unknown) => Document | null) | null;
  readonly #viewOf: ((self: unknown) => Window | null) | null;

  constructor(
    private readonly realm: Realm,
    private readonly guard: (realm: Realm) => void,
  ) {
    this.#document = realm.document;
    this.#length = getter<number>(ownerOf(realm, 'length'), 'length');
    this.#ownerOf = getter<Document | null>(realm.Node?.prototype, 'ownerDocument');
    this.#viewOf = getter<Window | null>(realm.Document?.prototype, 'defaultView');
    const types = realm as unknown as Record<string, { prototype: object } | undefined>;
    const swept: Apply = (native, self, args) => {
      try {
        return apply(native, self, args);
      } finally {
        this.#sweep(this.realm, 0);
        this.#sweepForeign(self);
      }
    };
    for (let index = 0; index < inserters.length; index += 1) {
      const type = inserters[index]?.[0] ?? '';
      const names = inserters[index]?.[1] ?? [];
      for (let at = 0; at < names.length; at += 1) replace(types[type]?.prototype, names[at] ?? '', { apply: swept });
    }
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
    replace(types['HTMLIFrameElement']?.prototype, 'getSVGDocument', { apply: swept });
    replace(realm, 'open', {
      apply: (native, self, args) => {
        const opened = apply(native, self, args) as object | null;
        if (opened !== null) this.#visit(opened);
        return opened;
      },
    });
    this.#whileParsing();
  }

  /** Guards every frame of this window that has not been seen yet. */
  sweep(): void {
    this.#sweep(this.realm, 0);
  }

  /** A method of this realm can insert into a document of another. */
  #sweepForeign(node: unknown): void {
    try {
      const document = this.#ownerOf?.(node) ?? (node as Document);
      if (document === this.#document) return; // nearly always
      const view = this.#viewOf?.(document) ?? null;
      if (view !== null && (view as unknown) !== this.realm) this.#sweep(view as unknown as Realm, 0);
    } catch {
      // Not a node, or a document of another origin.
    }
  }

  /** Both browsers put a new frame behind all others, so the first known one, from the end, has only known ones before it. */
  #sweep(window: Realm, depth: number): void {
    const count = this.#length === null || window !== this.realm ? window.length : this.#length(window);
    for (let index = count - 1; index >= 0; index -= 1) {
      const frame = window[index as unknown as keyof Realm] as unknown as object | undefined;
      if (typeof frame !== 'object' || frame === null) continue;
      if (weakHas(this.#seen, frame)) return;
      this.#visit(frame);
      if (depth < 4 && (frame as Window).length > 0) this.#sweep(frame as Realm, depth + 1);
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
    if (weakHas(this.#seen, frame)) return;
    weakSet(this.#seen, frame, true);
    try {
      const realm = frame as Realm;
      // Of another origin: throws, and is guarded by its own scripts.
      if (getOwnPropertyDescriptor(realm, 'Function') === undefined || isGuarded(realm)) return;
      this.guard(realm);
    } catch {
      // Not ours to reach, and not the page's either.
    }
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
    addListener(document, 'DOMContentLoaded', () => {
      disconnect(observer);
      this.sweep();
    });
  }
}

function isGuarded(realm: Realm): boolean {
  try {
    return apply(realm.Function.prototype.toString, question, []) === question;
  } catch {
    return false;
  }
}
