// What a Content-Security-Policy says about WebAssembly.

/** Whether it surely forbids it: one of the two directives that decide is there, and no word that allows it. */
export function forbidsWebAssembly(policy: string): boolean {
  return /(?:^|[;,])\s*(?:script|default)-src\s/iu.test(policy) && !/unsafe-eval/iu.test(policy);
}
