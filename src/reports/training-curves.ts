import type { EpochRecord } from '../training/history';
import { type Chart, drawChart, type Series } from './chart';
import type { Html } from './html';
import { curveFigure } from './page';
import type { ReportTexts } from './texts';

type Texts = ReportTexts['training'];

/** More points need no dots. */
const MANY = 40;

/** Draws the loss of each epoch; nothing before the first. */
export function lossCurves(
  history: readonly EpochRecord[],
  stages: readonly number[],
  { training: texts }: ReportTexts,
): Html | null {
  const points = history.map(({ step, loss }) => [step, loss] as const);
  if (points.length === 0) return null;
  const highest = Math.max(...points.map(([, loss]) => loss));
  const chart = drawChart({
    label: texts.lossLabel(points[0][1].toFixed(3), points[points.length - 1][1].toFixed(3)),
    ...axesOf(history, stages, { label: texts.loss, from: 0, to: highest * 1.05 || 1 }, texts),
    series: byStage(points, stages, texts),
  });
  return curveFigure(chart, texts.lossCaption(stages.length - 1));
}

/** Draws the Dice of validations; nothing where there was none. */
export function diceCurves(
  history: readonly EpochRecord[],
  stages: readonly number[],
  { training: texts }: ReportTexts,
): Html | null {
  const points = history.flatMap(({ step, validationDice }) =>
    validationDice === null ? [] : [[step, validationDice] as const],
  );
  if (points.length === 0) return null;
  const best = points.reduce((a, b) => (b[1] > a[1] ? b : a));
  const chart = drawChart({
    label: texts.diceLabel(best[1].toFixed(3), best[0]),
    ...axesOf(history, stages, { label: texts.dice, from: 0, to: 1 }, texts),
    series: byStage(points, stages, texts),
  });
  return curveFigure(chart, texts.diceCaption(best[1].toFixed(3), best[0]));
}

/** Each fold begins with new weights: no line leads from one to the next. */
function byStage(points: Series['points'], stages: readonly number[], texts: Texts): Series[] {
  let from = 0;
  return stages.flatMap((steps, i) => {
    const to = i === stages.length - 1 ? Number.POSITIVE_INFINITY : from + steps;
    const own = points.filter(([step]) => step > from && step <= to);
    from = to;
    const isFold = i < stages.length - 1;
    if (own.length === 0) return [];
    return [
      {
        ...{ name: isFold ? texts.folds : texts.allImages, points: own, colour: isFold ? 1 : 0 },
        style: points.length < MANY ? 'dots' : 'line',
      },
    ];
  });
}

function axesOf(
  history: readonly EpochRecord[],
  stages: readonly number[],
  y: Chart['y'],
  texts: Texts,
): Pick<Chart, 'x' | 'y' | 'marks'> {
  const last = history.at(-1)?.step ?? 1;
  const ends = stages.slice(0, -1).map((_, i) => stages.slice(0, i + 1).reduce((sum, steps) => sum + steps, 0));
  // A line where each fold ends; a word at the last says what begins.
  const marks = ends
    .filter((x) => x < last)
    .map((x, i, all) => ({ x, label: i === all.length - 1 ? texts.allImages : '' }));
  return { x: { label: texts.step, from: 0, to: last }, y, marks };
}
