// How a frame learns, before any script of its page runs, which modules a person allowed on its site:
// content scripts cannot be given data, nor wait for an answer. The relay asks for an address that
// nobody can own, and a rule of the browser answers with a file of ours whose address carries the list.
// A page of such a site can ask the same; it learns what it could try out as well.

const from = 'https://allowed.nomine.invalid/';
const file = '/neutral/noop.txt';

/** What a rule for one site redirects, and where to. */
export function answerOf(contents: readonly string[]): { readonly from: string; readonly to: string } {
  return { from, to: `${file}?${contents.join('+')}` };
}

/** The contents, with spaces between them; empty where there are none or nothing answers. */
export function askAllowed(): string {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', from, false);
    request.send();
    const [address = '', contents = ''] = request.responseURL.split('?', 2);
    return address.endsWith(file) && /^[0-9a-f+]*$/u.test(contents) ? contents.replaceAll('+', ' ') : '';
  } catch {
    return '';
  }
}
