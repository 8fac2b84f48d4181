// What all hooks of one global scope share: the inspector, the site's policy, the way to report, and
// who is told when a miner was found here.
import type { Subject } from '../shared/model.js';
import type { Channel } from './channel.js';
import { allow, block, contentOf, innocent, Inspector, kinds, pending, told, watch, type InspectedKind, type Judgement } from './inspector.js';
import { indexOf, isExhausted, NativeSet, setAdd, setForEach, stringify } from './primordials.js';
import type { Beat } from './watch.js';
import type { GuardPolicy } from './settings.js';

/** Reports that one scope may send; a page that makes more gains nothing by it. */
const maximumReports = 200;

/** Called when something was found to be a miner, here or in a worker that was started here. */
export type Alarm = (subject: Subject, url: string) => void;

export class Guard {
  readonly inspector: Inspector;
  readonly #channel: Channel;
  readonly #alarms = new NativeSet<Alarm>();
  readonly #seen = { __proto__: null } as unknown as Record<string, number>;
  #reports = 0;
  #needed: (() => void) | null = null;
  #beats: ((source: string, beat: Beat) => void) | null = null;
  #counted: ((busy: number, began: boolean | null) => void) | null = null;
  /** A watched thing was seen here: sockets, workers and time are looked at more closely. */
  #watching: ((subject: Subject, url: string, json: string) => void) | null = null;

  /** `around`: that of the realm that this one was made in. */
  constructor(realm: typeof globalThis, channel: Channel, around?: Guard) {
    this.#channel = channel;
    // Where a policy forbids WebAssembly, the page would hear of the attempt: of one in the document itself, which
    // a page can put where it does not count, only when the page tries the same.
    const closed = (kind: InspectedKind): boolean => indexOf(kind === kinds.module ? 'c' : 'cm', channel.free() || ' ') >= 0;
    this.inspector = new Inspector(realm, (kind) => (closed(kind) ? '' : channel.payload()), around?.inspector ?? null);
  }

  get policy(): GuardPolicy {
    return this.#channel.policy;
  }

  get channel(): Channel {
    return this.#channel;
  }

  onMiner(alarm: Alarm): void {
    setAdd(this.#alarms, alarm);
  }

  /** Called once, when something is inspected for the first time. */
  set whenNeeded(needed: () => void) {
    this.#needed = needed;
  }

  set whenBeating(hear: (source: string, beat: Beat) => void) {
    this.#beats = hear;
  }

  /** A worker with watched code says how busy it is. */
  beat(source: string, beat: Beat): void {
    this.#beats?.(source, beat);
  }

  set whenWatched(watched: (subject: Subject, url: string, json: string) => void) {
    this.#watching = watched;
  }

  set whenCounted(hear: (busy: number, began: boolean | null) => void) {
    this.#counted = hear;
  }

  /** A watched module of this scope has worked for so many milliseconds. */
  counted(busy: number, began: boolean | null): void {
    this.#counted?.(busy, began);
  }

  /** Inspects, reports, and answers whether the platform is to refuse it; `undo` where that is known too late. */
  refuses(subject: Subject, kind: InspectedKind, input: Uint8Array | string, url: string, undo?: () => void): boolean {
    const judgement = this.judge(kind, input, (late) => {
      if (!this.decides(subject, url, late, 'content')) return;
      try {
        undo?.();
      } catch {
        // The page has taken away what it would be done by.
      }
    });
    return this.decides(subject, url, judgement, 'content');
  }

  /** Something is on its way that will be inspected. */
  expects(): void {
    if (this.policy !== 'allow' && this.policy !== 'strict') this.inspector.warm();
  }

  /** Whether modules cannot be inspected for now, and could be soon. */
  isBarred(): boolean {
    this.expects();
    return this.inspector.isBarred;
  }

  /** `later`: what comes of a text that has to be inspected elsewhere, unless that is nothing. */
  judge(kind: InspectedKind, input: Uint8Array | string, later?: (judgement: Judgement) => void): Judgement {
    if (this.policy === 'allow') return innocent;
    if (this.policy === 'strict' && kind === kinds.module) return { outcome: block, json: strictVerdict };
    const needed = this.#needed;
    this.#needed = null;
    needed?.();
    try {
      if (typeof input === 'string' && !this.inspector.opens()) return this.inspectElsewhere(kind, input, later);
      return this.#admitted(typeof input === 'string' ? this.inspector.text(kind, input) : this.inspector.bytes(kind, input));
    } catch (error) {
      if (isExhausted(error)) throw error;
      return innocent;
    }
  }

  inspectElsewhere(kind: InspectedKind, text: string, later?: (judgement: Judgement) => void): Judgement {
    const isAsked = this.#channel.inspect(kind, text, (answer) => {
      const found = told(answer);
      if (found.outcome !== allow) later?.(this.#admitted(found));
    });
    return isAsked ? pending : innocent;
  }

  /** The same of a message; `said` as the channel has it. */
  converseElsewhere(said: string, later: (judgement: Judgement) => void): void {
    this.#channel.converse(said, (answer) => {
      const found = told(answer);
      if (found.outcome !== allow) later(found);
    });
  }

  /** The judgement, unless a person lets exactly this run here. */
  #admitted(found: Judgement): Judgement {
    const { outcome, json } = found;
    if (outcome === allow) return found;
    const content = contentOf(json);
    return content !== '' && indexOf(this.#channel.allowed, content) >= 0 ? { outcome: allow, json } : found;
  }

  /** Reports a judgement and, for a miner, raises the alarm; whether it is to be refused. */
  decides(subject: Subject, url: string, judgement: Judgement, how: 'content' | 'behaviour'): boolean {
    if (this.policy === 'allow') return false;
    if (judgement.outcome === allow) {
      // Found, and let through by a person.
      if (judgement.json !== '') this.report(subject, url, 'monitor', how, judgement.json);
      return false;
    }
    if (judgement.outcome === watch) {
      this.report(subject, url, 'watch', how, judgement.json);
      this.#watching?.(subject, url, judgement.json);
      return false;
    }
    const refused = this.policy !== 'monitor';
    this.report(subject, url, refused ? 'block' : 'monitor', how, judgement.json);
    if (refused) this.alarm(subject, url);
    return refused;
  }

  alarm(subject: Subject, url: string): void {
    setForEach(this.#alarms, (alarm) => alarm(subject, url));
  }

  report(subject: Subject, url: string, outcome: 'block' | 'watch' | 'monitor', how: 'content' | 'behaviour', verdict: string): void {
    const key = `${subject} ${outcome} ${url}`;
    const seen = this.#seen[key] ?? 0;
    if (seen >= 3 || this.#reports >= maximumReports) return;
    this.#seen[key] = seen + 1;
    this.#reports += 1;
    this.#channel.report(stringify({ __proto__: null, subject, url, frameUrl: this.#channel.place(), outcome, how, verdict }));
  }
}

const strictVerdict =
  '{"outcome":"block","family":"","algorithm":"","confidence":100,"evidence":[{"signature":"policy.strict","detail":"WebAssembly is switched off on this site.","weight":100,"place":{}}],"not_inspected":null}';
