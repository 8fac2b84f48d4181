// The nouns that background, relay, guard and user interface share. No behaviour.

/** What is done on a site; `protect` is the default. */
export const policies = ['protect', 'allow', 'monitor', 'strict', 'noscript'] as const;
export type Policy = (typeof policies)[number];

/** `host`: exactly this host. `site`: the registrable domain with all its subdomains. */
export type Scope = 'host' | 'site';

/** Milliseconds since 1970; 'restart': when the browser is started again; null: never. */
export type End = number | 'restart' | null;

/** A person's (or their organisation's) decision about one site. */
export interface SiteRule {
  /** The host or registrable domain, canonical: lower case, ASCII, no trailing dot. */
  readonly name: string;
  readonly scope: Scope;
  readonly policy: Policy;
  /** When it ends. */
  readonly until: End;
  /** When it was made. */
  readonly since: number;
  readonly by: 'person' | 'organisation';
  /** The person's decision that this one stands in front of: it holds again when this one ends. */
  readonly before?: Pick<SiteRule, 'scope' | 'policy' | 'until'> | undefined;
}

/** A module that a person lets run on one site although it looks like a miner's. */
export interface AllowedModule {
  readonly site: string;
  /** SHA-256 of its bytes. */
  readonly content: string;
  readonly since: number;
}

/** What kind of thing was stopped. */
export const subjects = ['request', 'page', 'module', 'script', 'worker', 'socket', 'shader'] as const;
export type Subject = (typeof subjects)[number];

/** One reason, heaviest first. */
export interface Evidence {
  readonly signature: string;
  /** In plain words. */
  readonly detail: string;
  readonly weight: number;
  readonly place: { readonly function?: number; readonly offset?: number };
}

/** Something that was stopped, or is being watched. */
export interface StopEvent {
  /** Strictly rising within one installation. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly tabId: number;
  /** Host of the page that the person sees. */
  readonly site: string;
  readonly subject: Subject;
  /** Address of the thing, or of the script that started it; no credentials, no fragment. */
  readonly url: string;
  /** Address of the frame it happened in. */
  readonly frameUrl: string;
  readonly outcome: 'block' | 'watch' | 'monitor';
  /** `list`: its address is listed. `content`: what it is. `behaviour`: what it did. */
  readonly how: 'list' | 'content' | 'behaviour';
  /** Which list, and its line as written, where `how` is `list`. */
  readonly list?: string;
  readonly filter?: string;
  readonly family: string;
  readonly algorithm: string;
  /** Percent. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  /** SHA-256 of what was inspected, where that is known. */
  readonly content?: string;
  /** How often the same thing was stopped in this page. */
  readonly count: number;
}

/** What the popup shows for one tab. */
export interface TabState {
  readonly tabId: number;
  /** Host and registrable domain of the page; empty where there is nothing to protect. */
  readonly host: string;
  readonly site: string;
  /** False for browser pages, stores and files that the extension may not touch. */
  readonly protectable: boolean;
  readonly policy: Policy;
  /** The rule that decides the policy, if any. */
  readonly rule: SiteRule | null;
  readonly pausedUntil: Pause;
  readonly count: number;
  readonly events: readonly StopEvent[];
  /** Host access can be taken back by the person; then nothing is protected. */
  readonly hostAccess: boolean;
  /** Things stopped or seen beyond those that `events` holds. */
  readonly unlisted: number;
}

/** null: not paused; 'restart': until the browser restarts; a number: until that time. */
export type Pause = number | 'restart' | 'forever' | null;

/** A list and its state, as the Lists page shows it. */
export interface ListInfo {
  readonly id: string;
  readonly title: string;
  readonly homepage: string;
  readonly licence: string;
  readonly enabled: boolean;
  readonly bundled: boolean;
  readonly entries: number;
  /** Entries that are in force, that are understood but not possible in this browser, that were refused. */
  readonly inForce: number;
  readonly notPossible: number;
  readonly refused: number;
  readonly updated: number | null;
  readonly nextPull: number | null;
  /** A word for what went wrong at the last pull (see `pullErrors`), with what belongs to it. */
  readonly lastError: string | null;
  readonly errorDetail: string;
  /** Looked at last, whether something changed or not. */
  readonly checked: number | null;
  /** A new version that waits for a person's word, and why. */
  readonly held: HeldInfo | null;
  /** Lines that the rule of the subscription leaves out, and why. */
  readonly leftOut: number;
  readonly because: string;
  /** Added by the person, so it can be taken away again. */
  readonly removable: boolean;
  /** The person's own filters, which they write themselves. */
  readonly own: boolean;
  /** Where it comes from; empty: a file. */
  readonly url: string;
}

