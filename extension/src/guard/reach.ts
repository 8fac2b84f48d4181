// The guard's own text, as workers get it: settings first, the page's script after it.
import { sourceOf } from './disguise.js';
import type { Guard } from './guard.js';
import { NativeBlob, stringify } from './primordials.js';
import type { Kind } from './settings.js';

export class Reach {
  readonly #text = sourceOf(NOMINE_GUARD as (...args: never[]) => unknown);
  #head: Blob | null = null;

  constructor(private readonly guard: Guard) {}

  /** Guard and settings as one line of script, so that line numbers of what follows stay right. */
  text(kind: Kind, token: string, href: string): string {
    return `${this.#start(this.guard.channel.payload())}${this.#end(kind, token, href)}`;
  }

  /** The same as parts of a Blob; the long part is one Blob for all workers. */
  parts(kind: Kind, token: string, href: string): [Blob, string] {
    this.#head ??= new NativeBlob([this.#start(this.guard.channel.payload())]);
    return [this.#head, this.#end(kind, token, href)];
  }

  #start(payload: string): string {
    return `(${this.#text})({payload:${stringify(payload)},`;
  }

  #end(kind: Kind, token: string, href: string): string {
    return `kind:${stringify(kind)},token:${stringify(token)},href:${stringify(href)},policy:${stringify(this.guard.policy)}});`;
  }
}
