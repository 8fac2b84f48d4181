/** The channel of a build by its environment; throws in plain words where that is wrong. */
export function channelSettings(environment: Readonly<Record<string, string | undefined>>): { readonly url: string; readonly keys: readonly string[] };
