// Why a request is blocked: the filter and list that decide, as the fields of an event.
import type { StopEvent } from '../shared/model.js';
import * as engine from './engine.js';
import { listedHost } from './floor.js';

export type Cause = Pick<StopEvent, 'how' | 'family' | 'algorithm' | 'confidence' | 'evidence'> & { readonly list: string; readonly filter: string };

/** Null where no filter blocks it. */
export async function cause(query: engine.Query): Promise<Cause | null> {
  return (await stop(query))?.cause ?? null;
}

/** The cause, and the neutral resource that is to answer instead of a refusal (empty: none). */
export interface Stop {
  readonly cause: Cause;
  readonly redirect: string;
}

export async function stop(query: engine.Query): Promise<Stop | null> {
  if ((await engine.load()) === null) {
    const host = await listedHost(query.url);
    return host === '' ? null : { cause: because('', `||${host}^`), redirect: '' };
  }
  const decision = await engine.check(query);
  return decision === null ? null : { cause: because(decision.list, decision.filter), redirect: decision.redirect };
}

export function because(list: string, filter: string): Cause {
  return { how: 'list', list, filter, family: '', algorithm: '', confidence: 100, evidence: [] };
}
