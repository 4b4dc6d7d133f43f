import { throwIfCancelled } from '../base/errors';
import { eventLoopTurn } from '../base/long-work';
import type { ImageReader } from '../formats';
import { bandCount, bandRows, imageBands } from '../image/bands';
import { count } from '../image/region';
import { ValueCounter } from '../image/value-facts';
import { type Judgement, judge, type Purpose, type Refusal } from '../masks/foreground';
import { foregroundTest } from '../masks/foreground-test';

/** Pixels that are looked at, about, in bands spread evenly over the image; of a smaller one all. */
const LOOK = 2 ** 24;
const BANDS = 4;

/**
 * Judges a segmentation by some of its bands, and by as many more as it takes to find both
 * background and something else.
 * @param options.extent brief: by one band of a large image; whole: by all of it
 * @throws CancelledError; what reading throws
 */
export async function lookAtSegmentation(
  reader: ImageReader,
  purpose: Purpose,
  { extent, signal }: { extent: 'brief' | 'usual' | 'whole'; signal?: AbortSignal },
): Promise<Judgement | Refusal> {
  const { shape, dtype, block, appearance, desc } = reader;
  const { foreground, unknown, scale } = desc;
  const values = new ValueCounter(dtype, unknown ? foregroundTest(unknown, scale) : null);
  const verdict = () => {
    const facts = { ...values.facts(), appearance, scale, unknown };
    const found = judge(facts, foreground, purpose);
    const isAll = facts.pixels + (facts.skipped ?? 0) === count(shape);
    return 'fault' in found || isAll ? found : { ...found, seen: facts };
  };
  // So are results of our own, which nobody needs to judge.
  if (foreground?.kind === 'non-zero' && !unknown) return verdict();
  const rows = bandRows(shape, [block[3]], LOOK / BANDS);
  const bands = bandCount(shape, rows);
  const isAll = count(shape) <= LOOK || extent === 'whole';
  const looked = isAll ? bands : Math.min(bands, extent === 'brief' ? 1 : BANDS);
  const chosen = new Set(Array.from({ length: looked }, (_, i) => Math.floor(((i + 0.5) * bands) / looked)));
  const look = async (isWanted: (at: number) => boolean, isEnough: () => boolean) => {
    let at = 0;
    for (const band of imageBands(shape, rows)) {
      if (!isWanted(at++)) continue;
      throwIfCancelled(signal, 'looking at a segmentation');
      values.add(await reader.readRows(band, { signal }));
      await eventLoopTurn();
      if (isEnough()) return;
    }
  };
  await look(
    (at) => chosen.has(at),
    () => false,
  );
  const found = verdict();
  if (extent === 'brief' || !found.isOneSided) return found;
  await look(
    (at) => !chosen.has(at),
    () => !verdict().isOneSided,
  );
  return verdict();
}
