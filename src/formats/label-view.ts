import { type Coverage, ofAnyChannel } from '../image/coverage';
import { allocate, bytesPerPixel, isFloat, type PixelArray } from '../image/dtype';
import { count, type Region, type Shape5 } from '../image/region';
import { INDICES_ARE_READ } from './bitmap/png-palette';
import type { ImageSource, ReadOptions, SourceInfo } from './source';

/**
 * Shows an image as one channel of labels: the indices of a palette; of colours, or of grey with transparency, a pixel's
 * brightest sample, 0 where it is less than half opaque. An image that is one channel, or several that are no picture,
 * is returned as it is.
 */
export function asLabels(source: ImageSource): ImageSource {
  const full = source.withHidden?.() ?? source;
  const { appearance: { colour, alpha, palette } = {} } = full.info;
  if (colour || alpha !== undefined) return new BrightestSample(full, colour ? 3 : 1, alpha ?? null);
  return palette ? marked(source) : source;
}

/** The same image, of which nobody need be told that indices are read. */
function marked(source: ImageSource): ImageSource {
  const { notes = [], ...info } = source.info;
  const others = notes.filter((note) => note !== INDICES_ARE_READ);
  return {
    info: { ...info, labels: true, ...(others.length > 0 ? { notes: others } : {}) },
    read: (region, options) => source.read(region, options),
    coverage: (region, options) => source.coverage?.(region, options) ?? null,
    close: () => source.close(),
  };
}

class BrightestSample implements ImageSource {
  readonly info: SourceInfo;
  /** of opacity */
  private readonly half: number;

  /** @param colours channels from the first on that are looked at */
  constructor(
    private readonly source: ImageSource,
    private readonly colours: number,
    private readonly alpha: number | null,
  ) {
    const { info } = source;
    const one = ([t, , z, y, x]: Shape5): Shape5 => [t, 1, z, y, x];
    const channels = [{ index: 0, name: 'Labels' }];
    this.info = { ...info, levels: info.levels.map(one), blocks: info.blocks.map(one), channels, labels: true };
    this.half = isFloat(info.dtype) ? 0.5 : 2 ** (8 * bytesPerPixel(info.dtype) - 1);
  }

  async read(region: Region, options: ReadOptions = {}): Promise<PixelArray> {
    const { start, size } = region;
    const channels = Math.max(this.colours, (this.alpha ?? 0) + 1);
    const pixels = await this.source.read(
      { start: [start[0], 0, start[2], start[3], start[4]], size: [size[0], channels, size[2], size[3], size[4]] },
      options,
    );
    const volume = size[2] * size[3] * size[4];
    const out = allocate(this.info.dtype, count(size));
    for (let t = 0; t < size[0]; t++) {
      const labels = out.subarray(t * volume, (t + 1) * volume);
      const channel = (c: number) => pixels.subarray((t * channels + c) * volume, (t * channels + c + 1) * volume);
      labels.set(channel(0));
      for (let c = 1; c < this.colours; c++) raise(labels, channel(c));
      if (this.alpha !== null) clear(labels, channel(this.alpha), this.half);
    }
    return out;
  }

  coverage(region: Region, options: ReadOptions = {}): Coverage {
    const { source } = this;
    return ofAnyChannel({ coverage: (block) => source.coverage?.(block, options) ?? null }, this.colours, region);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

function raise(labels: PixelArray, sample: PixelArray): void {
  for (let i = 0; i < labels.length; i++) if (sample[i] > labels[i]) labels[i] = sample[i];
}

function clear(labels: PixelArray, alpha: PixelArray, half: number): void {
  for (let i = 0; i < labels.length; i++) if (alpha[i] < half) labels[i] = 0;
}
