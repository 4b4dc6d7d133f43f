import { InvalidInputError, throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import { type Band, bandCount, imageBands } from '../../image/bands';
import { checkSameExtent } from '../../masks/planes';
import { foregroundMap } from '../../objects/maps';
import { isAtBorder, ranked, type TableObject } from '../../stage/objects';
import { rarityOf } from '../../stage/rarity';
import { ObjectUncertainty } from '../../stage/uncertainty';
import { BandCounter, requireOneChannel, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import { lastObjects } from '../io/objects/object-rows';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';

type Context = JobContext<'rank-objects'>;

/** Candidates that are given back: a microscope goes to some of them. */
const MOST_CANDIDATES = 10_000;

/** Puts the objects of an image in the order in which they shall be visited. */
export const rankObjectsJob: JobImplementation<'rank-objects'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const turn = async () => {
      await eventLoopTurn();
      throwIfCancelled(context.signal, 'ranking objects');
    };
    const rows = await lastObjects(files, input.objects, turn);
    const scores = await scoresOf(files, input, rows, context, turn);
    const all = ranked(rows, scores, input.by);
    const cut = new Set(
      input.inside ? rows.filter((row) => isAtBorder(row, input.image.shape)).map(({ label }) => label) : [],
    );
    const candidates = all.filter(({ object }) => !cut.has(object)).slice(0, MOST_CANDIDATES);
    return { candidates, total: rows.length, atBorder: cut.size };
  });

async function scoresOf(
  files: JobFiles,
  input: JobInput<'rank-objects'>,
  rows: readonly TableObject[],
  context: Context,
  turn: () => Promise<void>,
): Promise<ArrayLike<number>> {
  if (input.by === 'uncertain') return uncertaintyOf(files, input, rows, context);
  if (input.by !== 'rarest') return rows.map(({ size }) => size);
  const work = rarityOf(rows);
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    await turn();
  }
}

/** @throws InvalidInputError without labels or probability, or for an object that the labels do not have */
async function uncertaintyOf(
  files: JobFiles,
  { labels, probability }: JobInput<'rank-objects'>,
  rows: readonly TableObject[],
  context: Context,
): Promise<number[]> {
  if (!labels) throw new InvalidInputError('labels', 'the numbered objects of threshold ("Label objects")', null);
  if (!probability)
    throw new InvalidInputError('probability', 'the map of predict that the objects were found in', null);
  const numbers = await files.open(labels);
  const map = await files.open(foregroundMap(probability));
  requireOneChannel(numbers.shape, 'labels');
  requireOneChannel(map.shape, 'probability');
  checkSameExtent(map.shape, 'probability', numbers.shape, 'labels');
  const bands = rowsOfBands([numbers, map], numbers.shape, context);
  const ofLast = ({ t }: Band) => t === numbers.shape[0] - 1;
  const counter = new BandCounter(bandCount(numbers.shape, bands) / numbers.shape[0], 'reading probabilities', context);
  const uncertainty = new ObjectUncertainty(map.desc.scale ?? 1);
  const { signal } = context;
  for (const band of imageBands(numbers.shape, bands)) {
    if (!ofLast(band)) continue;
    uncertainty.add(await numbers.readRows(band, { signal }), await map.readRows(band, { signal }));
    await counter.next();
  }
  return rows.map(({ label }) => {
    const bits = uncertainty.of(label);
    if (bits !== undefined) return bits;
    throw new InvalidInputError('objects', 'objects of the image "labels"', `object ${label}, which is not in it`);
  });
}
