// Our own channel: one signed file, or the difference to the version that is installed. Its address and
// keys are settings of the build; without them there is no channel, and the Lists page says so.
import type { Work } from './compile/work.js';
import { bounds, conditional, download, PullError, type Means } from './pull.js';

export interface ChannelSettings {
  /** A folder: `lists.nomine` is the newest version, `N.delta` the way there from version N. */
  readonly url: string;
  /** Minisign public keys: the one in use, and the next. */
  readonly keys: readonly string[];
}
export interface Installed {
  readonly version: number;
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}
export interface News {
  readonly version: number;
  readonly expires: number;
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  readonly tags: Tags;
  /** The bundle as it came: opened anew where a person accepts it later. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly how: 'whole' | 'delta';
}

/** What a server says of the version of a file. */
export interface Tags {
  readonly etag: string;
  readonly lastModified: string;
}
export const untagged: Tags = { etag: '', lastModified: '' };

/** Nothing new; the tags of the file that said so. */
export interface Same {
  readonly version: null;
  readonly tags: Tags;
}

/** How far a server's clock may be from ours before that is named as the reason, in milliseconds. */
const clockTolerance = 86_400_000;

/** Enough for the head of a bundle and its signature. */
const beginning = 'bytes=0-1023';

/**
 * The version that the comment of a bundle's signature names, unchecked: it can only keep from fetching
 * the rest, as an answer of "not modified" can.
 */
function toldVersion(head: Uint8Array): number | null {
  const found = /\ntrusted comment: nomine lists\tversion:(\d{1,15})\t/u.exec(new TextDecoder('latin1').decode(head));
  return found === null ? null : Number(found[1]);
}

function tagsOf({ headers }: Response): Tags {
  return { etag: headers.get('etag') ?? '', lastModified: headers.get('last-modified') ?? '' };
}

/** What is new. `tags`: of the whole file that was looked at last. */
export async function news(
  settings: ChannelSettings,
  state: { readonly installed: Installed | null; readonly newest: number | null; readonly tags: Tags },
  means: Pick<Means, 'fetch' | 'watch'> & { readonly work: Pick<Work, 'open'>; now(): number },
): Promise<News | Same> {
  const folder = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const open = async (body: Uint8Array<ArrayBuffer>, response: Response): ReturnType<Work['open']> => {
    try {
      return await means.work.open(body, settings.keys, { now: Math.floor(means.now() / 1000), newest: state.newest, base: state.installed });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const there = Date.parse(response.headers.get('date') ?? '');
      const off = Math.abs(there - means.now()) > clockTolerance;
      throw new PullError('refused', off ? `${words}; this computer's clock differs from the server's by more than a day` : words);
    }
  };
  // After a rollback the newest version ever is above the installed one, so there is no way by deltas.
  if (state.installed !== null && state.installed.version === state.newest) {
    try {
      const { response, body } = await download(`${folder}${state.installed.version}.delta`, means, bounds.list, {});
      const opened = await open(body, response);
      return { ...opened, tags: untagged, body, how: 'delta' };
    } catch (error) {
      // None yet, or not a good one: the whole file tells.
      if (!(error instanceof PullError)) throw error;
    }
  }
  const address = `${folder}lists.nomine`;
  const conditions = conditional(state.tags);
  const tagged = Object.keys(conditions).length > 0;
  let { response, body } = await download(address, means, bounds.list, tagged ? conditions : state.installed !== null ? { Range: beginning } : {});
  if (response.status === 304) {
    if (!tagged) throw new PullError('unexpected304');
    return { version: null, tags: state.tags };
  }
  if (response.status === 206) {
    // After a delta there is no tag of the whole file yet: its first bytes say whether it is the same version.
    if (toldVersion(body) === state.newest) return { version: null, tags: tagsOf(response) };
    ({ response, body } = await download(address, means, bounds.list, {}));
  }
  const tags = tagsOf(response);
  try {
    const opened = await open(body, response);
    return { ...opened, tags, body, how: 'whole' };
  } catch (error) {
    // The newest version that was ever installed (a person may have gone back from it) is no news, and no lie.
    if (error instanceof PullError && state.installed !== null && error.detail.startsWith(`version ${state.newest} is not newer`)) return { version: null, tags };
    throw error;
  }
}
