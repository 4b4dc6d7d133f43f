import type { ComparedFile, EvaluationMatter } from './evaluation-matter';
import { evaluationMethods } from './evaluation-methods';
import type { EvaluationRequest } from './evaluation-request';
import { interval, moment, share } from './format';
import { type Html, html } from './html';
import { modelFacts, pathOf, trainingFiles, trainingFilesTable } from './model-section';
import { bigNumbers, bullets, closingSections, facts, reportPage, section, table, warnings } from './page';
import { picturesSection } from './pictures';
import { calibrationSection, sweepSection } from './score-curves';
import { imageTable, statisticsTable } from './score-tables';
import { emptyWarning, scoreFacts } from './score-words';
import { judgedRows } from './scored-images';
import { statisticOf } from './statistics';
import type { ReportTexts } from './texts';
import { ENGLISH } from './texts/english';

/** Writes the report of a sequence of compared images as a page that stands alone. @param texts of its language */
export function evaluationReport(request: EvaluationRequest, matter: EvaluationMatter, texts = ENGLISH): string {
  const { evaluation, table: words } = texts;
  const { rows, failed, cards } = { ...request, ...matter };
  const judged = judgedRows(rows);
  const full = rows.filter(({ emptyReference }) => !emptyReference).length;
  const files = new Set(rows.map(({ file }) => file)).size;
  const dice = statisticOf(judged.map(({ file, dice: value }) => ({ file, value })));
  const title = request.title || evaluation.title;
  const learned = learnedFrom(request, matter, evaluation);
  return reportPage(
    evaluation.pageTitle(title),
    html`<header><h1>${title}</h1>
<p class="sub">${evaluation.subtitle(rows.length, files, moment(matter.made))}</p></header>
${warnings([...learned, ...emptyWarning(rows, texts), ...failedWarning(request, evaluation)])}
${bigNumbers([
  {
    name: 'Dice',
    value: share(dice?.mean),
    note: dice?.interval ? evaluation.level(interval(dice.interval, share, texts.range)) : evaluation.noInterval,
  },
  {
    name: evaluation.imagesHead,
    value: String(rows.length),
    note: full < rows.length ? evaluation.withForeground(full) : evaluation.ofFiles(files),
  },
  {
    name: words.failed,
    value: String(failed.length),
    note: failed.length > 0 ? evaluation.inNoMean : evaluation.allCompared,
  },
])}
${section(evaluation.compared, comparedFacts(request, texts), bullets(request.notes))}
${section(texts.scores.numbers, rows.length === 0 ? null : statisticsTable(request, evaluation.inCsv, texts))}
${picturesSection(matter.pictures, texts)}
${sweepSection(request, texts)}
${calibrationSection(request, texts)}
${section(texts.scores.every, rows.length === 0 ? null : imageTable(request, evaluation.inCsv, texts))}
${section(
  words.failed,
  failed.length === 0
    ? null
    : table(
        [words.image, evaluation.node, words.why],
        failed.map(({ id, node, message }) => [id, node, message]),
        'text',
      ),
)}
${cards.map((card) => section(evaluation.model(`${card.name}@${card.version}`), modelFacts(card, matter.defaults, texts), html`<h3>${texts.training.trainedOn}</h3>`, trainingFilesTable(trainingFiles(card), texts)))}
${closingSections(texts, { limits: texts.limits, methods: evaluationMethods(request, matter), software: matter.software })}
${section(evaluation.files, filesTable(matter.files, rows.length, texts))}`,
    texts.language,
  );
}

function comparedFacts(request: EvaluationRequest, texts: ReportTexts): Html {
  const { predicted, truth, models, thresholds } = request;
  const { evaluation, scores } = texts;
  return facts([
    [evaluation.judged, evaluation.judgedImage(predicted)],
    [evaluation.truth, evaluation.truthImage(truth || evaluation.defaultTruth)],
    [evaluation.models, models.map(({ name, version }) => `${name}@${version}`).join(', ')],
    [evaluation.masksBy, thresholds.join('; ')],
    ...scoreFacts(request, predicted === 'labels' ? scores.objectsLabels : scores.objectsAre, texts),
  ]);
}

/** Scores of what a model has learned from tell nothing of new images. */
function learnedFrom(
  { rows }: EvaluationRequest,
  { cards, files }: EvaluationMatter,
  texts: ReportTexts['evaluation'],
): string[] {
  return cards.flatMap((card) => {
    const learned = trainingFiles(card).filter(({ split }) => split === 'train' || split === 'fold');
    const uris = new Set(learned.flatMap(({ uri }) => uri ?? []));
    const hashes = new Set(learned.flatMap(({ rawSha256 }) => rawSha256 ?? []));
    const byHash = new Set(
      files.filter(({ raw }) => raw.sha256 !== null && hashes.has(raw.sha256)).map(({ id }) => id),
    );
    const n = rows.filter(({ id, file }) => uris.has(file) || byHash.has(id)).length;
    if (n === 0) return [];
    return [texts.learned(n, rows.length, `${card.name}@${card.version}`)];
  });
}

function failedWarning({ failed }: EvaluationRequest, texts: ReportTexts['evaluation']): string[] {
  return failed.length === 0 ? [] : [texts.failed(failed.length)];
}

function filesTable(files: readonly ComparedFile[], images: number, texts: ReportTexts): Html | null {
  const { evaluation } = texts;
  if (files.length === 0) return null;
  const side = ({ uri, sha256 }: ComparedFile['raw']) =>
    html`${pathOf(uri)}<br><span class="hash">${sha256 ?? evaluation.notHashed}</span>`;
  return html`<p class="note">${evaluation.filesNote(images - files.length)}</p>
${table(
  [texts.table.image, evaluation.raw, evaluation.truth],
  files.map(({ id, raw, truth }) => [id, side(raw), side(truth)]),
  'text',
)}`;
}
