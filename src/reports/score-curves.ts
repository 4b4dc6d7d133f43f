import { THRESHOLD_GRID } from '../metrics/probability-histogram';
import { drawChart } from './chart';
import { share } from './format';
import { type Html, html } from './html';
import { curveFigure, section } from './page';
import { type CalibrationPoint, pooledError } from './pooling';
import type { ScoredImages } from './scored-images';
import { statisticOf } from './statistics';
import type { ReportTexts } from './texts';

/** Points of fewer pixels jump about. */
const LEAST_SHARE = 1e-5;

/** How Dice changes with the threshold; nothing without probability maps. */
export function sweepSection({ probability }: ScoredImages, texts: ReportTexts): Html | null {
  if (!probability?.diceAt) return null;
  return section(texts.sweep.heading, sweepFigure(probability.diceAt, texts.scores.withForeground, texts));
}

/** Draws mean Dice by threshold with the best one marked. */
function sweepFigure(diceAt: readonly number[], over: string, { sweep }: ReportTexts): Html {
  const best = Math.max(...diceAt);
  const at = THRESHOLD_GRID[diceAt.indexOf(best)];
  const lowest = Math.min(...diceAt);
  const from = Math.max(0, Math.floor(lowest * 10) / 10);
  const chart = drawChart({
    label: sweep.label(over, share(best), at.toFixed(2)),
    x: { label: sweep.threshold, from: 0, to: 1 },
    y: { label: sweep.dice, from, to: 1 },
    series: [{ name: 'Dice', points: THRESHOLD_GRID.map((t, i) => [t, diceAt[i]] as const), style: 'line' }],
    marks: [{ x: at, label: sweep.best(at.toFixed(2)) }],
  });
  return curveFigure(chart, sweep.caption(over, share(best), at.toFixed(2)));
}

/** How far probabilities can be taken at their word; nothing without probability maps. */
export function calibrationSection({ probability, rows }: ScoredImages, texts: ReportTexts): Html | null {
  if (!probability) return null;
  const ece = statisticOf(rows.map(({ file, ece: value }) => ({ file, value: value ?? undefined })));
  const brier = statisticOf(rows.map(({ file, brier: value }) => ({ file, value: value ?? undefined })));
  return section(
    texts.calibration.heading,
    calibrationFigure(probability.calibration, probability.images, texts),
    html`<p>${texts.calibration.errors(share(ece?.mean), share(pooledError(probability.calibration)), share(brier?.mean))}</p>`,
  );
}

/** Draws the reliability curve. @param count of images */
function calibrationFigure(
  points: readonly CalibrationPoint[],
  count: number,
  { calibration, images, numbers }: ReportTexts,
): Html {
  const shown = points.filter(({ share: part }) => part > LEAST_SHARE);
  const chart = drawChart({
    label: calibration.label,
    x: { label: calibration.probability, from: 0, to: 1 },
    y: { label: calibration.share, from: 0, to: 1 },
    series: [
      {
        name: calibration.observed,
        points: shown.map(({ predicted, observed }) => [predicted, observed] as const),
        style: 'dots',
      },
    ],
    diagonal: true,
  });
  const least = Math.round(1 / LEAST_SHARE).toLocaleString(numbers);
  return curveFigure(chart, calibration.caption(images(count), least));
}
