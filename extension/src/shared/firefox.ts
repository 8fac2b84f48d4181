// What Firefox has beyond the types of Chromium's interface, as far as this extension uses it.

export interface FirefoxDetails {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly type: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly documentUrl?: string;
  readonly originUrl?: string;
  readonly frameAncestors?: readonly { readonly url: string; readonly frameId: number }[];
  readonly incognito?: boolean;
  readonly proxyInfo?: { readonly type: string; readonly proxyDNS?: boolean } | null;
}

export interface BlockingAnswer {
  readonly cancel?: boolean;
  readonly redirectUrl?: string;
}

export interface BlockingEvent {
  addListener(
    listener: (details: FirefoxDetails) => BlockingAnswer | undefined | Promise<BlockingAnswer | undefined>,
    filter: { urls: string[] },
    extra: string[],
  ): void;
}

export interface FirefoxInterface {
  readonly dns: {
    resolve(host: string, flags: string[]): Promise<{ canonicalName?: string; addresses: string[] }>;
  };
  readonly tabs: {
    update(tabId: number, change: { url: string; loadReplace: boolean }): Promise<unknown>;
  };
}
