import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseLines } from './support/real-data-lines';
import { scoreTable, withTable } from './support/score-table';

/** The compiled file lies in dist/bench. */
const README = path.resolve(__dirname, '../../README.md');

/** Writes README's table of scores: `npm run -s bench -- readme FILE...`, files of JSON lines as `real-data-all` makes them. */
function main(files: readonly string[]): void {
  if (files.length === 0) throw new Error('readme: expected one or more files of JSON lines');
  const lines = files.flatMap((file) => parseLines(readFileSync(file, 'utf8'), file));
  if (lines.length === 0) throw new Error(`readme: ${files.join(', ')}: no line of a training`);
  writeFileSync(README, withTable(readFileSync(README, 'utf8'), scoreTable(lines)));
}

main(process.argv.slice(2));
