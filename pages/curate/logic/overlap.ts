import { drawingOf, type Point, type Shape } from '../../../src/curation/decision';
import { drawingRasteriser } from '../../../src/masks/target';

interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Beyond so many pixels an overlap is counted in coarser ones. */
const MOST_PIXELS = 2 ** 18;

export interface Overlap {
  merge: number;
  exclude: number;
  /** pixels of one plane that both hold; of large overlaps an estimate */
  pixels: number;
}

/** The pairs of merging and excluding shapes that share pixels of a plane: what is excluded there is merged for nothing. */
export function overlaps(merge: readonly Shape[], exclude: readonly Shape[], width: number, height: number): Overlap[] {
  const image = { x0: 0, y0: 0, x1: width - 1, y1: height - 1 };
  return merge.flatMap((a, i) =>
    exclude.flatMap((b, k) => {
      const z = commonPlane(a, b);
      const box = z === null ? null : common(common(boxOf(a), boxOf(b)), image);
      const pixels = z === null || !box ? 0 : countCommon(a, b, box, z);
      return pixels > 0 ? [{ merge: i, exclude: k, pixels }] : [];
    }),
  );
}

function commonPlane(a: Shape, b: Shape): number | null {
  const first = Math.max(a.z?.[0] ?? 0, b.z?.[0] ?? 0);
  const last = Math.min(a.z?.[1] ?? Infinity, b.z?.[1] ?? Infinity);
  return first <= last ? first : null;
}

function countCommon(a: Shape, b: Shape, box: Box, z: number): number {
  const [w, h] = [box.x1 - box.x0 + 1, box.y1 - box.y0 + 1];
  let step = 1;
  while ((w / step) * (h / step) > MOST_PIXELS) step *= 2;
  const x = Math.floor(box.x0 / step);
  const y = Math.floor(box.y0 / step);
  const frame = {
    x,
    y,
    width: Math.ceil((box.x1 + 1) / step) - x,
    height: Math.ceil((box.y1 + 1) / step) - y,
    step,
    z,
  };
  const { merge, exclude } = drawingRasteriser(drawingOf({ merge: [a], exclude: [b], strokes: [] }))(frame);
  let both = 0;
  for (let i = 0; merge && exclude && i < merge.length; i++) if (merge[i] !== 0 && exclude[i] !== 0) both++;
  return both * step * step;
}

/** Whole pixels that can hold the shape. */
function boxOf({ rings }: Shape): Box {
  const outline: Point[] = rings[0] ?? [];
  return {
    x0: Math.floor(Math.min(...outline.map(([x]) => x))),
    y0: Math.floor(Math.min(...outline.map(([, y]) => y))),
    x1: Math.ceil(Math.max(...outline.map(([x]) => x))),
    y1: Math.ceil(Math.max(...outline.map(([, y]) => y))),
  };
}

function common(a: Box | null, b: Box): Box | null {
  if (!a) return null;
  const box = {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
  return box.x0 <= box.x1 && box.y0 <= box.y1 ? box : null;
}
