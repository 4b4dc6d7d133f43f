import { TileLoader } from '../../shared/logic/tile-loader';
import { channelsPanel } from '../../shared/ui/channels-panel';
import { contrastPanel } from '../../shared/ui/contrast-panel';
import { h } from '../../shared/ui/dom';
import { ImagePainter } from '../../shared/ui/image-painter';
import { Store } from '../../shared/ui/store';
import { loadSharedTexts } from '../../shared/ui/texts';
import { applyTheme, followEditor } from '../../shared/ui/theme';
import { Viewer } from '../../shared/ui/viewer';
import { readout, zoomTools } from '../../shared/ui/zoom-tools';
import { actionOf } from '../logic/keymap';
import { LAYER_COLOURS } from '../logic/overlay-paint';
import { Actions } from './actions';
import { Api } from './api';
import { decisionPanel } from './decision-panel';
import { conflictBar, findingsPanel, finishDialog, helpDialog, loginBar, noticeBar, reportDialog } from './dialogs';
import { header } from './header';
import { layersPanel } from './layers-panel';
import { PaneLayers } from './pane-layers';
import { listenToPointers } from './pointers';
import { queuePanel } from './queue-panel';
import { Session } from './session';
import { ShapeLayer } from './shape-layer';
import { FIRST_STATE } from './state';
import { loadTexts, say } from './texts';
import { TilePainter } from './tile-painter';
import { toolOptions } from './tool-options';
import { positionBar, titleOf, toolbar } from './toolbar';
import { Tools } from './tools';

/** What is drawn over the image, or how. */
const DRAWN_OVER = [
  ...(['seg1', 'seg2', 'mergeMask', 'excludeMask', 'result', 'difference'] as const),
  ...(['hidden', 'opacity', 'decision', 'dragged'] as const),
];

/** Puts the page together and starts it. */
async function main(): Promise<void> {
  for (const [name, colour] of Object.entries(LAYER_COLOURS)) {
    document.documentElement.style.setProperty(`--${name}`, colour);
  }
  applyTheme();
  void followEditor();
  await Promise.all([loadSharedTexts(), loadTexts()]);
  const store = new Store(FIRST_STATE);
  const api = new Api(() => store.set({ loggedOut: true }));
  const session = new Session(api, store);
  const loader = new TileLoader(
    (tile, signal) => api.tile(tile, signal),
    (error) => {
      if (error) session.tell(error);
      viewer.invalidate();
    },
  );
  const painter = new ImagePainter(loader);
  const overlay = new TilePainter(loader, painter);
  const viewer = new Viewer(store, loader, painter, {
    overlay: new PaneLayers(store, overlay),
    marks: new ShapeLayer(store).element,
    next: () => {
      const next = session.neighbour(1);
      return next && session.load(next.id);
    },
  });
  store.watch(
    (s) => DRAWN_OVER.map((name) => s[name]),
    () => viewer.invalidate(),
  );
  const tools = new Tools(store, session, (area) => {
    const { image, decision, t, z } = store.state;
    return image && overlay.resultIn(image, decision, area, { t, z });
  });
  const queue = queuePanel(store, session);
  const help = helpDialog();
  const report = reportDialog(store, session);
  const actions = new Actions(store, session, viewer, tools, {
    reject: () => decision.askReason(),
    search: () => queue.focusSearch(),
    report: () => report.showModal(),
    help: () => (help.open ? help.close() : help.showModal()),
  });
  const decision = decisionPanel(store, session, actions);
  const finish = finishDialog(store, session);
  const loading = h('div', { class: 'loading', attributes: { 'aria-hidden': 'true' } });
  store.watch(
    (s) => [s.tilesLoading],
    (isLoading) => {
      loading.hidden = !isLoading;
      viewer.element.setAttribute('aria-busy', String(isLoading));
    },
  );
  store.watch(
    (s) => [s.tool],
    (tool) => {
      viewer.focusTarget.dataset.tool = tool;
    },
  );
  const zoomTitles = { zoomOut: titleOf('zoomOut'), zoomIn: titleOf('zoomIn'), fit: titleOf('fit') };
  document.body.append(
    header(store, actions, finish.open),
    loginBar(store, session),
    conflictBar(store, session),
    h(
      'main',
      {},
      queue.element,
      h(
        'div',
        { class: 'work' },
        toolbar(store, actions),
        toolOptions(store, actions),
        h(
          'div',
          { class: 'view-box' },
          viewer.element,
          loading,
          readout(store, viewer),
          zoomTools(store, viewer, zoomTitles),
          noticeBar(store),
        ),
        positionBar(store),
      ),
      h(
        'aside',
        { class: 'side', attributes: { 'aria-label': say('side') } },
        decision.element,
        findingsPanel(store),
        layersPanel(store),
        channelsPanel(store, titleOf('composite')),
        contrastPanel(store, say('layers.key', { key: 'L' })),
      ),
    ),
    help,
    report,
    finish.element,
  );
  listenToPointers(viewer, tools, store, session);
  listenToKeys(actions);
  window.addEventListener('online', () => loader.retry());
  session.onBack = () => loader.retry();
  void session.start();
}

function listenToKeys(actions: Actions): void {
  document.addEventListener('keydown', (event) => {
    if (isTyping(event)) return;
    // A letter would do what Shift and the letter does otherwise; arrows go further with Shift.
    const isArrow = event.key.startsWith('Arrow');
    const action = actionOf(isArrow ? { ...keyOf(event), shiftKey: false } : keyOf(event));
    if (!action || (document.querySelector('dialog[open]') && action !== 'help')) return;
    event.preventDefault();
    actions.run(action, event.shiftKey);
  });
}

function keyOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent) {
  return { key, ctrlKey, metaKey, shiftKey, altKey };
}

/** Whether the key belongs to the element in focus: a text, a slider's arrows, a button's space and enter. */
function isTyping({ target, key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('input[type=text], input[type=search], input[type=number]')) {
    if (key === 'Escape') target.blur();
    return !((ctrlKey || metaKey) && key.toLowerCase() === 'z' && target.matches('[type=number]'));
  }
  const isControl = target.matches('button, a, select, input');
  return isControl && (/^(Arrow|Page|Home|End)/.test(key) || key === ' ' || key === 'Enter' || key === 'Tab');
}

void main();
