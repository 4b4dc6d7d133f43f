import { LruCache } from '../../../src/base/collections';
import { borderRuns } from '../logic/outline';
import type { PlacedTile } from '../logic/tile-grid';
import type { Pane, Placement } from './pane';

/** From this scale on borders are drawn as lines between the pixels. */
export const LINES_FROM = 4;
const BORDER_BYTES = 24 * 2 ** 20;

/** The borders of masks as lines, in pixels of their tiles. What was made is kept while it is used. */
export class BorderPaths {
  private readonly paths = new LruCache<string, Path2D>(BORDER_BYTES);

  /** @param mask [rows, columns] */
  path(key: string, mask: ArrayLike<number>, [rows, columns]: [number, number]): Path2D {
    const known = this.paths.get(key);
    if (known) return known;
    const path = new Path2D();
    const runs = borderRuns(mask, rows, columns);
    for (let i = 0; i < runs.length; i += 4) {
      path.moveTo(runs[i], runs[i + 1]);
      path.lineTo(runs[i + 2], runs[i + 3]);
    }
    // Kept also where it is larger than all may be: it would be made anew in every frame.
    this.paths.set(key, path, Math.min(1000 + 40 * runs.length, BORDER_BYTES));
    return path;
  }
}

/** @param dashes in pixels of the tile */
export function strokeBorder(
  context: Pane['context'],
  { u, v }: Placement,
  tile: PlacedTile,
  border: Path2D,
  { colour, dashes, alpha }: { colour: string; dashes: readonly number[]; alpha: number },
): void {
  if (!context) return;
  const step = ((tile.area.u1 - tile.area.u0) / tile.size[1]) * u.scale * devicePixelRatio;
  const x = (u.start + u.scale * tile.area.u0) * devicePixelRatio;
  const y = (v.start + v.scale * tile.area.v0) * devicePixelRatio;
  context.setTransform(step, 0, 0, step, x, y);
  context.lineWidth = (2 * devicePixelRatio) / step;
  context.strokeStyle = colour;
  context.setLineDash([...dashes]);
  context.globalAlpha = alpha;
  context.stroke(border);
  context.globalAlpha = 1;
  context.setLineDash([]);
}
