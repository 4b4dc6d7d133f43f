import type { Band } from '../../../image/bands';
import type { Shape5 } from '../../../image/region';
import { PAINTED_NUMBER, UNKNOWN_NUMBER } from '../../../masks/object-names';
import { labelObjects, ObjectPainter } from '../../../thresholding/components';
import type { LabelledVolume } from '../../../thresholding/labelled-volume';
import { RunEncoder, RunRoom } from '../../../thresholding/runs';
import { BandCounter, forEachBand, type PlainContext } from '../bands';
import type { JobFiles } from '../job-files';
import { limitsOf } from '../limits';

/** A band of a target that numbers its objects, as `NumberedTarget` makes it. */
type MakeBand = (band: Band) => Promise<Uint32Array<ArrayBuffer>>;

/**
 * Gives objects of a target their numbers for good, which takes the whole of it: what a mask holds or a brush painted has one
 * number, and is as many objects as there are pieces that touch over faces, edges or corners; what people made is numbered far
 * beyond what other software takes. All that go on behind the largest number of the segmentations.
 */
export class SettledNumbers {
  private readonly encoders: Map<number, RunEncoder[]>;
  private readonly pieces = new Map<number, Array<{ volume: LabelledVolume; before: number }>>();
  private readonly painters = new Map<number, { t: number; of: ObjectPainter }>();
  private readonly made = new Map<number, number>();
  private largest = 0;
  private mask = new Uint8Array(0);
  private labels = new Uint32Array(0);

  /**
   * @param shape [t, 1, z, y, x]
   * @param together numbers that may stand for several objects
   */
  constructor([times, , depth, height, width]: Readonly<Shape5>, together: readonly number[], room: RunRoom) {
    const encoders = () => Array.from({ length: times }, () => new RunEncoder([depth, height, width], room));
    this.encoders = new Map(together.map((number) => [number, encoders()]));
  }

  /** Takes all bands in order, as the first pass. */
  add({ t }: Band, numbers: Uint32Array): void {
    let last = 0;
    for (const number of numbers) {
      if (number === last || number === 0) continue;
      last = number;
      if (this.encoders.has(number) || number === UNKNOWN_NUMBER) continue;
      if (number >= PAINTED_NUMBER) this.made.set(number, 0);
      else if (number > this.largest) this.largest = number;
    }
    if (this.mask.length < numbers.length) this.mask = new Uint8Array(numbers.length);
    const mask = this.mask.subarray(0, numbers.length);
    for (const [number, encoders] of this.encoders) {
      for (let i = 0; i < mask.length; i++) mask[i] = numbers[i] === number ? 1 : 0;
      encoders[t].add(mask);
    }
  }

  /** Finds what touches, between the passes. @throws CancelledError */
  async settle(counter: BandCounter): Promise<void> {
    for (const [number, encoders] of this.encoders) {
      const found: Array<{ volume: LabelledVolume; before: number }> = [];
      for (const encoder of encoders) {
        const volume = await counter.through(labelObjects(encoder.finish(), 'full'));
        found.push({ volume, before: this.largest });
        this.largest += volume.count;
      }
      this.pieces.set(number, found);
    }
    for (const number of [...this.made.keys()].sort((a, b) => a - b)) this.made.set(number, ++this.largest);
  }

  /** Gives the same bands their numbers, in order, as the second pass; what it is given is not changed. */
  next({ t }: Band, numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    if (this.labels.length < numbers.length) this.labels = new Uint32Array(numbers.length);
    const settled = numbers.slice();
    for (const [number, volumes] of this.pieces) {
      const { volume, before } = volumes[t];
      let painter = this.painters.get(number);
      if (painter?.t !== t) {
        painter = { t, of: new ObjectPainter(volume) };
        this.painters.set(number, painter);
      }
      const labels = this.labels.subarray(0, numbers.length);
      painter.of.labels(labels);
      for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) settled[i] = before + labels[i];
    }
    if (this.made.size > 0) {
      for (let i = 0; i < settled.length; i++) settled[i] = this.made.get(numbers[i]) ?? settled[i];
    }
    return settled;
  }
}

/** What is known of a target before it is made. */
interface Target {
  shape: Readonly<Shape5>;
  /** of a band */
  rows: number;
  /** numbers that may stand for several objects; none: all numbers are settled as they are */
  together: readonly number[];
}

/**
 * Makes a target that numbers its objects settle its numbers: it is made twice where that is needed.
 * @returns how its bands are made, to be asked for once each, in order
 * @throws CancelledError; what making a band throws
 */
export async function settleNumbers(
  make: MakeBand,
  { shape, rows, together }: Target,
  files: JobFiles,
  context: PlainContext,
): Promise<MakeBand> {
  if (together.length === 0) return make;
  const room = new RunRoom(limitsOf(context).runBytes, files.scratch.folder);
  files.atEnd(() => room.close());
  const numbers = new SettledNumbers(shape, together, room);
  await forEachBand(shape, rows, context, 'looking for objects', async (band) => numbers.add(band, await make(band)));
  await numbers.settle(new BandCounter(1, 'looking for objects', context));
  return async (band) => numbers.next(band, await make(band));
}
