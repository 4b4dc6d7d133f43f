// Images that are computed where they are looked at, so that a stack of any size needs no memory.

const RANGES = {
  min: 90,
  'p0.1': 95,
  'p0.5': 98,
  p1: 100,
  p50: 130,
  p99: 1500,
  'p99.5': 1800,
  'p99.9': 2200,
  max: 2600,
};

/**
 * Round blobs on a grid, a little out of place, in noise. seg1 misses one blob of five; seg2 has all, but too thick.
 * @param shape [t, c, z, y, x]
 * @param segmentations which of seg1 and seg2 there are
 * @param numbered whether the blobs of seg1 have numbers, one after the other from the left and from above
 * @param masks which of mergeMask and excludeMask there are, images of one plane: the left half and a band at the top
 */
export function madeImage(
  id,
  shape,
  {
    segmentations = ['seg1', 'seg2'],
    masks = [],
    numbered = false,
    pixelSize = { z: 1, y: 0.325, x: 0.325 },
    seed = 1,
    noise = 60,
  } = {},
) {
  const [, channels, planes, height, width] = shape;
  const tile = 256;
  const levels = [[height, width]];
  while (Math.max(...levels.at(-1)) > tile) levels.push(levels.at(-1).map((n) => Math.ceil(n / 2)));
  const picture = (dtype, count) => ({
    shape: [shape[0], count, ...shape.slice(2)],
    dtype,
    channels: Array.from({ length: count }, (_, i) => ({ name: ['DAPI', 'GFP', 'RFP'][i] ?? `channel ${i}` })),
    pixelSize,
    levels,
    tile,
    ranges: Array.from({ length: count }, () => (dtype !== 'uint16' ? { ...RANGES, min: 0, max: 1 } : RANGES)),
  });
  const pictures = { raw: picture('uint16', channels) };
  for (const name of segmentations) pictures[name] = picture('uint8', 1);
  if (numbered) pictures.numbers1 = picture('uint32', 1);
  for (const name of masks) {
    const mask = picture('uint8', 1);
    pictures[name] = { ...mask, shape: [1, 1, 1, height, width] };
  }
  const mergeMask = (x) => Number(x < width / 2);
  const excludeMask = (_, y) => Number(y < height / 4);
  return {
    id,
    pictures,
    pixels: {
      ...{ raw: raw(seed, noise), seg1: blobs(seed, 0.8, 1), seg2: blobs(seed, 1, 1.25), mergeMask, excludeMask },
      numbers1: numbers(blobs(seed, 0.8, 1), Math.ceil(width / CELL)),
    },
    depth: planes,
  };
}

const CELL = 64;

/** How deep a point lies within its cell's blob: 1 in the middle, 0 on the edge, below 0 outside. */
function depthIn(x, y, z, seed, keep, thick) {
  const [cx, cy] = [Math.floor(x / CELL), Math.floor(y / CELL)];
  const random = (n) => hash(cx * 73856093 + cy * 19349663 + seed * 83492791 + n * 7919);
  if (random(1) > keep) return -1;
  const radius = (12 + 12 * random(2)) * thick;
  const [dx, dy] = [x - (cx + 0.35 + 0.3 * random(3)) * CELL, y - (cy + 0.35 + 0.3 * random(4)) * CELL];
  const dz = (z % 24) - 12;
  return 1 - (dx * dx * (1 + 0.4 * random(5)) + dy * dy + 3 * dz * dz * (z > 0 ? 1 : 0)) / (radius * radius);
}

function raw(seed, noise) {
  return (x, y, z, c) => {
    const depth = depthIn(x, y, z, seed, 1, 1.1);
    const light = depth > 0 ? 350 + 1300 * Math.sqrt(depth) : 0;
    return 100 + light / (1 + c) + noise * hash(x * 31 + y * 17771 + z * 977 + c) + 30 * Math.sin((x + y) / 90);
  };
}

function blobs(seed, keep, thick) {
  return (x, y, z) => (depthIn(x, y, z, seed, keep, thick) > 0 ? 1 : 0);
}

function numbers(inside, across) {
  return (x, y, z) => inside(x, y, z) * (1 + Math.floor(x / CELL) + across * Math.floor(y / CELL));
}

function hash(n) {
  let h = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** The pixels of one tile as the route gives them. */
export function madeTile({ pictures, pixels, depth }, { image, view, t = 0, c, at, level, row, column }) {
  const { levels, tile, shape } = pictures[image];
  const [height, width] = levels[level];
  const step = 2 ** level;
  const rows = view === 'xz' || view === 'yz' ? shape[2] : height;
  const columns = view === 'yz' ? height : width;
  const size = [Math.min(tile, rows - row * tile), Math.min(tile, columns - column * tile)];
  const { dtype } = pictures[image];
  const data = new { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array }[dtype](size[0] * size[1]);
  // What is seen moves from one time to the next.
  const value = (x, ...rest) => pixels[image](x + 16 * t, ...rest);
  let i = 0;
  for (let v = row * tile; v < row * tile + size[0]; v++) {
    for (let u = column * tile; u < column * tile + size[1]; u++) {
      if (view === 'xy') data[i++] = value(u * step, v * step, at, c);
      else if (view === 'xz') data[i++] = value(u * step, at, v, c);
      else if (view === 'yz') data[i++] = value(at, u * step, v, c);
      else data[i++] = value(u * step, v * step, 12 % depth, c);
    }
  }
  return { dtype, size, bytes: Buffer.from(data.buffer) };
}
