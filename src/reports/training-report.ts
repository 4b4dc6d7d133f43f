import type { ModelCard } from '../models/card';
import { duration, interval, moment, share } from './format';
import { type Html, html } from './html';
import { modelFacts, trainingFiles, trainingFilesTable } from './model-section';
import { bigNumbers, bullets, closingSections, facts, reportPage, section, table, warnings } from './page';
import { picturesSection } from './pictures';
import { calibrationSection, sweepSection } from './score-curves';
import { imageTable, statisticsTable } from './score-tables';
import { emptyWarning, scoreFacts } from './score-words';
import type { ReportTexts } from './texts';
import { ENGLISH } from './texts/english';
import { diceCurves, lossCurves } from './training-curves';
import type { TrainingMatter } from './training-matter';
import { trainingMethods } from './training-methods';

/** Writes the report of a training as a page that stands alone. @param texts of its language */
export function trainingReport(card: ModelCard, matter: TrainingMatter, texts = ENGLISH): string {
  const { training, table: words } = texts;
  const { scores, expected, isCrossFitted, seconds, failed } = matter;
  const { rows } = scores;
  const name = `${card.name}@${card.version}`;
  const files = trainingFiles(card).filter(({ split }) => split !== 'failed');
  const by = isCrossFitted ? training.crossFitted : training.heldOut;
  return reportPage(
    training.pageTitle(name),
    html`<header><h1>${training.heading(name)}</h1><p class="sub">${training.subtitle(moment(new Date(card.created)))}</p></header>
${warnings([...matter.warnings, ...emptyWarning(rows, texts)])}
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
  { name: training.judged, value: String(rows.length), note: rows.length > 0 ? by : training.noValidation },
  {
    name: training.trainedOn,
    value: String(files.length),
    note: training.trainedNote(files.length, duration(seconds)),
  },
])}
${section(training.model, modelFacts(card, matter.defaults, texts))}
${section(training.curves, lossCurves(matter.history, matter.stages, texts), diceCurves(matter.history, matter.stages, texts))}
${section(training.reaches, judgedText(matter, texts), judgedFacts(matter, texts), rows.length === 0 ? null : statisticsTable(scores, '', texts))}
${picturesSection(matter.pictures, texts, training.pictures)}
${sweepSection(scores, texts)}
${calibrationSection(scores, texts)}
${section(texts.scores.every, lackingText(matter, texts), rows.length === 0 ? null : imageTable(scores, '', texts))}
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
})}`,
    texts.language,
  );
}

function judgedText({ isCrossFitted, expected, scores }: TrainingMatter, { training }: ReportTexts): Html {
  if (scores.rows.length === 0) return html`<p>${training.nothingTells}</p>`;
  const how = isCrossFitted ? training.inTurn : training.heldOutHow;
  const wide = expected
    ? html`<p>${training.expectedText(share(expected.dice), Math.round(10 * expected.level), share(expected.low), share(expected.high), expected.images, expected.files)}</p>`
    : null;
  return html`<p>${how}</p>${wide}`;
}

function judgedFacts({ scores, isOfObjects }: TrainingMatter, texts: ReportTexts): Html | null {
  if (scores.rows.length === 0) return null;
  return facts(scoreFacts(scores, isOfObjects ? texts.training.objectsAre : texts.training.componentsAre, texts));
}

function lackingText({ scores, lacking }: TrainingMatter, { training }: ReportTexts): Html | null {
  const { length } = scores.rows;
  const said = [
    lacking.maps > 0 ? training.notCompared(lacking.maps, length) : null,
    lacking.parts > 0 ? training.parts(lacking.parts, length) : null,
    lacking.objectParts > 0 ? training.objectParts(lacking.objectParts, length) : null,
  ].filter((text) => text !== null);
  return said.length === 0 ? null : html`${said.map((text) => html`<p class="note">${text}</p>`)}`;
}
