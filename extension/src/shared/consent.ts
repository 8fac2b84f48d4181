// Mining that asks first. A few services show a person a question in a frame of their own and mine only
// after a click on it. Who chose "stop hidden miners only" lets such a page mine from that click on,
// until it is left; everything else is stopped as ever.
import { within } from './host.js';

/**
 * Services whose question is in a frame of their own host: AuthedMine (Coinhive's variant that asks,
 * documented at https://coinhive.com/documentation/authedmine until 2019) and JSEcoin's notice.
 */
export const askingHosts = ['authedmine.com', 'authedmine.eu', 'jsecoin.com'] as const;

export function asksFirst(host: string): boolean {
  return askingHosts.some((known) => within(host, known));
}
