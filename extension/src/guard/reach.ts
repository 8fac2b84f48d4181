// The guard's own text, as workers get it: settings first, the page's script after it.
import { sourceOf } from './disguise.js';
import type { Guard } from './guard.js';
import { createObjectURL, NativeBlob, sequence, stringify } from './primordials.js';
import type { Kind } from './settings.js';
import type { Surroundings } from './surroundings.js';

/** Never an array: taking one apart asks an iterator, which a page can replace. */
interface Parts {
  readonly head: Blob;
  readonly end: string;
}

export class Reach {
  readonly #text = sourceOf(NOMINE_GUARD as (...args: never[]) => unknown);
  #head: Blob | null = null;
  #address = '';

  constructor(
    private readonly guard: Guard,
    private readonly around: Surroundings,
  ) {}

  /** Guard and settings as one line of script, so that line numbers of what follows stay right. */
  text(kind: Kind, token: string, href: string): string {
    return `${this.#start(this.#payload())}${this.#end(kind, token, href)}`;
  }

  /** The same as parts of a Blob; the long part is one Blob for all workers. */
  parts(kind: Kind, token: string, href: string): Parts {
    // A worker without a starter can outlive this document, and with it any address of ours.
    if (token === '') return { head: new NativeBlob(sequence([this.#start(this.guard.channel.payload())])), end: this.#end(kind, token, href) };
    this.#head ??= new NativeBlob(sequence([this.#start(this.#payload())]));
    return { head: this.#head, end: this.#end(kind, token, href) };
  }

  /** Where the worker finds the inspector when it needs it; the whole of it where a CSP could be in the way. */
  #payload(): string {
    const given = this.guard.channel.address;
    if (given !== '') return given;
    if (!this.around.unrestricted()) return this.guard.channel.payload();
    if (this.#address === '') this.#address = createObjectURL(new NativeBlob(sequence([this.guard.channel.payload()])));
    return this.#address;
  }

  #start(payload: string): string {
    return `(${this.#text})({payload:${stringify(payload)},`;
  }

  #end(kind: Kind, token: string, href: string): string {
    return `kind:${stringify(kind)},token:${stringify(token)},href:${stringify(href)},policy:${stringify(this.guard.policy)},allowed:${stringify(this.guard.channel.allowed)}});`;
  }
}
