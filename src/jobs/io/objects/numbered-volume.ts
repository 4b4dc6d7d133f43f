import { InvalidInputError } from '../../../base/errors';
import type { ImageReader } from '../../../formats';
import { imageBands } from '../../../image/bands';
import { TallyByNumber } from '../../../metrics/tally-by-number';
import { LabelRuns } from '../../../objects/label-runs';
import type { LabelledVolume } from '../../../thresholding/labelled-volume';
import type { RunRoom } from '../../../thresholding/runs';
import type { BandCounter } from '../bands';

/** A time point of a label image, with labels from 1 on without gaps. */
export interface NumberedVolume {
  volume: LabelledVolume;
  /** the number that the image has for a label */
  numberOf(label: number): number;
}

/** What reading one needs. */
export interface NumberedReading {
  labels: ImageReader;
  /** rows of a band */
  rows: number;
  counter: BandCounter;
  signal: AbortSignal;
}

/**
 * Reads the objects of a time point: each value besides 0 is one.
 * @param room takes what is too much for memory
 * @throws InvalidInputError for pixels that are no numbers of objects
 */
export async function numberedVolume(t: number, reading: NumberedReading, room: RunRoom): Promise<NumberedVolume> {
  const { labels, rows, counter, signal } = reading;
  const [, , depth, height, width] = labels.shape;
  const numbers = new TallyByNumber();
  const runs = new LabelRuns(room);
  const row = new Int32Array(width);
  for (const band of imageBands([1, 1, depth, height, width], rows)) {
    const pixels = await labels.readRows({ ...band, t }, { signal });
    for (let at = 0; at < pixels.length; at += width) {
      for (let x = 0; x < width; x++) {
        const value = pixels[at + x];
        if (value === 0) row[x] = 0;
        else if (Number.isInteger(value)) row[x] = numbers.add(value, 1) + 1;
        else throw new InvalidInputError(labels.desc.id, 'a label image of whole numbers to measure objects of', value);
      }
      runs.add(row);
    }
    await counter.turn();
  }
  runs.finish();
  const size = Float64Array.from({ length: numbers.length + 1 }, (_, i) => (i === 0 ? 0 : numbers.tally(i - 1)));
  return {
    volume: {
      shape: [depth, height, width],
      count: numbers.length,
      size,
      rows: () => runs.rows(),
      close: () => runs.close(),
    },
    numberOf: (label) => numbers.number(label - 1),
  };
}
