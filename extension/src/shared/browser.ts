// One name for the extension interface in both browsers: Firefox calls it `browser`, Chromium `chrome`;
// both answer with promises. Types are Chromium's; what only Firefox has is typed in `firefox.ts`.
declare const BROWSER: 'chromium' | 'firefox';

/** The browser that this build is for; the build replaces it, so unused branches disappear. */
export const isFirefox: boolean = typeof BROWSER === 'undefined' ? false : BROWSER === 'firefox';

const scope = globalThis as unknown as { browser?: typeof chrome; chrome?: typeof chrome };
export const browser = (scope.browser?.runtime === undefined ? scope.chrome : scope.browser) as typeof chrome;
