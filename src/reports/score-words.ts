import type { Content } from './html';
import type { ScoredImages, ScoreRow } from './scored-images';
import type { ReportTexts } from './texts';

/** Gives the facts that every comparison's numbers rest on. @param objectsAre what an object is here */
export function scoreFacts(
  { surface, surfacesDiffer, rows }: ScoredImages,
  objectsAre: string,
  { scores }: ReportTexts,
): (readonly [name: string, value: Content])[] {
  const unit = surface?.unit === 'µm' ? 'µm' : scores.pixels(surface?.tolerance ?? 1);
  const hasObjects = rows.some(({ objectAp }) => objectAp !== null);
  return [
    [scores.tolerance, surface && `${surface.tolerance} ${unit}${surfacesDiffer ? scores.toleranceDiffers : ''}`],
    [scores.outlines, surface && scores.outlinesAre],
    [scores.objects, hasObjects ? objectsAre : null],
    [scores.objectsMatch, hasObjects ? 'IoU 0.5' : null],
  ];
}

/** Says that truths are empty, and in how many of these something was found. */
export function emptyWarning(
  rows: readonly Pick<ScoreRow, 'emptyReference' | 'dice'>[],
  { scores }: ReportTexts,
): string[] {
  const empty = rows.filter(({ emptyReference }) => emptyReference);
  if (empty.length === 0) return [];
  const found = empty.filter(({ dice }) => dice === 0).length;
  return [scores.empty(empty.length, rows.length, found)];
}

/** Says in a sentence for a paper how images were compared beyond overlap; null: they were not. */
export function scoreSentence({ rows, surface, probability }: ScoredImages): string | null {
  if (rows.length === 0) return null;
  const sentences = [
    'Dice, IoU, precision and recall were counted over all pixels that were not excluded.',
    surface
      ? `The normalised surface Dice (tolerance ${surface.tolerance} ${surface.unit}) and the 95th percentile of the Hausdorff distance were computed from exact Euclidean distances between surface pixels, with the size of pixels along each axis.`
      : null,
    rows.some(({ objectAp }) => objectAp !== null)
      ? 'Objects were matched one to one at an IoU of at least 0.5, and at 0.5 to 0.95 in steps of 0.05 for the mean average precision.'
      : null,
    probability ? 'The expected calibration error was computed with 20 bins of even width.' : null,
  ];
  return sentences.filter((sentence) => sentence !== null).join(' ');
}
