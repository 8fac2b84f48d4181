// Asking the background, typed. A background that is just starting is asked again.
import { browser } from '../../shared/browser.js';
import type { RequestName, Requests } from '../../shared/messages.js';
import { text } from './text.js';

/** The background answered, and would not. */
export class Refused extends Error {}

/** In the language of the person where there are words for it; `others` has more than those for all refusals. */
export function words(error: unknown, others: (said: string) => string = () => ''): string {
  const said = error instanceof Error ? error.message : String(error);
  if (!/^[a-z]+$/u.test(said)) return said;
  const found = text(`refused_${said}`);
  return found === `refused_${said}` ? others(said) || said : found;
}

export async function ask<N extends RequestName>(type: N, payload: Requests[N][0]): Promise<Requests[N][1]> {
  for (let attempt = 0; ; attempt += 1) {
    const answer: unknown = await browser.runtime.sendMessage({ type, payload }).catch(() => undefined);
    if (typeof answer === 'object' && answer !== null) {
      if ('refused' in answer) throw new Refused(String(answer.refused));
      return answer as Requests[N][1];
    }
    if (attempt === 4) throw new Error(text('not_answering'));
    await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
  }
}
