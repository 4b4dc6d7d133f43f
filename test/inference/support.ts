import { Random } from '../../src/base/random';
import type { PredictionSession } from '../../src/engines/engine';
import type { RegionReader } from '../../src/image/coverage';
import type { ImageDescription } from '../../src/image/description';
import { allocate, type DType, type PixelArray } from '../../src/image/dtype';
import { count, type Region, type Shape5 } from '../../src/image/region';

/** A session that maps each tile [c, (z,) y, x] to its probabilities, and remembers the shapes it was given. */
export class FakeSession implements PredictionSession {
  readonly shapes: number[][] = [];
  disposed = 0;

  constructor(private readonly tile: (pixels: Float32Array, shape: number[]) => Float32Array) {}

  async predict(input: Float32Array, shape: number[]): Promise<Float32Array> {
    this.shapes.push(shape);
    const [items, ...itemShape] = shape;
    const size = count(itemShape);
    const results = Array.from({ length: items }, (_, i) =>
      this.tile(input.slice(i * size, (i + 1) * size), itemShape),
    );
    const output = new Float32Array(items * results[0].length);
    results.forEach((result, i) => {
      output.set(result, i * result.length);
    });
    return output;
  }

  async dispose(): Promise<void> {
    this.disposed++;
  }
}

/** Depends on the whole tile and on the place in it, as a network with instance norm does. */
export function tileDependent(): FakeSession {
  return new FakeSession((pixels, shape) => {
    const size = count(shape.slice(1));
    const mean = pixels.reduce((sum, v) => sum + v, 0) / pixels.length;
    return Float32Array.from({ length: size }, (_, i) => 1 / (1 + Math.exp(-(pixels[i] - mean + 0.3 * Math.sin(i)))));
  });
}

/** Depends on each pixel alone: tiles leave no trace. */
export function pixelwise(): FakeSession {
  return new FakeSession((pixels, shape) =>
    Float32Array.from({ length: count(shape.slice(1)) }, (_, i) => 1 / (1 + Math.exp(-pixels[i]))),
  );
}

export function constant(value: number): FakeSession {
  return new FakeSession((_, shape) => new Float32Array(count(shape.slice(1))).fill(value));
}

export function randomPixels(length: number, seed = 1): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal());
}

/** An image in memory behind the reader's interface; counts the pixels that are read. */
export class MemoryReader implements RegionReader {
  pixelsRead = 0;

  constructor(
    readonly data: PixelArray,
    readonly shape: Shape5,
    readonly dtype: DType,
  ) {}

  async read({ start, size }: Region): Promise<PixelArray> {
    const block = allocate(this.dtype, count(size));
    this.pixelsRead += block.length;
    let to = 0;
    for (let t = start[0]; t < start[0] + size[0]; t++) {
      for (let c = start[1]; c < start[1] + size[1]; c++) {
        for (let z = start[2]; z < start[2] + size[2]; z++) {
          for (let y = start[3]; y < start[3] + size[3]; y++) {
            const [, sizeC, sizeZ, sizeY, sizeX] = this.shape;
            const from = (((t * sizeC + c) * sizeZ + z) * sizeY + y) * sizeX + start[4];
            for (let x = 0; x < size[4]; x++) block[to++] = this.data[from + x];
          }
        }
      }
    }
    return block;
  }

  description(changes: Partial<ImageDescription> = {}): ImageDescription {
    return {
      id: 'field1',
      uri: 'file:///field1.tif',
      format: 'tiff',
      scene: 0,
      level: 0,
      axes: 'TCZYX',
      shape: this.shape,
      dtype: this.dtype,
      channels: Array.from({ length: this.shape[1] }, (_, index) => ({ index, name: `channel ${index}` })),
      pixelSize: null,
      ...changes,
    };
  }
}
