// The scriptlets of the packaged lists. This is a script of its own, which only sites get that have one;
// it runs before any script of the page. The build hands it the calls that may concern the page.
import type { Call } from './call.js';
import { run } from './run.js';

declare const NOMINE_CALLS: readonly Call[];

run(NOMINE_CALLS);
