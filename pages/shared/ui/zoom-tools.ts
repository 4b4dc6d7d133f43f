import type { Point } from '../../../src/curation/decision';
import { shortNumber } from '../logic/numbers';
import { button, h } from './dom';
import type { Store } from './store';
import { say } from './texts';
import type { ViewState } from './view-state';
import { type Viewer, ZOOM_STEP } from './viewer';

/**
 * Closer and further, over the other corner.
 * @param titles what the buttons say, with their keys
 */
export function zoomTools(
  store: Store<ViewState>,
  viewer: Viewer,
  titles: Record<'zoomOut' | 'zoomIn' | 'fit', string>,
): HTMLElement {
  const zoom = h('output', { class: 'zoom', title: say('zoom.title') });
  store.watch(
    (s) => [s.transform],
    ({ scale }) => {
      zoom.textContent = `${Math.round(scale * 1000) / 10} %`;
    },
  );
  return h(
    'div',
    { class: 'zoom-tools', attributes: { role: 'toolbar', 'aria-label': say('zoom') } },
    button('zoomOut', '', titles.zoomOut, () => viewer.zoom(1 / ZOOM_STEP), 'small'),
    zoom,
    button('zoomIn', '', titles.zoomIn, () => viewer.zoom(ZOOM_STEP), 'small'),
    button('fit', '', titles.fit, () => viewer.fit(), 'small'),
  );
}

/**
 * Where in the image the pointer is and what value is there, over the image's corner.
 * @param more what else there is to say of a point of the image
 */
export function readout(
  store: Store<ViewState>,
  viewer: Viewer,
  more: (point: Point) => string[] = () => [],
): HTMLElement {
  const element = h('output', { class: 'readout' });
  store.watch(
    (s) => [s.pointer, s.image, s.z, s.t, s.c, s.view, s.composite, s.looks, s.tilesLoading],
    (...[pointer, image]) => {
      const size = image?.pictures.raw.pixelSize;
      const parts = pointer ? [`x ${Math.round(pointer[0])}  y ${Math.round(pointer[1])}`] : [];
      if (pointer && size) parts.push(`${(pointer[0] * size.x).toFixed(1)}, ${(pointer[1] * size.y).toFixed(1)} µm`);
      const found = pointer && viewer.valuesAt(pointer);
      if (found?.values.length) {
        const values = found.values.map((value) => (value === null ? '…' : shortNumber(value))).join(', ');
        parts.push(say(found.exact ? 'readout.value' : 'readout.mean', { values }));
      }
      if (pointer && found) parts.push(...more(pointer));
      element.textContent = parts.join(' · ');
    },
  );
  return element;
}
