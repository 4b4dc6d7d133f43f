import type { EvaluationRequest, Row } from './evaluation-request';
import { interval, length, share } from './format';
import { type Content, type Html, html } from './html';
import { table } from './page';
import { type Statistic, statisticOf } from './statistics';
import type { ReportTexts } from './texts';

const number = (value: number) => String(Math.round(100 * value) / 100);

/** Rows of the table, the worst of more. */
const MOST_ROWS = 5000;

interface Column {
  name: string;
  /** undefined: the image has none, null: it is infinite */
  value: (row: Row) => number | null | undefined;
  text: (value: number) => string;
  smallerIsBetter?: boolean;
}

/** Too many columns are cut on paper: each image has these in evaluate's CSV. */
const ONLY_IN_NUMBERS = new Set(['PQ', 'Splits', 'Merges', 'Count error (absolute)']);

function columnsOf({ surface, probability }: EvaluationRequest, { numberNames }: ReportTexts): Column[] {
  const unit = surface?.unit === 'µm' ? 'µm' : 'px';
  const columns: (Column | false)[] = [
    { name: 'Dice', value: ({ dice }) => dice, text: share },
    { name: 'IoU', value: ({ iou }) => iou, text: share },
    { name: numberNames.precision, value: ({ precision }) => precision, text: share },
    { name: numberNames.recall, value: ({ recall }) => recall, text: share },
    surface !== null && { name: 'NSD', value: ({ nsd }) => nsd ?? undefined, text: share },
    surface !== null && {
      name: `HD95 (${unit})`,
      value: ({ nsd, hd95 }) => (nsd === null ? undefined : hd95),
      text: length,
      smallerIsBetter: true,
    },
    { name: numberNames.objectAp, value: ({ objectAp }) => objectAp, text: share },
    { name: numberNames.objectApMean, value: ({ objectApMean }) => objectApMean, text: share },
    { name: 'PQ', value: ({ panopticQuality }) => panopticQuality, text: share },
    { name: 'Splits', value: ({ splits }) => splits, text: number, smallerIsBetter: true },
    { name: 'Merges', value: ({ merges }) => merges, text: number, smallerIsBetter: true },
    {
      name: 'Count error (absolute)',
      value: ({ countError }) => Math.abs(countError),
      text: number,
      smallerIsBetter: true,
    },
    probability !== null && { name: 'ECE', value: ({ ece }) => ece ?? undefined, text: share, smallerIsBetter: true },
  ];
  return columns.filter((column) => column !== false);
}

/** Means with their intervals, medians and worst of each number. */
export function statisticsTable(request: EvaluationRequest, texts: ReportTexts): Html {
  const { evaluation, table: words } = texts;
  const { rows } = request;
  const full = rows.filter(({ emptyReference }) => !emptyReference);
  const judged = full.length > 0 ? full : rows;
  const hasEmpty = full.length > 0 && full.length < rows.length;
  const over = (images: readonly Row[], { value, smallerIsBetter }: Column) =>
    statisticOf(
      images.map((row) => ({ file: row.file, value: value(row) })),
      smallerIsBetter,
    );
  const head = [
    ...[words.number, words.mean, words.interval, words.median, words.worst, words.images],
    ...(hasEmpty ? [evaluation.meanWithEmpty] : []),
  ];
  const lines = columnsOf(request, texts).flatMap((column) => {
    const found = over(judged, column);
    if (!found) return [];
    const all = hasEmpty ? [meanText(over(rows, column), column)] : [];
    const images = found.infinite > 0 ? evaluation.infinite(found.images, found.infinite) : found.images;
    return [
      [
        column.name,
        meanText(found, column),
        interval(found.interval, column.text, texts.range),
        column.text(found.median),
        column.text(found.worst),
        images,
        ...all,
      ],
    ];
  });
  return html`${table(head, lines)}<p class="note">${evaluation.tableNote(hasEmpty)}</p>`;
}

function meanText(found: Statistic | null, { text }: Column): string {
  return found ? text(found.mean) : '–';
}

/** A row for each image, the worst first. */
export function imageTable(request: EvaluationRequest, texts: ReportTexts): Html {
  const { evaluation, table: words } = texts;
  const { rows } = request;
  const columns = columnsOf(request, texts).filter(({ name }) => !ONLY_IN_NUMBERS.has(name));
  const sorted = [...rows].sort((a, b) => a.dice - b.dice);
  const shown = sorted.slice(0, MOST_ROWS);
  const cell = (row: Row, { value, text }: Column): Content => {
    const found = value(row);
    return found === undefined ? '–' : found === null ? '∞' : text(found);
  };
  const lines = shown.map((row) => [
    html`${row.id}${row.emptyReference ? html` <span class="note">${evaluation.truthEmpty}</span>` : null}`,
    ...columns.map((column) => cell(row, column)),
  ]);
  const left = sorted.length - shown.length;
  return html`<p class="note">${evaluation.lowestFirst(shown.length, left)}</p>
${table([words.image, ...columns.map(({ name }) => name)], lines)}`;
}
