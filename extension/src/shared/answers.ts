// How a frame is told something before any script of its page runs: content scripts cannot be given data,
// nor wait for an answer. They ask for an address that nobody can own (RFC 6761), and a rule of the
// browser answers with a file of ours whose address carries what is to be known. Firefox applies the
// page's CSP to the question, so there it can stay without an answer.

const file = '/neutral/noop.txt';

/** The address, within the extension, that a rule redirects the question to. */
export function answer(data: string): string {
  return `${file}?${data}`;
}

/** What was put into the answer; empty where nothing answers. */
export function ask(question: string): string {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', question, false);
    request.send();
    const { responseURL } = request;
    const start = responseURL.indexOf('?');
    return start >= 0 && responseURL.slice(0, start).endsWith(file) ? responseURL.slice(start + 1) : '';
  } catch {
    return '';
  }
}
