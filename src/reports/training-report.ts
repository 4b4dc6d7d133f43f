import type { ModelCard } from '../models/card';
import { LIMITS, TRAINING_LIMITS } from './definitions';
import { calibrationFigure, sweepFigure } from './evaluation-curves';
import { count, duration, interval, share } from './format';
import { type Html, html } from './html';
import { modelFacts, trainingFiles, trainingFilesTable } from './model-section';
import { bigNumbers, bullets, closingSections, reportPage, section, table, warnings } from './page';
import { picturesSection } from './pictures';
import { meanDiceAt, pooledBins, pooledError } from './pooling';
import { statisticOf } from './statistics';
import { diceCurves, lossCurves } from './training-curves';
import type { JudgedImage, TrainingMatter } from './training-matter';
import { trainingMethods } from './training-methods';

/** Writes the report of a training as a page that stands alone. */
export function trainingReport(card: ModelCard, matter: TrainingMatter): string {
  const { judged, expected, isCrossFitted, seconds, failed } = matter;
  const name = `${card.name}@${card.version}`;
  const files = trainingFiles(card).filter(({ split }) => split !== 'failed');
  const full = judged.filter(({ scores }) => scores !== null);
  const by = isCrossFitted ? 'each by a network that had not seen it' : 'held out; they chose step and threshold';
  return reportPage(
    `${name}: report of the training`,
    html`<header><h1>The model ${name}</h1><p class="sub">Report of its training · ${card.created.slice(0, 16).replace('T', ' ')} UTC</p></header>
${warnings(matter.warnings)}
${bigNumbers([
  {
    name: 'Dice to expect of new files',
    value: share(expected?.dice),
    note: expected
      ? `${Math.round(100 * expected.level)} %: ${share(expected.low)} to ${share(expected.high)}`
      : 'no image was held out',
  },
  ...(matter.objects
    ? [
        {
          name: 'Objects, average precision',
          value: share(matter.objects.averagePrecision),
          note: `at an overlap (IoU) of 0.5, ${share(matter.objects.meanAveragePrecision)} on average of those from 0.5 to 0.9; in images that the weights had not seen, which chose seeds and smallest size`,
        },
      ]
    : []),
  { name: 'Images judged', value: String(judged.length), note: judged.length > 0 ? by : 'no validation' },
  {
    name: 'Trained on',
    value: String(files.length),
    note: `${files.length === 1 ? 'image' : 'images'}, in ${duration(seconds)}`,
  },
])}
${section('The model', modelFacts(card, matter.defaults))}
${section('Training curves', lossCurves(matter.history, matter.stages), diceCurves(matter.history, matter.stages))}
${section('What it reaches on images it had not seen', judgedText(matter), full.length === 0 ? null : judgedTables(full), emptyText(judged))}
${picturesSection(matter.pictures, 'Images held out as the training last saw them on its way, with the threshold and the Dice of that moment. The table above has what the final choices give.')}
${full.length === 0 ? null : section('Dice at other thresholds', sweepFigure(meanDiceAt(full.map(({ diceAt }) => diceAt)) ?? [], 'mean Dice of these images'))}
${calibration(judged)}
${section('Trained on', files.length === 0 ? null : trainingFilesTable(files))}
${section(
  'Failed',
  failed.length === 0
    ? null
    : table(
        ['Image', 'Why'],
        failed.map(({ id, reason }) => [id, reason]),
        'text',
      ),
)}
${section('Notes of the training', bullets(matter.notes))}
${closingSections([...TRAINING_LIMITS, ...LIMITS], trainingMethods(card, matter), matter.software, /Dice$|IoU$|Precision|ECE|interval/)}`,
  );
}

function judgedText({ isCrossFitted, expected, judged }: TrainingMatter): Html {
  if (judged.length === 0)
    return html`<p>No image was held out: nothing tells how good the model is. Compare its predictions of new images with evaluate.</p>`;
  const how = isCrossFitted
    ? 'Images were held out in turn. Each is judged by weights that had not learned from it, at a threshold that the other images choose. The model itself then learned from all of them.'
    : 'These images were held out. The same images chose the step of the weights and the threshold, so that the numbers promise a little too much.';
  const wide = expected
    ? html`<p>Of new files like these a mean Dice of <b>${share(expected.dice)}</b> is to be expected, ${Math.round(10 * expected.level)} times of 10 between ${share(expected.low)} and ${share(expected.high)}; it rests on ${count(expected.images, 'image')} of ${count(expected.files, 'file')}.</p>`
    : null;
  return html`<p>${how}</p>${wide}`;
}

function judgedTables(judged: readonly JudgedImage[]): Html {
  const columns = [
    ['Dice', 'dice'],
    ['IoU', 'iou'],
    ['Precision', 'precision'],
    ['Recall', 'recall'],
  ] as const;
  const means = columns.flatMap(([name, of]) => {
    const found = statisticOf(judged.map(({ file, scores }) => ({ file, value: scores?.[of] })));
    return found
      ? [[name, share(found.mean), interval(found.interval, share), share(found.median), share(found.worst)]]
      : [];
  });
  const sorted = [...judged].sort((a, b) => (a.scores?.dice ?? 0) - (b.scores?.dice ?? 0));
  const rows = sorted.map(({ id, threshold, scores }) => [
    id,
    ...columns.map(([, of]) => share(scores?.[of])),
    threshold.toFixed(2),
  ]);
  return html`${table(['Number', 'Mean', '95 % interval', 'Median', 'Worst'], means)}
${table(['Image', ...columns.map(([name]) => name), 'Threshold'], rows)}`;
}

function emptyText(judged: readonly JudgedImage[]): Html | null {
  const empty = judged.filter(({ scores }) => scores === null);
  if (empty.length === 0) return null;
  return html`<p class="note">Without foreground, and in no mean: ${empty.map(({ id }) => id).join(', ')}.</p>`;
}

function calibration(judged: readonly JudgedImage[]): Html | null {
  if (judged.length === 0) return null;
  const points = pooledBins(judged.map(({ bins }) => bins));
  return section(
    'Calibration: can the probabilities be taken at their word?',
    calibrationFigure(points, count(judged.length, 'image')),
    html`<p>Expected calibration error of all together: <b>${share(pooledError(points))}</b>, from histograms of probabilities.</p>`,
  );
}
