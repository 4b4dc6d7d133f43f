import { interval, length, share } from './format';
import { type Content, type Html, html } from './html';
import { table } from './page';
import { judgedRows, type ScoredImages, type ScoreRow } from './scored-images';
import { type Statistic, statisticOf } from './statistics';
import type { ReportTexts } from './texts';

const number = (value: number) => String(Math.round(100 * value) / 100);

/** Rows of the table, the worst of more. */
const MOST_ROWS = 5000;

/** A number that images have. */
interface Column {
  name: string;
  /** undefined: the image has none, null: it is infinite */
  value: (row: ScoreRow) => number | null | undefined;
  text: (value: number) => string;
  smallerIsBetter?: boolean;
  /** it has a mean and no column in the table of images: too many are cut on paper */
  onlyInNumbers?: boolean;
  /** it has a column and no mean */
  onlyOfImages?: boolean;
}

/** The numbers of every report, in its order; those that no image has are left out. */
function columnsOf({ rows, surface }: ScoredImages, { numberNames }: ReportTexts): Column[] {
  const unit = surface?.unit === 'µm' ? 'µm' : 'px';
  const columns: Column[] = [
    { name: 'Dice', value: ({ dice }) => dice, text: share },
    { name: 'IoU', value: ({ iou }) => iou, text: share },
    { name: numberNames.precision, value: ({ precision }) => precision, text: share },
    { name: numberNames.recall, value: ({ recall }) => recall, text: share },
    { name: 'NSD', value: ({ nsd }) => nsd ?? undefined, text: share },
    {
      name: `HD95 (${unit})`,
      value: ({ nsd, hd95 }) => (nsd === null ? undefined : hd95),
      text: length,
      smallerIsBetter: true,
    },
    { name: numberNames.objectAp, value: ({ objectAp }) => objectAp ?? undefined, text: share },
    { name: numberNames.objectApMean, value: ({ objectApMean }) => objectApMean ?? undefined, text: share },
    { name: 'PQ', value: ({ panopticQuality }) => panopticQuality ?? undefined, text: share, onlyInNumbers: true },
    {
      ...{ name: numberNames.splits, value: ({ splits }) => splits ?? undefined, text: number },
      ...{ smallerIsBetter: true, onlyInNumbers: true },
    },
    {
      ...{ name: numberNames.merges, value: ({ merges }) => merges ?? undefined, text: number },
      ...{ smallerIsBetter: true, onlyInNumbers: true },
    },
    {
      name: numberNames.countError,
      value: ({ countError }) => (countError === null ? undefined : Math.abs(countError)),
      text: number,
      ...{ smallerIsBetter: true, onlyInNumbers: true },
    },
    { name: 'ECE', value: ({ ece }) => ece ?? undefined, text: share, smallerIsBetter: true },
    {
      ...{ name: numberNames.threshold, value: ({ threshold }) => threshold, text: (value) => value.toFixed(2) },
      onlyOfImages: true,
    },
  ];
  return columns.filter(({ value }) => rows.some((row) => value(row) !== undefined));
}

/** Means with their intervals, medians and worst of each number. @param others where each image's numbers are that have no column */
export function statisticsTable(images: ScoredImages, others: string, texts: ReportTexts): Html {
  const { scores, table: words } = texts;
  const { rows } = images;
  const judged = judgedRows(rows);
  const hasEmpty = judged.length < rows.length;
  const over = (of: readonly ScoreRow[], { value, smallerIsBetter }: Column) =>
    statisticOf(
      of.map((row) => ({ file: row.file, value: value(row) })),
      smallerIsBetter,
    );
  const head = [
    ...[words.number, words.mean, words.interval, words.median, words.worst, words.images],
    ...(hasEmpty ? [scores.meanWithEmpty] : []),
  ];
  const columns = columnsOf(images, texts);
  const lines = columns.flatMap((column) => {
    if (column.onlyOfImages) return [];
    const found = over(judged, column);
    if (!found) return [];
    const all = hasEmpty ? [meanText(over(rows, column), column)] : [];
    const count = found.infinite > 0 ? scores.infinite(found.images, found.infinite) : found.images;
    return [
      [
        column.name,
        meanText(found, column),
        interval(found.interval, column.text, texts.range),
        column.text(found.median),
        column.text(found.worst),
        count,
        ...all,
      ],
    ];
  });
  const only = columns.filter(({ onlyInNumbers }) => onlyInNumbers).map(({ name }) => name);
  const onlyHere = only.length > 0 ? ` ${scores.onlyHere(only.join(', '))} ${others}` : '';
  return html`${table(head, lines)}<p class="note">${scores.tableNote(hasEmpty)}${onlyHere}</p>`;
}

function meanText(found: Statistic | null, { text }: Column): string {
  return found ? text(found.mean) : '–';
}

/** Makes a row for each image, the lowest Dice first. @param others where those are that it has no room for */
export function imageTable(images: ScoredImages, others: string, texts: ReportTexts): Html {
  const { scores, table: words } = texts;
  const { rows } = images;
  const columns = columnsOf(images, texts).filter(({ onlyInNumbers }) => !onlyInNumbers);
  const sorted = [...rows].sort((a, b) => a.dice - b.dice);
  const shown = sorted.slice(0, MOST_ROWS);
  const cell = (row: ScoreRow, { value, text }: Column): Content => {
    const found = value(row);
    return found === undefined ? '–' : found === null ? '∞' : text(found);
  };
  const lines = shown.map((row) => [
    html`${row.id}${row.emptyReference ? html` <span class="note">${scores.truthEmpty}</span>` : null}`,
    ...columns.map((column) => cell(row, column)),
  ]);
  const left = sorted.length - shown.length;
  return html`<p class="note">${scores.lowestFirst}${left > 0 ? ` ${scores.onlyLowest(shown.length, left)} ${others}` : ''}</p>
${table([words.image, ...columns.map(({ name }) => name)], lines)}`;
}
