// One name for the extension interface in both browsers: Firefox calls it `browser`, Chromium `chrome`;
// both answer with promises. Types are Chromium's; what only Firefox has is typed in `firefox.ts`.
declare const BROWSER: 'chromium' | 'firefox';

/** The browser that this build is for; the build replaces it, so unused branches disappear. */
export const isFirefox: boolean = typeof BROWSER === 'undefined' ? false : BROWSER === 'firefox';

const scope = globalThis as unknown as { browser?: typeof chrome; chrome?: typeof chrome };
// Nothing of the interface is touched here: Firefox makes each part of it on first use, in every frame.
export const browser = (isFirefox || scope.chrome === undefined ? scope.browser : scope.chrome) as typeof chrome;
