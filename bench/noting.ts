import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ResultsLog } from '../src/results/results-log';
import { Counts, MOST_IMAGES } from '../src/stage/counts';
import { report } from './support/measure';

const WRITTEN = 5;
const SAMPLES = 2000;

/**
 * What Node-RED is held for where nodes note what passed, the longest of some times: as text all images that `enough` knows again
 * (written at most every 5 s), and one sample in the log of results. `npm run -s bench -- noting`.
 */
async function main(): Promise<void> {
  const pairs = Float64Array.from({ length: 2 * MOST_IMAGES }, (_, i) => 3 * i);
  const known = Buffer.from(pairs.buffer).toString('base64');
  const counts = new Counts({ runs: [{ run: 'r', sum: MOST_IMAGES, images: MOST_IMAGES, known, told: null }] });
  const longest = longestOf(WRITTEN, (i) => {
    counts.add('r', `image ${i}`, 1, Number.MAX_SAFE_INTEGER);
    JSON.stringify(counts.kept());
  });
  report('noting', { seconds: longest }, { what: 'counts', images: MOST_IMAGES });

  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-noting-'));
  try {
    const log = new ResultsLog({ folder });
    const node = { id: 'n', type: 'segmenter-evaluate', name: 'Evaluate', flow: 'Flow' };
    const rest = { sequence: 'q', node, images: {}, metrics: { dice: 0.5 }, failed: null };
    const seconds = longestOf(SAMPLES, (i) => log.note({ ...rest, sample: `s${i}` }));
    await log.idle();
    report('noting', { seconds }, { what: 'results', samples: SAMPLES });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds of the longest of `times` calls. */
function longestOf(times: number, work: (i: number) => void): number {
  let longest = 0;
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    work(i);
    longest = Math.max(longest, performance.now() - begin);
  }
  return longest / 1000;
}

void main();
