// Lists in several files: `!#include` names another one beside it. A list is one text here, so each file
// that it names takes the place of its line.

/** As the engine bounds them when it reads files itself (`filter/set/file.rs`). */
const deepest = 5;
const mostFiles = 100;
const line = /^!#include[ \t]+(\S.*?)\s*$/u;

export interface Included {
  readonly text: string;
  /** Bytes that came beside those of the list itself, unpacked. */
  readonly bytes: number;
  readonly files: number;
}

/** One file that a list includes. */
export interface Part {
  readonly text: string;
  readonly bytes: number;
}

/**
 * The text of the list at `url` with all that it includes; `file` fetches one, of at most so many bytes
 * together with those before. Where there is none (null), or it would not be beside the list, the line
 * stays as it is, and the engine says so. What `file` throws is thrown on: half a list must not take the
 * place of a whole one.
 */
export async function include(text: string, url: string, most: number, file: (url: string, most: number) => Promise<Part | null>): Promise<Included> {
  let bytes = 0;
  let files = 0;
  const expand = async (part: string, depth: number): Promise<string> => {
    if (depth === deepest || !part.includes('!#include')) return part;
    const lines = part.split('\n');
    for (const [index, written] of lines.entries()) {
      const address = beside(line.exec(written)?.[1], url);
      if (address === null || files === mostFiles) continue;
      files += 1;
      const found = await file(address, most - bytes);
      if (found === null) continue;
      bytes += found.bytes;
      lines[index] = closed(await expand(found.text.replace(/^\uFEFF|\r?\n$/gu, ''), depth + 1));
    }
    return lines.join('\n');
  };
  return { text: await expand(text, 0), bytes, files };
}

/** The address of a file in the folder of the list, or below. */
function beside(name: string | undefined, list: string): string | null {
  if (name === undefined || /^[/\\]|:\/\/|(?:^|[/\\])\.\.(?:[/\\]|$)/u.test(name)) return null;
  const address = URL.parse(`./${name}`, list);
  if (address === null) return null;
  address.hash = '';
  return address.href;
}

/** A condition that a file opens ends with it. */
function closed(text: string): string {
  let open = 0;
  for (const each of text.split('\n')) {
    if (/^!#if\b/u.test(each)) open += 1;
    else if (/^!#endif\b/u.test(each)) open -= 1;
  }
  return open > 0 ? text + '\n!#endif'.repeat(open) : text;
}
