// In the extension's own world, on pages for which a followed list has scriptlets: brings their calls to
// the script that runs them, which is registered before this one.
import { askCalls, carried, word } from '../shared/scriptlets.js';

const calls = BROWSER === 'firefox' ? carried((new Error() as { fileName?: string }).fileName ?? '') : askCalls();
/** Whether somebody took them. */
const hand = (): boolean => !document.dispatchEvent(new CustomEvent(word, { detail: calls, cancelable: true }));

if (calls !== '' && !hand()) document.addEventListener(`${word}?`, hand, { once: true });
// The question is no request of the page.
if (BROWSER !== 'firefox') performance.clearResourceTimings();
