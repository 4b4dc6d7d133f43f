import { CONTENDERS, isInside, keyOf, REAL_SETS, type RealDataLine } from './real-data-lines';

const HEADER = [
  'images',
  "Otsu's threshold alone",
  'minutes',
  'processor, threads',
  'Dice',
  'object AP',
  'expected Dice',
  'PyTorch: Dice',
  'object AP',
];
/** Between these the table stands in a document. */
export const MARKS = { start: '<!-- scores: npm run -s bench -- readme -->', end: '<!-- end of scores -->' };

/**
 * Makes the table of scores: a row for each set, number of minutes and machine, ours beside PyTorch, each score a mean over
 * the seeds with the lowest and highest. Of runs that stand there twice on one machine the last counts.
 * @returns Markdown, without a newline at its end
 */
export function scoreTable(lines: readonly RealDataLine[]): string {
  const latest = new Map(lines.map((line) => [`${keyOf(line)} ${line.cpu} ${line.threads}`, line]));
  const rows = new Map<string, RealDataLine[]>();
  for (const line of [...latest.values()].sort(byRow)) {
    const key = [line.dataset, line.minutes, line.cpu, line.threads].join('\n');
    rows.set(key, [...(rows.get(key) ?? []), line]);
  }
  const cells = [HEADER, HEADER.map(() => '---'), ...[...rows.values()].map(rowOf)];
  return cells.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/**
 * Puts a table between the marks of a document.
 * @throws Error where the marks are not there once each, in their order
 */
export function withTable(document: string, table: string): string {
  const [before, ...after] = document.split(MARKS.start);
  const [, ...rest] = after[0]?.split(MARKS.end) ?? [];
  if (after.length !== 1 || rest.length !== 1) throw new Error(`expected ${MARKS.start} and ${MARKS.end}, once each`);
  return [before, MARKS.start, '\n\n', table, '\n\n', MARKS.end, rest[0]].join('');
}

function byRow(a: RealDataLine, b: RealDataLine): number {
  const order = Object.keys(REAL_SETS);
  const place = ({ dataset }: RealDataLine) => (order.includes(dataset) ? order.indexOf(dataset) : order.length);
  return place(a) - place(b) || a.minutes - b.minutes || a.cpu.localeCompare(b.cpu) || a.threads - b.threads;
}

/** @param lines of one row */
function rowOf(lines: readonly RealDataLine[]): string[] {
  const [{ dataset, minutes, cpu, threads }] = lines;
  const { title = dataset, otsu = null } = REAL_SETS[dataset] ?? {};
  const of = (name: string) => lines.filter((line) => line.name === name);
  const [ours, pytorch] = [of(CONTENDERS.ours), of(CONTENDERS.pytorch)];
  return [
    ...[title, otsu === null ? '' : String(otsu), String(minutes), `${cpu}, ${threads}`],
    ...[scores(ours, 'dice'), scores(ours, 'objectAp'), expectedOf(ours)],
    ...[scores(pytorch, 'dice'), scores(pytorch, 'objectAp')],
  ];
}

/** The mean over the seeds, and where there are several their range and number. */
function scores(lines: readonly RealDataLine[], score: 'dice' | 'objectAp'): string {
  if (lines.length === 0) return '';
  const values = lines.map(({ mean }) => mean[score]);
  const mean = meanOf(values).toFixed(3);
  if (values.length === 1) return mean;
  return `${mean} (${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}, ${values.length} seeds)`;
}

/** What the cards expect, in the mean, and in how many runs the score lies within. */
function expectedOf(lines: readonly RealDataLine[]): string {
  const expected = lines.flatMap((line) => line.expected ?? []);
  if (expected.length === 0) return '';
  const [dice, low, high] = (['dice', 'low', 'high'] as const).map((part) =>
    meanOf(expected.map((one) => one[part])).toFixed(3),
  );
  const inside = lines.filter(isInside).length;
  return `${dice} (${low} to ${high}), within in ${inside} of ${expected.length}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
