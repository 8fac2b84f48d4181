// The guard's own text, as workers get it: settings first, the page's script after it. A Blob costs
// Chromium milliseconds, so it is kept for the next worker of the same script: nothing in it is one
// worker's own, the token comes with the name.
import { sourceOf } from './disguise.js';
import type { Guard } from './guard.js';
import { createObjectURL, exec, indexOf, NativeBlob, NativeWeakMap, sequence, slice, startsWith, stringify, weakGet, weakSet } from './primordials.js';
import type { Kind } from './settings.js';
import type { Surroundings } from './surroundings.js';

/** Before a script that began with this directive: what is put before a script must not take it away. */
export const strict = '"use strict";';
/** The settings of a guard behind its payload, as `#end` writes them. */
const settingsForm = /^",kind:"[a-z]+",token:"",href:"(?:[^"\\]|\\.)*",policy:"[a-z]+",allowed:"[\da-f ]*"\}\);/u;

interface Made {
  readonly head: Blob;
  readonly end: string;
  readonly blob: Blob;
}

export class Reach {
  readonly #text = sourceOf(NOMINE_GUARD as (...args: never[]) => unknown);
  /** What was handed on last, and where it is; newer signatures come with another one. */
  #lent = '';
  #address = '';
  #head: { readonly payload: string; readonly blob: Blob } | null = null;
  /** By the script that follows the guard; where none does, the last one alone. */
  readonly #made = new NativeWeakMap<Blob, Made>();
  #last: Made | undefined;

  constructor(
    private readonly guard: Guard,
    private readonly around: Surroundings,
  ) {}

  /** Guard and settings as one line of script, so that line numbers of what follows stay right. `lasting`: for a worker without a starter, which can outlive this document and with it any address of ours. */
  text(kind: Kind, href: string, lasting: boolean): string {
    return this.#start(this.#payload(lasting)) + this.#end(kind, href);
  }

  /** The same as a Blob, behind a directive and before the page's script where these are given. */
  blob(kind: Kind, href: string, lasting: boolean, script: Blob | null = null, directive = '', type = 'text/javascript'): Blob {
    const end = this.#end(kind, href);
    const known = lasting ? undefined : script === null ? this.#last : weakGet(this.#made, script);
    const head = lasting ? new NativeBlob(sequence([this.#start(this.#payload(true))])) : this.#shared();
    if (known !== undefined && known.head === head && known.end === end) return known.blob;
    const parts: BlobPart[] = script === null ? [directive, head, end] : [directive, head, end, script];
    const blob = new NativeBlob(sequence(parts), { __proto__: null, type } as BlobPropertyBag);
    if (!lasting) {
      if (script === null) this.#last = { head, end, blob };
      else weakSet(this.#made, script, { head, end, blob });
    }
    return blob;
  }

  /**
   * The page's own part of a script that another guard of this realm has put itself before: a window that was
   * opened and went on to another document has two.
   */
  behind(text: string): string {
    const found = this.#inFront(text);
    // A page's own words in its place are inspected.
    return found === null || !(startsWith(found.payload, 'blob:') || found.isWhole) ? text : slice(text, found.end);
  }

  /** Whether that guard is all that this one would put there. A page that knew its text could choose another policy. */
  guards(text: string): boolean {
    const found = this.#inFront(text);
    return found !== null && found.isWhole && slice(text, found.end - this.#rules().length, found.end) === this.#rules();
  }

  /** The guard that a text begins with. */
  #inFront(text: string): { readonly payload: string; readonly isWhole: boolean; readonly end: number } | null {
    const from = startsWith(text, strict) ? strict.length : 0;
    const start = `(${this.#text})({payload:"`;
    if (slice(text, from, from + start.length) !== start) return null;
    const at = from + start.length;
    const end = indexOf(text, '"', at);
    const payload = slice(text, at, end);
    const settings = exec(settingsForm, slice(text, end));
    return settings === null ? null : { payload, isWhole: payload === this.guard.channel.payload(), end: end + settings[0].length };
  }

  /** Where a worker finds the inspector when it needs it. */
  address(): string {
    const given = this.guard.channel.address;
    if (given !== '') return given;
    const payload = this.guard.channel.payload();
    if (this.#lent !== payload) this.#address = createObjectURL(new NativeBlob(sequence([payload])));
    this.#lent = payload;
    return this.#address;
  }

  /** The same, or the whole of it where a CSP could be in the way; nothing for a worker that gets one without WebAssembly. */
  #payload(lasting: boolean): string {
    if (this.around.closed()) return '';
    if (lasting) return this.guard.channel.payload();
    return this.guard.channel.address !== '' || this.around.certainly() ? this.address() : this.guard.channel.payload();
  }

  /** The long part is one Blob for all. */
  #shared(): Blob {
    const payload = this.#payload(false);
    if (this.#head?.payload !== payload) this.#head = { payload, blob: new NativeBlob(sequence([this.#start(payload)])) };
    return this.#head.blob;
  }

  #start(payload: string): string {
    return `(${this.#text})({payload:${stringify(payload)},`;
  }

  #end(kind: Kind, href: string): string {
    return `kind:${stringify(kind)},token:"",href:${stringify(href)},${this.#rules()}`;
  }

  #rules(): string {
    return `policy:${stringify(this.guard.policy)},allowed:${stringify(this.guard.channel.allowed)}});`;
  }
}
