import type { ResultPicture, ResultView } from '../../../src/results/page-api';
import { type PlacedTile, tilesWithin } from '../../shared/logic/tile-grid';
import type { TileLoader } from '../../shared/logic/tile-loader';
import type { Frame, Pane, PaneOverlay } from '../../shared/ui/pane';
import { countAbove, storedThreshold } from '../logic/threshold';
import { type Foreground, mapOf, type State, type Store } from './state';

/** Tiles that are gone through at once: beyond, a smaller copy of the plane is counted. */
const MOST_TILES = 16;
/** How often the number is brought up to date, milliseconds. */
const EVERY_MS = 60;

/** Counts what the threshold makes foreground in the plane that is seen, while a page shows it. */
export class ForegroundCounter implements PaneOverlay {
  private counted = '';
  private timer = 0;

  constructor(
    private readonly store: Store,
    private readonly loader: TileLoader,
  ) {}

  draw({ view }: Pane, { wanted }: Frame): void {
    const { state } = this.store;
    const { image } = state;
    if ((view !== 'xy' && view !== 'max') || !image || state.preview === 'off') return;
    const plane = planeOf(image, state);
    if (!plane) return;
    const tiles = plane.tiles.map(({ key }) => ({ sample: image.id, key }));
    wanted.push(...tiles);
    const isThere = tiles.every((tile) => this.loader.get(tile) !== undefined);
    const name = `${image.id}/${tiles[0]?.key}/${state.threshold}/${isThere}`;
    if (name === this.counted) return;
    this.counted = name;
    // A slider on its way draws many times in between.
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.countNow();
    }, EVERY_MS);
  }

  private countNow(): void {
    const { state } = this.store;
    const plane = state.image && planeOf(state.image, state);
    const isThere = plane?.tiles.every(
      ({ key }) => this.loader.get({ sample: state.image?.id ?? '', key }) !== undefined,
    );
    const foreground = plane && state.image && isThere ? this.count(state.image, state.threshold, plane) : null;
    this.store.set({ foreground });
  }

  private count(image: ResultView, threshold: number, { map, level, tiles }: Plane): Foreground {
    const stored = storedThreshold(threshold, map);
    let [pixels, of] = [0, 0];
    for (const { key } of tiles) {
      const tile = this.loader.get({ sample: image.id, key });
      pixels += tile ? countAbove(tile.pixels, stored) : 0;
      of += tile?.pixels.length ?? 0;
    }
    const [height, width] = map.levels[0];
    const whole = height * width;
    if (level === 0 && of === whole) return { pixels, of, exact: true };
    return { pixels: Math.round((pixels / Math.max(1, of)) * whole), of: whole, exact: false };
  }
}

interface Plane {
  map: ResultPicture;
  level: number;
  tiles: PlacedTile[];
}

/** The tiles of the plane's map that its foreground is counted in. */
function planeOf(image: ResultView, { t, z, view }: State): Plane | null {
  const map = mapOf(image);
  if (!map) return null;
  const numbers = map.levels.map(([height, width]) => Math.ceil(height / map.tile) * Math.ceil(width / map.tile));
  const fitting = numbers.findIndex((tiles) => tiles <= MOST_TILES);
  const level = fitting < 0 ? map.levels.length - 1 : fitting;
  const [height, width] = map.levels[0];
  const area = { u0: 0, v0: 0, u1: width, v1: height };
  const choice = { image: 'probability', view: view === 'max' ? ('max' as const) : ('xy' as const), t, c: 0, at: z };
  return { map, level, tiles: tilesWithin(map, choice, level, area) };
}
