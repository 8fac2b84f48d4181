// The scriptlets of the lists. This is a script of its own, which only sites get that have one; it runs
// before any script of the page. The build hands it the calls that may concern the page.
import { abortCurrentScript } from './abort-current-script.js';
import { abortOnPropertyRead } from './abort-on-property-read.js';
import { abortOnPropertyWrite } from './abort-on-property-write.js';
import { applicable, hostHere, type Call } from './call.js';
import { noFetchIf } from './no-fetch-if.js';
import { noWebsocketIf } from './no-websocket-if.js';
import { noXhrIf } from './no-xhr-if.js';
import { nowebrtc } from './nowebrtc.js';
import { setConstant } from './set-constant.js';

declare const NOMINE_CALLS: readonly Call[];

const scriptlets: Readonly<Record<string, (args: readonly string[]) => void>> = {
  'abort-on-property-read': abortOnPropertyRead,
  'abort-on-property-write': abortOnPropertyWrite,
  'abort-current-script': abortCurrentScript,
  'set-constant': setConstant,
  nowebrtc,
  'no-fetch-if': noFetchIf,
  'no-xhr-if': noXhrIf,
  'no-websocket-if': noWebsocketIf,
};

for (const { name, args } of applicable(NOMINE_CALLS, hostHere())) {
  try {
    scriptlets[name ?? '']?.(args);
  } catch {
    // A property that cannot be replaced: the page goes on, as it does without us.
  }
}
