import { TileLoader } from '../../shared/logic/tile-loader';
import { loginBar, noticeBar } from '../../shared/ui/bars';
import { channelsPanel } from '../../shared/ui/channels-panel';
import { contrastPanel } from '../../shared/ui/contrast-panel';
import { h } from '../../shared/ui/dom';
import { ImagePainter } from '../../shared/ui/image-painter';
import { helpDialog, listenToKeys } from '../../shared/ui/keys';
import { listenToPointers } from '../../shared/ui/pointers';
import { positionBar } from '../../shared/ui/position-bar';
import { Store } from '../../shared/ui/store';
import { loadSharedTexts, say as sayShared } from '../../shared/ui/texts';
import { applyTheme, followEditor } from '../../shared/ui/theme';
import { Viewer } from '../../shared/ui/viewer';
import { readout, zoomTools } from '../../shared/ui/zoom-tools';
import { actionOf, KEYMAP } from '../logic/keymap';
import { LAYER_COLOURS } from '../logic/overlay-paint';
import { Actions } from './actions';
import { Api } from './api';
import { decisionPanel } from './decision-panel';
import { conflictBar, findingsPanel, finishDialog, reportDialog } from './dialogs';
import { header } from './header';
import { layersPanel } from './layers-panel';
import { PaneLayers } from './pane-layers';
import { queuePanel } from './queue-panel';
import { Session } from './session';
import { ShapeLayer } from './shape-layer';
import { FIRST_STATE } from './state';
import { loadTexts, say, sayAny } from './texts';
import { TilePainter } from './tile-painter';
import { toolOptions } from './tool-options';
import { titleOf, toolbar } from './toolbar';
import { Tools } from './tools';

/** What is drawn over the image, or how. */
const DRAWN_OVER = [
  ...(['seg1', 'seg2', 'mergeMask', 'excludeMask', 'result', 'difference'] as const),
  ...(['hidden', 'opacity', 'decision', 'dragged', 'object', 'tool'] as const),
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
  const tools = new Tools(store, session, {
    in: (area) => {
      const { image, decision, t, z } = store.state;
      return image && overlay.resultIn(image, decision, area, { t, z });
    },
    objectAt: (point) => {
      const { image, decision, t, z } = store.state;
      return image && overlay.objectAt(image, decision, point, { t, z });
    },
  });
  const queue = queuePanel(store, session);
  const help = helpDialog(sayShared('help'), KEYMAP, sayAny);
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
    loginBar(store, () => void session.again()),
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
  listenToPointers(viewer, store, tools);
  viewer.focusTarget.addEventListener('dblclick', () => {
    if (store.state.tool.endsWith('Polygon')) tools.closePolygon();
  });
  window.addEventListener('focus', () => void session.loadQueue());
  listenToKeys(actionOf, (action, far) => actions.run(action, far));
  window.addEventListener('online', () => loader.retry());
  session.onBack = () => loader.retry();
  void session.start();
}

void main();
