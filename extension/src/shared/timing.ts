// How a document learns at once whether it has a CSP, and whether that surely forbids WebAssembly: by a
// `Server-Timing` header of ours, which the guard hides from the page.

/** The name of our entry in it. */
export const timingMark = 'nomine';
export type Timing = 'free' | 'bound' | 'closed';

export const timingHeader = (said: Timing): string => `${timingMark};desc="${said}"`;
