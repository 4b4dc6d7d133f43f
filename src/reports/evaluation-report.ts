import { LIMITS } from './definitions';
import { calibrationSection, sweepSection } from './evaluation-curves';
import type { ComparedFile, EvaluationMatter } from './evaluation-matter';
import { evaluationMethods } from './evaluation-methods';
import type { EvaluationRequest } from './evaluation-request';
import { imageTable, statisticsTable } from './evaluation-tables';
import { count, interval, moment, share } from './format';
import { type Html, html } from './html';
import { modelFacts, pathOf, trainingFiles, trainingFilesTable } from './model-section';
import { bigNumbers, bullets, closingSections, facts, reportPage, section, table, warnings } from './page';
import { picturesSection } from './pictures';
import { statisticOf } from './statistics';

/** Writes the report of a sequence of compared images as a page that stands alone. */
export function evaluationReport(request: EvaluationRequest, matter: EvaluationMatter): string {
  const { rows, failed, cards } = { ...request, ...matter };
  const full = rows.filter(({ emptyReference }) => !emptyReference);
  const judged = full.length > 0 ? full : rows;
  const files = new Set(rows.map(({ file }) => file)).size;
  const dice = statisticOf(judged.map(({ file, dice: value }) => ({ file, value })));
  const title = request.title || 'Segmentation compared with the truth';
  const learned = learnedFrom(request, matter);
  return reportPage(
    `${title}: report`,
    html`<header><h1>${title}</h1>
<p class="sub">${count(rows.length, 'image')} of ${count(files, 'file')} compared with the truth · ${moment(matter.made)}</p></header>
${warnings([...learned, ...emptyWarning(request), ...failedWarning(request)])}
${bigNumbers([
  {
    name: 'Dice',
    value: share(dice?.mean),
    note: dice?.interval ? `95 %: ${interval(dice.interval, share)}` : 'one file: no interval',
  },
  {
    name: 'Images',
    value: String(rows.length),
    note: full.length < rows.length ? `${full.length} with foreground` : `of ${count(files, 'file')}`,
  },
  {
    name: 'Failed',
    value: String(failed.length),
    note: failed.length > 0 ? 'in no mean, listed below' : 'all were compared',
  },
])}
${section('What was compared', comparedFacts(request), bullets(request.notes))}
${section('In numbers', rows.length === 0 ? null : statisticsTable(request))}
${picturesSection(matter.pictures)}
${sweepSection(request)}
${calibrationSection(request)}
${section('Every image', rows.length === 0 ? null : imageTable(request))}
${section(
  'Failed',
  failed.length === 0
    ? null
    : table(
        ['Image', 'Node', 'Why'],
        failed.map(({ id, node, message }) => [id, node, message]),
        'text',
      ),
)}
${cards.map((card) => section(`The model ${card.name}@${card.version}`, modelFacts(card, matter.defaults), html`<h3>Trained on</h3>`, trainingFilesTable(trainingFiles(card))))}
${closingSections(LIMITS, evaluationMethods(request, matter), matter.software)}
${section('Compared files', filesTable(matter.files, rows.length))}`,
  );
}

function comparedFacts({ predicted, truth, surface, surfacesDiffer, models, thresholds }: EvaluationRequest): Html {
  const unit = surface?.unit === 'µm' ? 'µm' : surface?.tolerance === 1 ? 'pixel' : 'pixels';
  return facts([
    ['Judged', html`the image <code>${predicted}</code> of each sample`],
    ['Truth', html`the image <code>${truth}</code>`],
    ['Models', models.map(({ name, version }) => `${name}@${version}`).join(', ')],
    ['Masks were made by', thresholds.join('; ')],
    [
      'Tolerance of the NSD',
      surface &&
        `${surface.tolerance} ${unit}${surfacesDiffer ? ' for the first image; others differ, as their pixel size does' : ''}`,
    ],
    ['Outlines', surface && 'foreground pixels with a background neighbour over an edge (a face in stacks)'],
    ['Objects match from', 'IoU 0.5'],
  ]);
}

/** Scores of what a model has learned from tell nothing of new images. */
function learnedFrom({ rows }: EvaluationRequest, { cards, files }: EvaluationMatter): string[] {
  return cards.flatMap((card) => {
    const learned = trainingFiles(card).filter(({ split }) => split === 'train' || split === 'fold');
    const uris = new Set(learned.flatMap(({ uri }) => uri ?? []));
    const hashes = new Set(learned.flatMap(({ rawSha256 }) => rawSha256 ?? []));
    const byHash = new Set(
      files.filter(({ raw }) => raw.sha256 !== null && hashes.has(raw.sha256)).map(({ id }) => id),
    );
    const n = rows.filter(({ id, file }) => uris.has(file) || byHash.has(id)).length;
    if (n === 0) return [];
    return [
      `${n} of ${count(rows.length, 'image')} compared here are of files that the model ${card.name}@${card.version} was trained with: for these the numbers say how well it remembers, not how well it will do on new images.`,
    ];
  });
}

function emptyWarning({ rows }: EvaluationRequest): string[] {
  const empty = rows.filter(({ emptyReference }) => emptyReference);
  if (empty.length === 0) return [];
  const found = empty.filter(({ dice }) => dice === 0).length;
  return [
    `The truth of ${empty.length} of ${count(rows.length, 'image')} is empty, and in ${found} of these something was found. The means are over the other images.`,
  ];
}

function failedWarning({ failed }: EvaluationRequest): string[] {
  if (failed.length === 0) return [];
  return [
    `${count(failed.length, 'image')} could not be compared and ${failed.length === 1 ? 'is' : 'are'} in no mean: a good mean with failures is no good result.`,
  ];
}

function filesTable(files: readonly ComparedFile[], images: number): Html | null {
  if (files.length === 0) return null;
  const side = ({ uri, sha256 }: ComparedFile['raw']) =>
    html`${pathOf(uri)}<br><span class="hash">${sha256 ?? 'not hashed'}</span>`;
  return html`<p class="note">Each file with its SHA-256 (of the pixels for sets of files and OME-Zarr). Not hashed: files beyond the first gigabyte${files.length < images ? `; ${images - files.length} more images are not listed` : ''}.</p>
${table(
  ['Image', 'Raw', 'Truth'],
  files.map(({ id, raw, truth }) => [id, side(raw), side(truth)]),
  'text',
)}`;
}
