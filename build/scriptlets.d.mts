/** File name to content, and `scriptlets.json`: where the background registers them. */
export function scriptletFiles(browser: 'chromium' | 'firefox', calls: readonly unknown[]): Promise<Map<string, string>>;
