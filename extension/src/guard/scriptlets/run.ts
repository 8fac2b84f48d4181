// Runs the calls of scriptlets that are for this page.
import { abortCurrentScript } from './abort-current-script.js';
import { abortOnPropertyRead } from './abort-on-property-read.js';
import { abortOnPropertyWrite } from './abort-on-property-write.js';
import { applicable, hostHere, type Call } from './call.js';
import { noFetchIf } from './no-fetch-if.js';
import { noWebsocketIf } from './no-websocket-if.js';
import { noXhrIf } from './no-xhr-if.js';
import { nowebrtc } from './nowebrtc.js';
import { setConstant } from './set-constant.js';

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

/** Carries out those of the calls that are for this page. */
export function run(calls: readonly Call[]): void {
  for (const { name, args } of applicable(calls, hostHere())) {
    try {
      scriptlets[name ?? '']?.(args);
    } catch {
      // A property that cannot be replaced: the page goes on, as it does without us.
    }
  }
}
