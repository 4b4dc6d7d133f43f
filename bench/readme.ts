import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseLines } from './support/real-data-lines';
import { scoreTable, withTable } from './support/score-table';

/** The compiled file lies in dist/bench. */
const ROOT = path.resolve(__dirname, '../..');
const README = path.join(ROOT, 'README.md');
/** The lines of the table that README has now. */
const SCORES = path.join(ROOT, 'bench', 'scores', 'readme.jsonl');

/** Writes README's table of scores: `npm run -s bench -- readme [FILE...]`, files of JSON lines as `real-data-all` makes them. */
function main(files: readonly string[]): void {
  const lines = files.flatMap((file) => parseLines(readFileSync(file, 'utf8'), file));
  if (lines.length === 0) throw new Error(`readme: ${files.join(', ')}: no line of a training`);
  writeFileSync(README, withTable(readFileSync(README, 'utf8'), scoreTable(lines)));
}

const given = process.argv.slice(2);
main(given.length > 0 ? given : [SCORES]);
