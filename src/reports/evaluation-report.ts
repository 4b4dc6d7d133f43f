import { calibrationSection, sweepSection } from './evaluation-curves';
import type { ComparedFile, EvaluationMatter } from './evaluation-matter';
import { evaluationMethods } from './evaluation-methods';
import type { EvaluationRequest } from './evaluation-request';
import { imageTable, statisticsTable } from './evaluation-tables';
import { interval, moment, share } from './format';
import { type Html, html } from './html';
import { modelFacts, pathOf, trainingFiles, trainingFilesTable } from './model-section';
import { bigNumbers, bullets, closingSections, facts, reportPage, section, table, warnings } from './page';
import { picturesSection } from './pictures';
import { statisticOf } from './statistics';
import type { ReportTexts } from './texts';
import { ENGLISH } from './texts/english';

/** Writes the report of a sequence of compared images as a page that stands alone. @param texts of its language */
export function evaluationReport(request: EvaluationRequest, matter: EvaluationMatter, texts = ENGLISH): string {
  const { evaluation, table: words } = texts;
  const { rows, failed, cards } = { ...request, ...matter };
  const full = rows.filter(({ emptyReference }) => !emptyReference);
  const judged = full.length > 0 ? full : rows;
  const files = new Set(rows.map(({ file }) => file)).size;
  const dice = statisticOf(judged.map(({ file, dice: value }) => ({ file, value })));
  const title = request.title || evaluation.title;
  const learned = learnedFrom(request, matter, evaluation);
  return reportPage(
    evaluation.pageTitle(title),
    html`<header><h1>${title}</h1>
<p class="sub">${evaluation.subtitle(rows.length, files, moment(matter.made))}</p></header>
${warnings([...learned, ...emptyWarning(request, evaluation), ...failedWarning(request, evaluation)])}
${bigNumbers([
  {
    name: 'Dice',
    value: share(dice?.mean),
    note: dice?.interval ? evaluation.level(interval(dice.interval, share, texts.range)) : evaluation.noInterval,
  },
  {
    name: evaluation.imagesHead,
    value: String(rows.length),
    note: full.length < rows.length ? evaluation.withForeground(full.length) : evaluation.ofFiles(files),
  },
  {
    name: words.failed,
    value: String(failed.length),
    note: failed.length > 0 ? evaluation.inNoMean : evaluation.allCompared,
  },
])}
${section(evaluation.compared, comparedFacts(request, evaluation), bullets(request.notes))}
${section(evaluation.numbers, rows.length === 0 ? null : statisticsTable(request, texts))}
${picturesSection(matter.pictures, texts)}
${sweepSection(request, texts)}
${calibrationSection(request, texts)}
${section(evaluation.every, rows.length === 0 ? null : imageTable(request, texts))}
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

function comparedFacts(
  { predicted, truth, surface, surfacesDiffer, models, thresholds }: EvaluationRequest,
  texts: ReportTexts['evaluation'],
): Html {
  const unit = surface?.unit === 'µm' ? 'µm' : texts.pixels(surface?.tolerance ?? 1);
  return facts([
    [texts.judged, texts.judgedImage(predicted)],
    [texts.truth, texts.truthImage(truth || texts.defaultTruth)],
    [texts.models, models.map(({ name, version }) => `${name}@${version}`).join(', ')],
    [texts.masksBy, thresholds.join('; ')],
    [texts.tolerance, surface && `${surface.tolerance} ${unit}${surfacesDiffer ? texts.toleranceDiffers : ''}`],
    [texts.outlines, surface && texts.outlinesAre],
    [texts.objectsMatch, 'IoU 0.5'],
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

function emptyWarning({ rows }: EvaluationRequest, texts: ReportTexts['evaluation']): string[] {
  const empty = rows.filter(({ emptyReference }) => emptyReference);
  if (empty.length === 0) return [];
  const found = empty.filter(({ dice }) => dice === 0).length;
  return [texts.empty(empty.length, rows.length, found)];
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
