// Names that the build puts around the guard: the whole guard is one function, so that it can hand
// its own text on to workers, called with the settings of the scope that it runs in.
import type { Settings } from './settings.js';

declare global {
  /** The guard itself. */
  const NOMINE_GUARD: (settings?: Settings) => void;
  /** Undefined in a page. */
  const NOMINE_SETTINGS: Settings | undefined;
  /** The browser of this build. */
  const BROWSER: 'chromium' | 'firefox';
}
