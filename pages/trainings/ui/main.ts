import { OVERLAY_COLOURS } from '../../../src/views/overlay-colours';
import { loginBar, noticeBar } from '../../shared/ui/bars';
import { h } from '../../shared/ui/dom';
import { Store } from '../../shared/ui/store';
import { loadSharedTexts } from '../../shared/ui/texts';
import { applyTheme, followEditor, themeButton } from '../../shared/ui/theme';
import { Api } from './api';
import { comparePanel } from './compare-panel';
import { curvesPanel } from './curves-panel';
import { headPanel } from './head-panel';
import { listPanel } from './list-panel';
import { madePanel } from './made-panel';
import { numbersPanel } from './numbers-panel';
import { picturesPanel } from './pictures-panel';
import { Session } from './session';
import { FIRST_STATE, type State } from './state';
import { loadTexts, say } from './texts';

/** Puts the page together and starts it. */
async function main(): Promise<void> {
  for (const [name, colour] of Object.entries(OVERLAY_COLOURS)) {
    document.documentElement.style.setProperty(`--overlay-${name}`, colour);
  }
  applyTheme();
  void followEditor();
  await Promise.all([loadSharedTexts(), loadTexts()]);
  document.title = say('title');
  const store = new Store<State>(FIRST_STATE);
  const api = new Api(() => store.set({ loggedOut: true }));
  const session = new Session(api, store);
  document.body.append(
    h('header', {}, h('h1', { text: say('title') }), userBadge(store), themeButton()),
    loginBar(store, () => session.again()),
    h(
      'main',
      {},
      listPanel(store, session),
      h(
        'div',
        { class: 'work', attributes: { 'aria-label': say('work'), role: 'region' } },
        headPanel(store, session),
        curvesPanel(store),
        picturesPanel(store, api),
        madePanel(store, api, session),
        comparePanel(store),
        numbersPanel(store),
      ),
    ),
    noticeBar(store),
  );
  session.start();
}

function userBadge(store: Store<State>): HTMLElement {
  const element = h('span', { class: 'user' });
  store.watch(
    (s) => [s.list?.user ?? null],
    (user) => {
      element.hidden = user === null;
      element.textContent = user ?? '';
    },
  );
  return element;
}

void main();
