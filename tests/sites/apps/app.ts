/** A well-known library with a small task of its own. */
export interface App {
  readonly name: string;
  /** Classic script to load before. */
  readonly script?: string;
  /** Body of an async function; its value is the result. With `bundle`, a module that calls `result`. */
  readonly code: string;
  readonly bundle?: boolean;
  /** Wants a window of its own, and does not run in a frame. */
  readonly alone?: boolean;
  /** Asks for WebGL 2, which a browser without a screen may lack; then it is skipped, and said so. */
  readonly graphics?: boolean;
  /** What the host answers besides, by path. */
  readonly answers?: Readonly<Record<string, string>>;
  /** The same out of the packages. */
  readonly files?: Readonly<Record<string, string>>;
  /** The same, bundled. */
  readonly bundles?: Readonly<Record<string, string>>;
  /** What the result has to contain, so that two equal failures do not pass. */
  readonly expect: string;
}
