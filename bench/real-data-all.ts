import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findPython } from './peers/python';
import {
  CONTENDERS,
  type Contender,
  folderOf,
  keyOf,
  parseLine,
  parseLines,
  parseMinutes,
  parseSeed,
  REAL_SETS,
  type Run,
} from './support/real-data-lines';

/** The compiled file lies in dist/bench. */
const TWIN = path.resolve(__dirname, '../../bench/peers/real_data.py');
const OURS = path.join(__dirname, 'real-data.js');

/**
 * Trains on all real sets one after the other, ours and PyTorch with as many minutes, and appends each one's line to a file:
 * `npm run -s bench -- real-data-all FILE MINUTES [SEEDS]`, both with commas. What the file holds already is left out, so
 * it goes on where it was ended; use one file a machine. The environment chooses: `DATASETS` and `CONTENDERS` (ours,
 * pytorch) with commas, `PYTHON`, `THREADS`.
 */
function main([file, minutes, seeds = '0']: readonly string[]): void {
  if (!file || !minutes) throw new Error('real-data-all: expected FILE MINUTES [SEEDS]');
  const { DATASETS = Object.keys(REAL_SETS).join(','), CONTENDERS: who = Object.keys(CONTENDERS).join(',') } =
    process.env;
  const contenders = who.split(',').map(contenderOf);
  const python = contenders.includes('pytorch') ? findPython().command : '';
  const held = existsSync(file) ? parseLines(readFileSync(file, 'utf8'), file) : [];
  const done = new Set(held.map(keyOf));
  for (const run of runsOf(minutes.split(','), seeds.split(','), DATASETS.split(','), contenders)) {
    if (done.has(keyOf(run))) continue;
    console.error(`real-data-all: ${keyOf(run)}`);
    const [command, parameters] = commandOf(run, python);
    const { status, stdout } = spawnSync(command, parameters, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = stdout.split('\n').findLast((text) => text.startsWith('{'));
    if (status !== 0 || !line) {
      console.error(`real-data-all: ${keyOf(run)} failed`);
      process.exitCode = 1;
      continue;
    }
    parseLine(line, keyOf(run));
    appendFileSync(file, `${line}\n`);
  }
}

/** In such an order that what is there after a while compares all sets. */
function runsOf(minutes: string[], seeds: string[], datasets: string[], contenders: Contender[]): Run[] {
  return minutes
    .map(parseMinutes)
    .flatMap((minutes) =>
      seeds
        .map(parseSeed)
        .flatMap((seed) =>
          datasets.flatMap((dataset) =>
            contenders.map((contender) => ({ name: CONTENDERS[contender], dataset, seed, minutes })),
          ),
        ),
    );
}

function commandOf({ name, dataset, seed, minutes }: Run, python: string): [string, string[]] {
  const rest = [String(seed), String(minutes)];
  if (name === CONTENDERS.ours) return [process.execPath, [OURS, dataset, ...rest]];
  return [python, [TWIN, folderOf(dataset), ...rest]];
}

function contenderOf(text: string): Contender {
  const names = Object.keys(CONTENDERS) as Contender[];
  const found = names.find((name) => name === text);
  if (!found) throw new Error(`CONTENDERS: expected ${names.join(' and ')}, got ${text}`);
  return found;
}

main(process.argv.slice(2));
