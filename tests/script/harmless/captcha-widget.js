// A proof-of-work captcha: a puzzle from the site, a short search, an answer in a form.
async function solve({ challenge, salt, maxnumber = 1e6, algorithm = 'SHA-256' }) {
  const encoder = new TextEncoder();
  for (let number = 0; number <= maxnumber; number += 1) {
    const digest = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
    if (Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('') === challenge) return { number, took: performance.now() };
  }
  return null;
}
class CaptchaWidget extends HTMLElement {
  async connectedCallback() {
    const puzzle = await (await fetch(this.getAttribute('challengeurl'))).json();
    const solution = await solve(puzzle);
    this.innerHTML = '<input type="hidden" name="captcha" value="' + btoa(JSON.stringify({ ...puzzle, ...solution })) + '">';
  }
}
customElements.define('captcha-widget', CaptchaWidget);
