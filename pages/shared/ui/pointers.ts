import type { Point } from '../../../src/curation/decision';
import { snap, toImage } from '../logic/view-transform';
import type { Store } from './store';
import type { ViewState } from './view-state';
import type { Viewer } from './viewer';

const ZOOM_STEP = 1.0018;
/** A press that moves less, in screen pixels, is a click. */
const CLICK = 4;

interface Pressed {
  x: number;
  y: number;
  startX: number;
  startY: number;
  /** what the press does: draws or grasps, or moves the image */
  role: 'tool' | 'pan';
}

/** What pointing does beside moving the image, in image pixels. */
export interface PointerTools {
  /**
   * @param isShifted with the Shift key
   * @returns whether the tool takes the pointer; else the image is moved
   */
  down(point: Point, pointer: string, isShifted: boolean): boolean;
  move(point: Point, pressed: boolean): void;
  up(): void;
  /** Forgets what was begun. */
  cancel(): void;
}

/**
 * Mouse, pen and touch over the image: one pointer works the tool, or moves the image; two zoom and move, the wheel zooms.
 * @param tools null: there are none
 */
export function listenToPointers(viewer: Viewer, store: Store<ViewState>, tools: PointerTools | null): void {
  const { focusTarget: stage } = viewer;
  const pressed = new Map<number, Pressed>();

  const place = (event: MouseEvent) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const at = (x: number, y: number) => snap(toImage(store.state.transform, x, y));

  stage.addEventListener('pointerdown', (event) => {
    stage.setPointerCapture(event.pointerId);
    stage.focus({ preventScroll: true });
    const { x, y } = place(event);
    const isPan = event.button === 1 || event.button === 2 || pressed.size > 0;
    if (pressed.size > 0) {
      tools?.cancel();
      for (const other of pressed.values()) other.role = 'pan';
    }
    const taken = !isPan && tools?.down(at(x, y), event.pointerType, event.shiftKey) === true;
    pressed.set(event.pointerId, { x, y, startX: x, startY: y, role: taken ? 'tool' : 'pan' });
    event.preventDefault();
  });

  stage.addEventListener('pointermove', (event) => {
    const { x, y } = place(event);
    const own = pressed.get(event.pointerId);
    if (!own || own.role === 'tool') {
      const events = own && event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const part of events.length > 0 ? events : [event]) {
        const to = place(part);
        const point = at(to.x, to.y);
        if (tools) tools.move(point, own !== undefined);
        else store.set({ pointer: point });
      }
      if (own) Object.assign(own, { x, y });
      return;
    }
    if (pressed.size === 1) viewer.pan(x - own.x, y - own.y);
    else pinch(event.pointerId, own, x, y);
    Object.assign(own, { x, y });
  });

  const release = (event: PointerEvent) => {
    const own = pressed.get(event.pointerId);
    pressed.delete(event.pointerId);
    if (!own) return;
    const isClick = Math.hypot(own.x - own.startX, own.y - own.startY) < CLICK;
    if (own.role === 'tool' && event.type === 'pointercancel') tools?.cancel();
    else if (own.role === 'tool') tools?.up();
    else if (isClick && event.button === 0) viewer.lookAt('xy', own.x, own.y);
  };
  stage.addEventListener('pointerup', release);
  stage.addEventListener('pointercancel', release);
  stage.addEventListener('pointerleave', () => {
    if (pressed.size === 0) store.set({ pointer: null });
  });
  stage.addEventListener('contextmenu', (event) => event.preventDefault());
  stage.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const delta = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
      if (event.shiftKey) viewer.stepPlane(Math.sign(delta || event.deltaX));
      // The pinch of a touchpad comes as a wheel with the control key, in small steps.
      else viewer.zoom(ZOOM_STEP ** (-delta * (event.ctrlKey ? 5 : 1)), place(event));
    },
    { passive: false },
  );
  for (const pane of viewer.acrossPanes) {
    const look = (event: PointerEvent) => {
      if (event.buttons !== 1) return;
      const box = pane.element.getBoundingClientRect();
      viewer.lookAt(pane.view, event.clientX - box.left, event.clientY - box.top);
    };
    pane.element.addEventListener('pointerdown', look);
    pane.element.addEventListener('pointermove', look);
  }

  function pinch(id: number, own: Pressed, x: number, y: number): void {
    const other = [...pressed].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const before = Math.hypot(own.x - other.x, own.y - other.y);
    const after = Math.hypot(x - other.x, y - other.y);
    viewer.pan((x - own.x) / 2, (y - own.y) / 2);
    if (before > 0) viewer.zoom(after / before, { x: (x + other.x) / 2, y: (y + other.y) / 2 });
  }
}
