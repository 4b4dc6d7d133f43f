import type { PixelArray } from '../../image/dtype';
import type { Region, Shape5 } from '../../image/region';

/** A block of pixels in memory: where it lies in the image, and how far apart its pixels are. */
export interface PlacedBlock {
  start: Shape5;
  size: Shape5;
  /** array elements from one pixel to the next along [t, c, z, y, x] */
  stride: Shape5;
}

/** Copies what a block and a region share into `out`, C order over the region. */
export function copyBlock(pixels: PixelArray, block: PlacedBlock, out: PixelArray, region: Region): void {
  const { stride, start } = block;
  const [st, sc, sz, sy, sx] = stride;
  forEachRow(block, region, (t, c, z, y, x, n, at) => {
    const from =
      (t - start[0]) * st + (c - start[1]) * sc + (z - start[2]) * sz + (y - start[3]) * sy + (x - start[4]) * sx;
    if (sx === 1) out.set(pixels.subarray(from, from + n), at);
    else for (let i = 0; i < n; i++) out[at + i] = pixels[from + i * sx];
  });
}

/** Sets what a block and a region share to one value. */
export function fillBlock(value: number, start: Shape5, size: Shape5, out: PixelArray, region: Region): void {
  forEachRow({ start, size }, region, (_t, _c, _z, _y, _x, n, at) => {
    out.fill(value, at, at + n);
  });
}

type UseRow = (t: number, c: number, z: number, y: number, x: number, n: number, at: number) => void;

/** Every row of the shared block: its first pixel's place in the image, its length, and its place in the region. */
function forEachRow({ start, size }: Region, region: Region, use: UseRow): void {
  const low = start.map((n, axis) => Math.max(n, region.start[axis]));
  const high = start.map((n, axis) => Math.min(n + size[axis], region.start[axis] + region.size[axis]));
  const [t0, c0, z0, y0, x0] = region.start;
  const [, nc, nz, ny, nx] = region.size;
  const length = high[4] - low[4];
  if (length <= 0) return;
  for (let t = low[0]; t < high[0]; t++)
    for (let c = low[1]; c < high[1]; c++)
      for (let z = low[2]; z < high[2]; z++)
        for (let y = low[3]; y < high[3]; y++) {
          const at = ((((t - t0) * nc + c - c0) * nz + z - z0) * ny + y - y0) * nx + low[4] - x0;
          use(t, c, z, y, low[4], length, at);
        }
}
