// Trusted Types: where a page has them enforced, only a policy of the page's own can vouch for an address
// that a worker is to be started from. So the rules of its policies are made to know when it is one of
// ours that stands for one of the page's; for all else, and for every address that the page gives as
// text, they ask the page's rule as ever.
import { disguised, replace, type Apply } from './disguise.js';
import { lateMethod, lateProperty } from './late.js';
import { apply } from './primordials.js';

const trustedTypes = lateProperty<object>('trustedTypes');
const isScriptURL = lateMethod<object, [unknown], boolean>('isScriptURL');
const createScriptURL = lateMethod<object, [string], object>('createScriptURL');

interface Rules {
  createHTML?: unknown;
  createScript?: unknown;
  createScriptURL?: unknown;
}

export class Trusted {
  /** The first policy of the page that can vouch for addresses. */
  #policy: object | null = null;
  #ours = '';
  /** What the page's rule is asked about instead; null: it was already. */
  #theirs: string | null = null;

  constructor(private readonly realm: typeof globalThis) {
    const { TrustedTypePolicyFactory } = realm as { TrustedTypePolicyFactory?: { prototype: object } };
    replace(TrustedTypePolicyFactory?.prototype, 'createPolicy', {
      apply: (native, self, args) => {
        const rules = args[1] as Rules | null | undefined;
        if ((typeof rules !== 'object' && typeof rules !== 'function') || rules === null) return apply(native, self, args);
        // Each is read once, in the order of the standard.
        const { createHTML, createScript, createScriptURL: rule } = rules;
        const own: Rules = { __proto__: null } as Rules;
        if (createHTML !== undefined) own.createHTML = createHTML;
        if (createScript !== undefined) own.createScript = createScript;
        if (rule !== undefined) own.createScriptURL = typeof rule === 'function' ? disguised(rule as () => unknown, { apply: this.#judge }) : rule;
        const policy = apply(native, self, [args[0], own]) as object;
        if (typeof rule === 'function') this.#policy ??= policy;
        return policy;
      },
    });
  }

  /** Whether a policy vouches for what the page gave. */
  has(given: unknown): boolean {
    if (typeof given !== 'object') return false;
    try {
      return isScriptURL(trustedTypes(this.realm), given);
    } catch {
      return false; // no such thing here
    }
  }

  /** Calls `start` with an address of ours, if there is one, in place of what the page gave, which is that text. */
  start(given: unknown, text: string, ours: string, start: (address: unknown) => object): object {
    const vouched = this.has(given);
    if (ours === '') return start(vouched ? given : text);
    this.#ours = ours;
    this.#theirs = vouched ? null : text;
    try {
      return start(vouched && this.#policy !== null ? createScriptURL(this.#policy, ours) : ours);
    } finally {
      this.#ours = '';
    }
  }

  readonly #judge: Apply = (rule, self, args) => {
    const ours = this.#ours;
    if (ours === '' || args[0] !== ours) return apply(rule, self, args);
    if (this.#theirs === null) return ours;
    // The page's default policy, asked about a text: it may name another address.
    const theirs = this.#theirs;
    args[0] = theirs;
    const found = apply(rule, self, args);
    return found === theirs ? ours : found;
  };
}
