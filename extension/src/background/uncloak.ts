// CNAME uncloaking (Firefox): the name behind a name, so that a listed service cannot hide behind a
// host of the page's own. Answers are kept for a while; their number is bounded.

export interface Resolver {
  resolve(host: string, flags: string[]): Promise<{ canonicalName?: string }>;
}

const most = 2_000;
const lifetime = 30 * 60_000;

export class Uncloak {
  readonly #known = new Map<string, { name: string; until: number }>();
  readonly #asked = new Map<string, Promise<string>>();

  constructor(
    private readonly resolver: Resolver,
    private readonly now: () => number = Date.now,
  ) {}

  /** The canonical name of a host where it is another one; empty otherwise, and where it is unknown. */
  async canonicalName(host: string): Promise<string> {
    const known = this.#known.get(host);
    if (known !== undefined && known.until > this.now()) return known.name;
    let asked = this.#asked.get(host);
    if (asked === undefined) {
      asked = this.#ask(host).finally(() => this.#asked.delete(host));
      this.#asked.set(host, asked);
    }
    return asked;
  }

  async #ask(host: string): Promise<string> {
    let name = '';
    try {
      const { canonicalName = '' } = await this.resolver.resolve(host, ['canonical_name']);
      const found = canonicalName.toLowerCase().replace(/\.+$/u, '');
      if (found !== host) name = found;
    } catch {
      // Not resolvable: the request will fail by itself.
    }
    // A map keeps the order of insertion: the first key is the oldest.
    this.#known.delete(host);
    this.#known.set(host, { name, until: this.now() + lifetime });
    if (this.#known.size > most) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return name;
  }
}