/** Why a new version of a list was held back. */
export interface HeldInfo {
  readonly reason: string;
  readonly before: number;
  readonly after: number;
  readonly host: string;
  readonly filter: string;
}

export interface ChannelInfo {
  /** Null: nothing newer than the package has come yet. */
  readonly version: number | null;
  readonly updated: number | null;
  /** When the version in force ends; it stays in force. */
  readonly ends: number | null;
  readonly checked: number | null;
  readonly nextPull: number | null;
  readonly lastError: string | null;
  readonly errorDetail: string;
  readonly held: HeldInfo | null;
}

/** All about lists, as the Lists page shows it. */
export interface ListsInfo {
  readonly lists: readonly ListInfo[];
  /** Our own channel: null where this build has none. */
  readonly channel: ChannelInfo | null;
  /** Filters in force altogether. */
  readonly filters: number;
  /** When the versions were put in force to which one can go back; null: there are none. */
  readonly before: number | null;
}

/** A line that is not, or not wholly, in force. */
export interface LineProblem {
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  /** The rest of the line is in force. */
  readonly partly: boolean;
}

/** What would become of a person's own filters in this browser. */
export interface Checked {
  readonly inForce: number;
  readonly problems: readonly LineProblem[];
}

/** What would become of a request. */
export interface Tested {
  readonly blocked: boolean;
  /** What stops it, or would but for `but`: a list, what was found while it ran, or what the site may not do; empty: nothing. */
  readonly by: '' | 'list' | 'found' | 'noscript' | 'frames';
  readonly list: string;
  readonly filter: string;
  /** Why it is not stopped all the same. `rules`: this browser's own rules do not have the filter, for the reason in `detail`. */
  readonly but: '' | 'pause' | 'access' | 'allow' | 'monitor' | 'asks' | 'rules';
  readonly detail: string;
}

export interface Statistics {
  readonly since: number;
  readonly total: number;
  readonly byFamily: Readonly<Record<string, number>>;
  readonly bySite: Readonly<Record<string, number>>;
  /** ISO date to count, at most the last 90 days. */
  readonly byDay: Readonly<Record<string, number>>;
}

export interface Options {
  /** Show the number of stopped things on the toolbar button. */
  readonly badge: boolean;
  /** Show our own page when a mining service is opened as a page. */
  readonly stopPages: boolean;
  /** Let mining through that a person started at a service that asks first. */
  readonly hiddenOnly: boolean;
}

/** What the guard knows about something that it stopped; the background adds id, time, tab and site. */
export type Report = Pick<
  StopEvent,
  'subject' | 'url' | 'frameUrl' | 'outcome' | 'how' | 'family' | 'algorithm' | 'confidence' | 'evidence' | 'content'
>;

/** What the relay and the guard need to know about the page that they are in. */
export interface GuardConfig {
  readonly policy: Policy;
  readonly paused: boolean;
  /** Contents of modules that may run here, with spaces between them. */
  readonly allowed: string;
}

/** Something that went wrong inside the extension and was survived; shown on the About page. */
export interface Problem {
  readonly time: number;
  /** Which part: `storage.sites`, `engine`, ... */
  readonly part: string;
  readonly detail: string;
}

/** What the About page shows. */
export interface About {
  readonly version: string;
  readonly browser: 'chromium' | 'firefox';
  readonly hostAccess: boolean;
  readonly guard: boolean;
  readonly engine: { readonly ready: boolean; readonly filters: number; readonly loadMilliseconds: number; readonly error: string };
  readonly problems: readonly Problem[];
}
