// What a guard in a worker is told by whoever started the worker. A guard in a page has none of it.

/** How the worker came to run the guard. */
export type Kind =
  /** The page's script follows the guard in one blob: or data: address. */
  | 'joined'
  /** The guard loads the page's script from the network, under its own address. */
  | 'loader'
  /** As `loader`, for a module: the script is imported after the guard. */
  | 'module'
  /** The browser extension put the guard before the script on its way (Firefox). */
  | 'wire';

export interface Settings {
  readonly kind: Kind;
  /** Proves to the starter that a message comes from the guard; empty where it comes with the name or nobody listens. */
  readonly token: string;
  /** The address that the script believes in; empty: its own. */
  readonly href: string;
  /** inspector.wasm in base64, or a blob: address of it; empty: where the starter has said, else not available. */
  readonly payload: string;
  /** What is done on this site. */
  readonly policy: GuardPolicy;
  /** SHA-256 of modules that may run all the same, with spaces between them. */
  readonly allowed: string;
}

/** The site policies that reach the guard; `allow` only in frames that an allowed site holds, or that are of one. */
export type GuardPolicy = 'protect' | 'monitor' | 'strict' | 'allow';
