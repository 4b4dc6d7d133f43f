import type { Point } from '../../../src/curation/decision';
import type { Picture } from '../../../src/image/picture';
import type { TileLoader } from '../logic/tile-loader';
import { fitWhole, pan, type Size, toImage, type ViewTransform, zoomAt } from '../logic/view-transform';
import { h } from './dom';
import type { ImagePainter } from './image-painter';
import { imageSize, Pane, type PaneOverlay } from './pane';
import type { Store } from './store';
import { say } from './texts';
import type { ViewedImage, ViewState } from './view-state';

/** Planes before and after the one that is seen that are loaded ahead. */
const PLANES_AHEAD = [1, -1, 2, -2];
/** How much closer a key or a button goes. */
export const ZOOM_STEP = 1.4;
/** What the panes show of the image, or how; overlays have watches of their own. */
const DRAWN = ['image', 'openId', 'view', 'transform', 'z', 't', 'c', 'cross', 'looks', 'composite'] as const;

/** What a page adds to the panes. */
export interface ViewerOptions {
  /** over the image of every pane */
  overlay: PaneOverlay | null;
  /** over the panes */
  marks: Element | null;
  /** the image that may be opened next, to load it ahead; null where there is none */
  next: () => Promise<ViewedImage> | null;
}

/** The panes of an image and what lies over them; draws at most once a frame, and only when something changed. */
export class Viewer {
  readonly element: HTMLElement;
  readonly main: Pane;
  private readonly projection: Pane;
  private readonly acrossY: Pane;
  private readonly acrossX: Pane;
  private readonly stage: HTMLElement;
  private frame = 0;
  private fittedTo: string | null = null;
  /** what {@link fit} gave: as long as nobody has moved the image, it stays whole in sight */
  private fitted: ViewTransform | null = null;
  private sizeBefore: Size = { width: 0, height: 0 };

  constructor(
    private readonly store: Store<ViewState>,
    private readonly loader: TileLoader,
    painter: ImagePainter,
    private readonly options: ViewerOptions,
  ) {
    const { overlay, marks } = options;
    this.main = new Pane('xy', 'xy', loader, painter, overlay);
    this.projection = new Pane('max', say('viewer.max'), loader, painter, overlay);
    this.acrossY = new Pane('xz', 'xz', loader, painter, overlay);
    this.acrossX = new Pane('yz', 'zy', loader, painter, overlay);
    this.stage = h('div', {
      class: 'stage',
      attributes: { tabindex: 0, role: 'application', 'aria-label': say('viewer') },
    });
    this.stage.append(this.main.element, this.projection.element, ...(marks ? [marks] : []));
    this.element = h('div', { class: 'viewer' }, this.stage, this.acrossX.element, this.acrossY.element);
    store.watch(
      (s) => [s.view],
      (view) => {
        this.element.dataset.view = view;
        this.main.element.hidden = view === 'max';
        this.projection.element.hidden = view !== 'max';
        this.acrossX.element.hidden = this.acrossY.element.hidden = view !== 'ortho';
        if (view !== 'ortho') for (const pane of [this.acrossX, this.acrossY]) pane.hide();
        (view === 'max' ? this.main : this.projection).hide();
      },
    );
    store.watch(
      (s) => DRAWN.map((name) => s[name]),
      () => this.invalidate(),
    );
    store.watch(
      (s) => [s.image],
      (image) => {
        if (image && this.fittedTo !== sizeName(image)) this.fit();
      },
    );
    new ResizeObserver(() => this.resized()).observe(this.stage);
  }

  get focusTarget(): HTMLElement {
    return this.stage;
  }

