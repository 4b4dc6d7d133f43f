import { Random } from '../../src/base/random';
import { allocate, type DType, isFloat, type PixelArray } from '../../src/image/dtype';
import { count, type Region, type Shape5 } from '../../src/image/region';

/** Pixels over the whole range of a type, smooth enough that every codec has runs to find. */
export function pattern(dtype: DType, length: number, seed = 1): PixelArray {
  const random = new Random(seed);
  const pixels = allocate(dtype, length);
  let value = 0;
  for (let i = 0; i < length; i++) {
    if (random.chance(0.4)) value = isFloat(dtype) ? random.normal() * 1000 : random.bits();
    pixels[i] = value;
  }
  return pixels;
}

/** The block of an image that is all in memory: the slow, obvious way. */
export function cut(pixels: PixelArray, shape: Shape5, dtype: DType, { start, size }: Region): PixelArray {
  const out = allocate(dtype, count(size));
  let at = 0;
  for (let t = start[0]; t < start[0] + size[0]; t++)
    for (let c = start[1]; c < start[1] + size[1]; c++)
      for (let z = start[2]; z < start[2] + size[2]; z++)
        for (let y = start[3]; y < start[3] + size[3]; y++)
          for (let x = start[4]; x < start[4] + size[4]; x++)
            out[at++] = pixels[(((t * shape[1] + c) * shape[2] + z) * shape[3] + y) * shape[4] + x];
  return out;
}

/** A random block inside a shape. */
export function randomRegion(shape: Shape5, random: Random): Region {
  const start = shape.map((n) => random.integer(n)) as Shape5;
  const size = shape.map((n, axis) => 1 + random.integer(n - start[axis])) as Shape5;
  return { start, size };
}
