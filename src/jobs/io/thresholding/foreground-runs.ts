import { SegmenterError } from '../../../base/errors';
import type { ImageReader } from '../../../formats';
import { aboutImages } from '../../../formats/described-file';
import { blankOthers, heldPixels } from '../../../image/coverage';
import { applyThreshold } from '../../../thresholding/apply';
import { fillHoles } from '../../../thresholding/fill-holes';
import { computeThreshold } from '../../../thresholding/methods';
import { RunEncoder, type RunRoom, type Runs } from '../../../thresholding/runs';
import type { ThresholdSettings } from '../../job-types';
import type { BandCounter } from '../bands';
import { bandsOfTime, type HeldVoxels } from './held-voxels';

/** An image of one channel whose foreground is looked for, band by band. */
export interface ForegroundWork {
  reader: ImageReader;
  settings: Pick<ThresholdSettings, 'method' | 'fillHoles'>;
  held: HeldVoxels;
  /** of a band */
  rows: number;
  room: RunRoom;
  counter: BandCounter;
  signal: AbortSignal;
}

/** Finds the threshold of a time point in its pixels, in stored numbers. @throws CancelledError */
export async function automaticThreshold(work: ForegroundWork, t: number): Promise<number> {
  const { reader, rows, counter, held, signal } = work;
  const { method } = work.settings;
  if (method === 'model' || method === 'value')
    throw new SegmenterError('internal', `"${method}" is no automatic method`);
  // An image of which nothing is held is judged as it reads.
  const all = held.of(t) === 0;
  const count = all ? held.all() : held.of(t);
  let counted = false;
  const chunks = async function* () {
    for (const band of bandsOfTime(reader, t, rows)) {
      const pixels = heldPixels(await reader.readRows(band, { signal }), all ? null : held.in(band));
      if (pixels.length > 0) yield pixels;
      // The number of passes is the method's own affair: the first one counts.
      await (counted ? counter.turn() : counter.next());
    }
    counted = true;
  };
  return aboutImages([reader.desc], () => computeThreshold(method, { dtype: reader.dtype, count, chunks }));
}

/**
 * Finds what of a time point is above a threshold, in stored numbers, with holes filled where that is asked for; what no file
 * holds is none of it.
 * @returns runs [z, y, x]
 * @throws CancelledError
 */
export async function foregroundRuns(work: ForegroundWork, t: number, threshold: number): Promise<Runs> {
  const { reader, rows, room, counter, held, signal } = work;
  const [, , depth, height, width] = reader.shape;
  const encoder = new RunEncoder([depth, height, width], room);
  const mask = new Uint8Array(rows * width);
  for (const band of bandsOfTime(reader, t, rows)) {
    const pixels = await reader.readRows(band, { signal });
    const part = mask.subarray(0, pixels.length);
    const inside = await aboutImages([reader.desc], () => applyThreshold(pixels, threshold, part));
    blankOthers(inside, held.in(band));
    encoder.add(inside);
    await counter.next();
  }
  const runs = encoder.finish();
  if (!work.settings.fillHoles) return runs;
  const filled = await counter.through(fillHoles(runs, room));
  runs.close();
  return held.of(t) === held.all() ? filled : withoutOthers(work, t, filled);
}

/** The runs without what is not held, which lies in holes where these were filled. */
async function withoutOthers({ reader, rows, room, counter, held }: ForegroundWork, t: number, runs: Runs) {
  const width = reader.shape[4];
  const encoder = new RunEncoder(runs.shape, room);
  const lines = runs.rows();
  for (const band of bandsOfTime(reader, t, rows)) {
    const mask = new Uint8Array(band.rows * width);
    for (let from = 0; from < mask.length; from += width) {
      const line = lines.next();
      if (line.done) break;
      const { data, from: first, count } = line.value;
      for (let i = first; i < first + 2 * count; i += 2) mask.fill(1, from + data[i], from + data[i + 1]);
    }
    blankOthers(mask, held.in(band));
    encoder.add(mask);
    await counter.turn();
  }
  runs.close();
  return encoder.finish();
}
