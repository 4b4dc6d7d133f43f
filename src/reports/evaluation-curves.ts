import { THRESHOLD_GRID } from '../metrics/probability-histogram';
import { drawChart } from './chart';
import type { EvaluationRequest } from './evaluation-request';
import { count, share } from './format';
import { type Html, html } from './html';
import { curveFigure, section } from './page';
import { type CalibrationPoint, pooledError } from './pooling';
import { statisticOf } from './statistics';

/** Points of fewer pixels jump about. */
const LEAST_SHARE = 1e-5;

/** How Dice changes with the threshold; nothing without probability maps. */
export function sweepSection({ probability }: EvaluationRequest): Html | null {
  if (!probability?.diceAt) return null;
  return section(
    'Dice at other thresholds',
    sweepFigure(probability.diceAt, 'mean Dice of the images with foreground'),
  );
}

/** Draws mean Dice by threshold with the best one marked. */
export function sweepFigure(diceAt: readonly number[], over: string): Html {
  const best = Math.max(...diceAt);
  const at = THRESHOLD_GRID[diceAt.indexOf(best)];
  const lowest = Math.min(...diceAt);
  const from = Math.max(0, Math.floor(lowest * 10) / 10);
  const chart = drawChart({
    label: `${over} by threshold: ${share(best)} at ${at.toFixed(2)}`,
    x: { label: 'threshold of the probability', from: 0, to: 1 },
    y: { label: 'mean Dice', from, to: 1 },
    series: [{ name: 'Dice', points: THRESHOLD_GRID.map((t, i) => [t, diceAt[i]] as const), style: 'line' }],
    marks: [{ x: at, label: `best here: ${at.toFixed(2)}` }],
  });
  return html`${curveFigure(chart, `The ${over} if masks were made at each threshold from 0.05 to 0.95. The best is ${share(best)} at ${at.toFixed(2)}: it was found with the truth, so that as a claim for new images it flatters.`)}`;
}

/** How far probabilities can be taken at their word; nothing without probability maps. */
export function calibrationSection({ probability, rows }: EvaluationRequest): Html | null {
  if (!probability) return null;
  const ece = statisticOf(rows.map(({ file, ece: value }) => ({ file, value: value ?? undefined })));
  const brier = statisticOf(rows.map(({ file, brier: value }) => ({ file, value: value ?? undefined })));
  return section(
    'Calibration: can the probabilities be taken at their word?',
    calibrationFigure(probability.calibration, count(probability.images, 'image')),
    html`<p>Expected calibration error: mean of the images <b>${share(ece?.mean)}</b>, of all together <b>${share(pooledError(probability.calibration))}</b>. Brier score: mean of the images <b>${share(brier?.mean)}</b>.</p>`,
  );
}

/** Draws the reliability curve. */
export function calibrationFigure(points: readonly CalibrationPoint[], of: string): Html {
  const shown = points.filter(({ share: part }) => part > LEAST_SHARE);
  const chart = drawChart({
    label: 'share of pixels that are foreground by their probability',
    x: { label: 'probability', from: 0, to: 1 },
    y: { label: 'share that is foreground', from: 0, to: 1 },
    series: [
      {
        name: 'observed',
        points: shown.map(({ predicted, observed }) => [predicted, observed] as const),
        style: 'dots',
      },
    ],
    diagonal: true,
  });
  const text = `Pixels of ${of} by their probability, each image counting the same. On the dotted line probabilities are right; below it there is less foreground than they say, above it more. Bins of fewer than one pixel in ${Math.round(1 / LEAST_SHARE).toLocaleString('en-GB')} are left out.`;
  return curveFigure(chart, text);
}
