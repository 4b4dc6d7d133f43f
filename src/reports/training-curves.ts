import type { EpochRecord } from '../training/history';
import { type Chart, drawChart, type Series } from './chart';
import type { Html } from './html';
import { curveFigure } from './page';

/** More points need no dots. */
const MANY = 40;

/** Draws the loss of each epoch; nothing before the first. */
export function lossCurves(history: readonly EpochRecord[], stages: readonly number[]): Html | null {
  const points = history.map(({ step, loss }) => [step, loss] as const);
  if (points.length === 0) return null;
  const highest = Math.max(...points.map(([, loss]) => loss));
  const chart = drawChart({
    label: `loss by step, from ${points[0][1].toFixed(3)} to ${points[points.length - 1][1].toFixed(3)}`,
    ...axesOf(history, stages, { label: 'loss', from: 0, to: highest * 1.05 || 1 }),
    series: byStage(points, stages),
  });
  const text =
    stages.length > 1
      ? ` ${stages.length - 1} folds came first, each from new weights; the last part is the model's own.`
      : '';
  return curveFigure(chart, `Mean loss of each epoch.${text}`);
}

/** Draws the Dice of validations; nothing where there was none. */
export function diceCurves(history: readonly EpochRecord[], stages: readonly number[]): Html | null {
  const points = history.flatMap(({ step, validationDice }) =>
    validationDice === null ? [] : [[step, validationDice] as const],
  );
  if (points.length === 0) return null;
  const best = points.reduce((a, b) => (b[1] > a[1] ? b : a));
  const chart = drawChart({
    label: `validation Dice by step; the best is ${best[1].toFixed(3)} after step ${best[0]}`,
    ...axesOf(history, stages, { label: 'validation Dice', from: 0, to: 1 }),
    series: byStage(points, stages),
  });
  return curveFigure(
    chart,
    `Mean Dice of the images held out, as the training found it on its way. The best is ${best[1].toFixed(3)} after step ${best[0]}.`,
  );
}

/** Each fold begins with new weights: no line leads from one to the next. */
function byStage(points: Series['points'], stages: readonly number[]): Series[] {
  let from = 0;
  return stages.flatMap((steps, i) => {
    const to = i === stages.length - 1 ? Number.POSITIVE_INFINITY : from + steps;
    const own = points.filter(([step]) => step > from && step <= to);
    from = to;
    const isFold = i < stages.length - 1;
    if (own.length === 0) return [];
    return [
      {
        ...{ name: isFold ? 'folds' : 'all images', points: own, colour: isFold ? 1 : 0 },
        style: points.length < MANY ? 'dots' : 'line',
      },
    ];
  });
}

function axesOf(
  history: readonly EpochRecord[],
  stages: readonly number[],
  y: Chart['y'],
): Pick<Chart, 'x' | 'y' | 'marks'> {
  const last = history.at(-1)?.step ?? 1;
  const ends = stages.slice(0, -1).map((_, i) => stages.slice(0, i + 1).reduce((sum, steps) => sum + steps, 0));
  // A line where each fold ends; a word at the last says what begins.
  const marks = ends
    .filter((x) => x < last)
    .map((x, i, all) => ({ x, label: i === all.length - 1 ? 'all images' : '' }));
  return { x: { label: 'step', from: 0, to: last }, y, marks };
}
