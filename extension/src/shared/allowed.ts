// How a frame learns at once which modules a person allowed on its site. A page of such a site can ask
// the same; it learns what it could try out as well.
import { answer, ask } from './answers.js';

const from = 'https://allowed.nomine.invalid/';

/** What a rule for one site redirects, and where to. */
export function answerOf(contents: readonly string[]): { readonly from: string; readonly to: string } {
  return { from, to: answer(contents.join('+')) };
}

/** The contents, with spaces between them; empty where there are none or nothing answers. */
export function askAllowed(): string {
  const contents = ask(from);
  return /^[0-9a-f+]*$/u.test(contents) ? contents.replaceAll('+', ' ') : '';
}