  get size(): Size {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight };
  }

  invalidate(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  fit(): void {
    const { image } = this.store.state;
    if (!image || this.size.width === 0) return;
    this.fittedTo = sizeName(image);
    this.sizeBefore = this.size;
    this.fitted = fitWhole(imageSize(image), this.size);
    this.store.set({ transform: this.fitted });
  }

  /** What was in the middle stays there. */
  private resized(): void {
    const [before, now] = [this.sizeBefore, this.size];
    this.sizeBefore = now;
    if (this.fittedTo === null || this.store.state.transform === this.fitted) this.fit();
    else if (now.width > 0) this.pan((now.width - before.width) / 2, (now.height - before.height) / 2);
    this.invalidate();
  }

  zoom(factor: number, at = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    this.move((view, image, screen) => zoomAt(view, factor, at, image, screen));
  }

  pan(dx: number, dy: number): void {
    this.move((view, image, screen) => pan(view, dx, dy, image, screen));
  }

  stepPlane(step: number): void {
    const { image, z } = this.store.state;
    if (!image) return;
    this.store.set({ z: Math.min(image.pictures.raw.shape[2] - 1, Math.max(0, z + step)) });
  }

  /** Puts the planes across through a point of one of the panes. */
  lookAt(pane: Pane['view'], x: number, y: number): void {
    const { state } = this.store;
    const { image } = state;
    if (!image || state.view !== 'ortho') return;
    const [, , planes, height, width] = image.pictures.raw.shape;
    const within = (value: number, length: number) => Math.min(length - 1, Math.max(0, Math.round(value)));
    const [u, v] = toImage(state.transform, x, y);
    if (pane === 'xy') this.store.set({ cross: [within(u, width), within(v, height)] });
    const across = pane === 'xz' ? this.acrossY : this.acrossX;
    const { start, scale } = across.zScale(state);
    const z = within(((pane === 'xz' ? y : x) - start) / scale - 0.5, planes);
    if (pane === 'xz') this.store.set({ z, cross: [within(u, width), state.cross[1]] });
    if (pane === 'yz') this.store.set({ z, cross: [state.cross[0], within(v, height)] });
  }

  /** What is under a point of the plane or the maximum; see {@link Pane.valuesAt}. */
  valuesAt(point: Point): ReturnType<Pane['valuesAt']> {
    const { state } = this.store;
    const pane = state.view === 'max' ? this.projection : this.main;
    return state.image && state.image.id === state.openId ? pane.valuesAt(state, state.image, point) : null;
  }

  /** The value of one more picture of the image under a point, as {@link valuesAt}. */
  valueAt(point: Point, picture: Picture, role: string): number | null {
    const { state } = this.store;
    const pane = state.view === 'max' ? this.projection : this.main;
    return state.image && state.image.id === state.openId
      ? pane.valueAt(state, state.image, picture, role, 0, point)
      : null;
  }

  get acrossPanes(): Pane[] {
    return [this.acrossX, this.acrossY];
  }

  private draw(): void {
    this.frame = 0;
    const { state } = this.store;
    (state.view === 'max' ? this.projection : this.main).draw(state);
    if (state.view === 'ortho') for (const pane of this.acrossPanes) pane.draw(state);
    const tilesLoading = state.openId !== null && (state.image?.id !== state.openId || !this.loader.complete);
    if (tilesLoading !== state.tilesLoading) this.store.set({ tilesLoading });
    if (!tilesLoading && state.image) this.prefetch(state, state.image);
  }

  /** The planes around this one and the next image, once all in sight is there. */
  private prefetch(state: ViewState, image: ViewedImage): void {
    const planes = image.pictures.raw.shape[2];
    const around =
      state.view === 'max'
        ? []
        : PLANES_AHEAD.map((step) => state.z + step)
            .filter((z) => z >= 0 && z < planes)
            .flatMap((z) => this.main.tilesOf(state, image, z));
    this.loader.prefetch(around);
    this.options.next()?.then(
      (coming) => {
        if (this.store.state.image !== image || sizeName(coming) !== sizeName(image)) return;
        this.loader.prefetch([...around, ...this.main.tilesOf(state, coming, state.z)]);
      },
      () => {},
    );
  }

  private move(change: (view: ViewTransform, image: Size, screen: Size) => ViewTransform): void {
    const { image, transform } = this.store.state;
    if (image) this.store.set({ transform: change(transform, imageSize(image), this.size) });
  }
}

/** Images of one size keep the part that is in sight. */
function sizeName({ pictures }: ViewedImage): string {
  return pictures.raw.shape.slice(2).join('x');
}
