import { TileLoader } from '../../shared/logic/tile-loader';
import { loginBar, noticeBar } from '../../shared/ui/bars';
import { channelsPanel } from '../../shared/ui/channels-panel';
import { contrastPanel } from '../../shared/ui/contrast-panel';
import { h } from '../../shared/ui/dom';
import { ImagePainter } from '../../shared/ui/image-painter';
import { helpDialog, keyTitle, listenToKeys } from '../../shared/ui/keys';
import { listenToPointers } from '../../shared/ui/pointers';
import { positionBar } from '../../shared/ui/position-bar';
import { Store } from '../../shared/ui/store';
import { loadSharedTexts, say as sayShared } from '../../shared/ui/texts';
import { applyTheme, followEditor } from '../../shared/ui/theme';
import { Viewer } from '../../shared/ui/viewer';
import { readout, zoomTools } from '../../shared/ui/zoom-tools';
import { type Action, actionOf, KEYMAP } from '../logic/keymap';
import { LAYER_COLOURS } from '../logic/layer-colours';
import { actionsOf } from './actions';
import { Api } from './api';
import { driftPanel } from './drift-panel';
import { DriftSession } from './drift-session';
import { ForegroundCounter } from './foreground-counter';
import { header } from './header';
import { layersPanel } from './layers-panel';
import { metricsPanel } from './metrics-panel';
import { ResultLayers } from './result-layers';
import { Session } from './session';
import { FIRST_STATE, type State } from './state';
import { strip } from './strip';
import { loadTexts, say, sayAny } from './texts';
import { thresholdPanel } from './threshold-panel';
import { Thumbnails } from './thumbnails';
import { valuesAt } from './values';

/** What is drawn over the image, or how. */
const DRAWN_OVER = [
  ...(['probability', 'found', 'truth', 'preview', 'difference'] as const),
  ...(['hidden', 'opacity', 'threshold'] as const),
];

/** Puts the page together and starts it. */
async function main(): Promise<void> {
  for (const [name, colour] of Object.entries(LAYER_COLOURS)) {
    document.documentElement.style.setProperty(`--${name}`, colour);
  }
  applyTheme();
  void followEditor();
  await Promise.all([loadSharedTexts(), loadTexts()]);
  const store = new Store<State>(FIRST_STATE);
  const api = new Api(() => store.set({ loggedOut: true }));
  const session = new Session(api, store);
  const drift = new DriftSession(api, store, session);
  const loader = new TileLoader(
    (tile, signal) => api.tile(tile, signal),
    (error) => {
      if (error) session.tell(error);
      viewer.invalidate();
    },
  );
  const painter = new ImagePainter(loader);
  const layers = new ResultLayers(store, loader, painter);
  const counter = new ForegroundCounter(store, loader);
  const viewer = new Viewer(store, loader, painter, {
    overlay: {
      draw: (pane, frame) => {
        layers.draw(pane, frame);
        counter.draw(pane, frame);
      },
    },
    marks: null,
    next: () => {
      const next = session.neighbour(1);
      return next && next.failed === null ? session.load(next.id) : null;
    },
  });
  store.watch(
    (s) => DRAWN_OVER.map((name) => s[name]),
    () => viewer.invalidate(),
  );
  const help = helpDialog(sayShared('help'), KEYMAP, sayAny);
  const titleOf = (action: Action) => keyTitle(KEYMAP, action, sayAny);
  const openHelp = () => (help.open ? help.close() : help.showModal());
  const toggleDrift = () => void drift.toggle();
  const head = header(
    store,
    session,
    { title: titleOf('help'), open: openHelp },
    { title: titleOf('drift'), toggle: toggleDrift },
  );
  const samples = strip(store, session, new Thumbnails(api));
  const actions = actionsOf(store, session, viewer, {
    search: samples.focusSearch,
    file: head.focusFile,
    drift: toggleDrift,
    help: openHelp,
  });
  const zoomTitles = { zoomOut: titleOf('zoomOut'), zoomIn: titleOf('zoomIn'), fit: titleOf('fit') };
  document.body.append(
    head.element,
    loginBar(store, () => void session.again()),
    driftPanel(store, drift),
    h(
      'main',
      {},
      samples.element,
      h(
        'div',
        { class: 'work' },
        h(
          'div',
          { class: 'view-box' },
          viewer.element,
          loadingBar(store, viewer),
          problemBox(store),
          failureNote(store),
          readout(store, viewer, (point) => valuesAt(store, viewer, point)),
          zoomTools(store, viewer, zoomTitles),
        ),
        positionBar(store),
      ),
      h(
        'aside',
        { class: 'side', attributes: { 'aria-label': say('side') } },
        metricsPanel(store),
        layersPanel(store),
        thresholdPanel(store),
        channelsPanel(store, titleOf('composite')),
        contrastPanel(store, say('layers.key', { key: 'L' })),
      ),
    ),
    noticeBar(store),
    help,
  );
  listenToPointers(viewer, store, null);
  listenToKeys(actionOf, (action, far) => actions[action](far));
  window.addEventListener('online', () => loader.retry());
  session.onBack = () => loader.retry();
  void session.start();
}

function loadingBar(store: Store<State>, viewer: Viewer): HTMLElement {
  const element = h('div', { class: 'loading', attributes: { 'aria-hidden': 'true' } });
  store.watch(
    (s) => [s.tilesLoading, s.image, s.problem, s.loggedOut],
    (isLoading, image, problem, loggedOut) => {
      const isBusy = (isLoading || image === null) && problem === null && !loggedOut;
      element.hidden = !isBusy;
      viewer.element.setAttribute('aria-busy', String(isBusy));
    },
  );
  return element;
}

/** In place of an image that cannot be seen: why. */
function problemBox(store: Store<State>): HTMLElement {
  const element = h('div', { class: 'problem', attributes: { role: 'status' } });
  store.watch(
    (s) => [s.problem],
    (problem) => {
      element.hidden = problem === null;
      element.textContent = problem ?? '';
    },
  );
  return element;
}

/** Over the raw image of a sample that failed: why. */
function failureNote(store: Store<State>): HTMLElement {
  const element = h('div', { class: 'failure', attributes: { role: 'status' } });
  store.watch(
    (s) => [s.failure, s.problem],
    (failure, problem) => {
      element.hidden = failure === null || problem !== null;
      element.textContent = failure ?? '';
    },
  );
  return element;
}

void main();
