// Shown once, after the installation.
import { browser } from '../shared/browser.js';
import { ask } from './parts/ask.js';
import { find } from './parts/dom.js';
import { text, translate } from './parts/text.js';

async function showAccess(): Promise<void> {
  const { hostAccess } = await ask('access.get', {});
  find('access', HTMLElement).hidden = hostAccess;
}

translate();
document.title = text('welcome_title');
find('options', HTMLButtonElement).addEventListener('click', () => void browser.runtime.openOptionsPage());
find('grant', HTMLButtonElement).addEventListener('click', () => void browser.permissions.request({ origins: ['<all_urls>'] }).then(showAccess));
void showAccess();
