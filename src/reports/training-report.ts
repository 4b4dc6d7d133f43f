import type { ModelCard } from '../models/card';
import { calibrationFigure, sweepFigure } from './evaluation-curves';
import { duration, interval, moment, share } from './format';
import { type Html, html } from './html';
import { modelFacts, trainingFiles, trainingFilesTable } from './model-section';
import { bigNumbers, bullets, closingSections, reportPage, section, table, warnings } from './page';
import { picturesSection } from './pictures';
import { meanDiceAt, pooledBins, pooledError } from './pooling';
import { statisticOf } from './statistics';
import type { ReportTexts } from './texts';
import { ENGLISH } from './texts/english';
import { diceCurves, lossCurves } from './training-curves';
import type { JudgedImage, TrainingMatter } from './training-matter';
import { trainingMethods } from './training-methods';

/** Writes the report of a training as a page that stands alone. @param texts of its language */
export function trainingReport(card: ModelCard, matter: TrainingMatter, texts = ENGLISH): string {
  const { training, table: words } = texts;
  const { judged, expected, isCrossFitted, seconds, failed } = matter;
  const name = `${card.name}@${card.version}`;
  const files = trainingFiles(card).filter(({ split }) => split !== 'failed');
  const full = judged.filter(({ scores }) => scores !== null);
  const by = isCrossFitted ? training.crossFitted : training.heldOut;
  return reportPage(
    training.pageTitle(name),
    html`<header><h1>${training.heading(name)}</h1><p class="sub">${training.subtitle(moment(new Date(card.created)))}</p></header>
${warnings(matter.warnings)}
${bigNumbers([
  {
    name: training.expected,
    value: share(expected?.dice),
    note: expected
      ? training.expectedNote(Math.round(100 * expected.level), interval(expected, share, texts.range))
      : training.noneHeldOut,
  },
  ...(matter.objects
    ? [
        {
          name: training.objects,
          value: share(matter.objects.averagePrecision),
          note: training.objectsNote(share(matter.objects.meanAveragePrecision)),
        },
      ]
    : []),
  { name: training.judged, value: String(judged.length), note: judged.length > 0 ? by : training.noValidation },
  {
    name: training.trainedOn,
    value: String(files.length),
    note: training.trainedNote(files.length, duration(seconds)),
  },
])}
${section(training.model, modelFacts(card, matter.defaults, texts))}
${section(training.curves, lossCurves(matter.history, matter.stages, texts), diceCurves(matter.history, matter.stages, texts))}
${section(training.reaches, judgedText(matter, texts), full.length === 0 ? null : judgedTables(full, texts), emptyText(judged, texts))}
${picturesSection(matter.pictures, texts, training.pictures)}
${full.length === 0 ? null : section(texts.sweep.heading, sweepFigure(meanDiceAt(full.map(({ diceAt }) => diceAt)) ?? [], training.theseImages, texts))}
${calibration(judged, texts)}
${section(training.trainedOn, files.length === 0 ? null : trainingFilesTable(files, texts))}
${section(
  words.failed,
  failed.length === 0
    ? null
    : table(
        [words.image, words.why],
        failed.map(({ id, reason }) => [id, reason]),
        'text',
      ),
)}
${section(training.notes, bullets(matter.notes))}
${closingSections(texts, {
  limits: [...texts.trainingLimits, ...texts.limits],
  ...{ methods: trainingMethods(card, matter), software: matter.software },
  only: ['dice', 'iou', 'precision', 'ece', 'interval'],
})}`,
    texts.language,
  );
}

function judgedText({ isCrossFitted, expected, judged }: TrainingMatter, { training }: ReportTexts): Html {
  if (judged.length === 0) return html`<p>${training.nothingTells}</p>`;
  const how = isCrossFitted ? training.inTurn : training.heldOutHow;
  const wide = expected
    ? html`<p>${training.expectedText(share(expected.dice), Math.round(10 * expected.level), share(expected.low), share(expected.high), expected.images, expected.files)}</p>`
    : null;
  return html`<p>${how}</p>${wide}`;
}

function judgedTables(judged: readonly JudgedImage[], { table: words, numberNames, range }: ReportTexts): Html {
  const columns = [
    ['Dice', 'dice'],
    ['IoU', 'iou'],
    [numberNames.precision, 'precision'],
    [numberNames.recall, 'recall'],
  ] as const;
  const means = columns.flatMap(([name, of]) => {
    const found = statisticOf(judged.map(({ file, scores }) => ({ file, value: scores?.[of] })));
    return found
      ? [[name, share(found.mean), interval(found.interval, share, range), share(found.median), share(found.worst)]]
      : [];
  });
  const sorted = [...judged].sort((a, b) => (a.scores?.dice ?? 0) - (b.scores?.dice ?? 0));
  const rows = sorted.map(({ id, threshold, scores }) => [
    id,
    ...columns.map(([, of]) => share(scores?.[of])),
    threshold.toFixed(2),
  ]);
  return html`${table([words.number, words.mean, words.interval, words.median, words.worst], means)}
${table([words.image, ...columns.map(([name]) => name), words.threshold], rows)}`;
}

function emptyText(judged: readonly JudgedImage[], { training }: ReportTexts): Html | null {
  const empty = judged.filter(({ scores }) => scores === null);
  if (empty.length === 0) return null;
  return html`<p class="note">${training.withoutForeground(empty.map(({ id }) => id).join(', '))}</p>`;
}

function calibration(judged: readonly JudgedImage[], texts: ReportTexts): Html | null {
  if (judged.length === 0) return null;
  const points = pooledBins(judged.map(({ bins }) => bins));
  return section(
    texts.calibration.heading,
    calibrationFigure(points, judged.length, texts),
    html`<p>${texts.training.pooledError(share(pooledError(points)))}</p>`,
  );
}
