import type { Zyx } from '../image/region';
import { amountDirection } from './amount';
import { appearanceWindows } from './appearance-windows';
import { ChannelWindows, together } from './channel-windows';
import { type Place, placeOf, trendsOver } from './field';

/** What an image looks like once it is normalised, by channel. */
export interface Appearance {
  /** the numbers of `APPEARANCE` */
  looks: number[][];
  /** how it changes across the field, the numbers of `FIELD`; null: there are too few windows to tell */
  field: number[][] | null;
}

/** One of a training, which tells more of itself. */
export interface TrainingAppearance extends Appearance {
  /** by how much the numbers of `APPEARANCE` would be others with more objects */
  amount: number[][];
}

/** Measures how an image looks, from windows of its normalised pixels in any order; it holds two MB a channel at most. */
export class AppearanceMeter {
  private readonly windows: ChannelWindows[][];
  private readonly places: Array<Place | null> = [];

  constructor(channels: number) {
    this.windows = Array.from({ length: channels }, () => []);
  }

  /**
   * Adds a window of all channels.
   * @param pixels normalised, C order over [c, y, x]; there may be more behind
   * @param place of its middle in the field; null: it is not known, and nothing is said of the field
   */
  add(
    pixels: Float32Array,
    [height, width]: readonly [height: number, width: number],
    place: Place | null = null,
  ): void {
    const plane = height * width;
    for (const [c, windows] of this.windows.entries()) {
      const window = new ChannelWindows();
      window.add(pixels.subarray(c * plane, (c + 1) * plane), height, width);
      windows.push(window);
    }
    this.places.push(place);
  }

  /** null where no window was seen */
  result(): Appearance | null {
    if (this.places.length === 0) return null;
    const places = this.places.filter((place) => place !== null);
    const fields = this.windows.map((windows) => trendsOver(windows, places));
    const field = fields.flatMap((trends) => (trends ? [trends] : []));
    return {
      looks: this.windows.map((windows) => together(windows).measures()),
      field: field.length === fields.length ? field : null,
    };
  }

  /** As {@link result}, with what a training tells beside. */
  trainingResult(): TrainingAppearance | null {
    const found = this.result();
    return found && { ...found, amount: this.windows.map(amountDirection) };
  }
}

/**
 * Measures how an image looks in windows that are spread over it.
 * @param shape [z, y, x]
 * @param read gives the normalised pixels of a window, C order over [c, z, y, x]; null where the file does not hold them all
 * @returns null where it holds none of the windows
 */
export async function measureAppearance(
  { shape, channels }: { shape: Readonly<Zyx>; channels: number },
  read: (start: Zyx, size: Zyx) => Promise<Float32Array | null>,
): Promise<TrainingAppearance | null> {
  const meter = new AppearanceMeter(channels);
  const { size, corners } = appearanceWindows(shape);
  for (const corner of corners) {
    const pixels = await read(corner, size);
    if (pixels) meter.add(pixels, [size[1], size[2]], placeOf(corner, size, shape));
  }
  return meter.trainingResult();
}
