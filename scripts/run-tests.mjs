// Runs compiled tests: several files at a time, in as many processes, then one by one what needs the machine for itself.
// `node scripts/run-tests.mjs FILE_OR_FOLDER...`; $TEST_JOBS: how many at a time, 1: all in one process.
import { readdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Mocha from 'mocha';
import { root } from './paths.mjs';
import reporters from './reporter.cjs';
import { stop } from './run.mjs';

/** As many as cores, but no more than have the memory that the largest take. */
const JOBS = Number(process.env.TEST_JOBS ?? Math.min(8, os.availableParallelism()));
/** Of a test that hangs: the others beside it, and their processes, take their share of the machine. */
const TIMEOUT_MS = 60_000;
/** What takes longest, so that it is not begun last. */
const FIRST = ['flows', 'jobs', 'regular-expressions', 'formats', 'engines', 'training', 'provenance'];
/** What has a bound for a time, for memory or for how long an event loop is held that other work would break. */
const ALONE = ['jobs/event-loop', 'jobs/leaks', 'jobs/queue/light-and-heavy', 'results/results-log'];

const places = process.argv.slice(2);
const files = places.flatMap(testsBelow);
if (files.length === 0) stop(`test: there are no compiled tests in ${places.join(' ')}`);
const needsAll = (file) => ALONE.some((name) => slashed(file).endsWith(`/${name}.test.js`));
const together = files.filter((file) => !needsAll(file)).sort((a, b) => rankOf(a) - rankOf(b));
const parts = [];
const failures = (await run(together, false)) + (await run(files.filter(needsAll), true));
process.exit(failures > 0 ? 1 : 0);

/** @returns how many tests failed */
async function run(chosen, isAlone) {
  const jobs = isAlone ? 1 : Math.min(JOBS, chosen.length);
  const reporterOptions = { parts, isLast: isAlone };
  const reporter = reporters.PartOfAll;
  const mocha = new Mocha({ timeout: TIMEOUT_MS, parallel: jobs > 1, jobs, reporter, reporterOptions });
  for (const file of chosen) mocha.addFile(file);
  if (jobs <= 1) await mocha.loadFilesAsync();
  return new Promise((resolve) => mocha.run(resolve));
}

function testsBelow(place) {
  const full = path.resolve(root, place);
  const found = statSync(full, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found ? [full] : [];
  const names = readdirSync(full, { recursive: true, encoding: 'utf8' });
  const tests = names.filter((name) => name.endsWith('.test.js')).sort();
  return tests.map((name) => path.join(full, name));
}

function rankOf(file) {
  const rank = FIRST.findIndex((place) => slashed(file).includes(`/test/${place}`));
  return rank < 0 ? FIRST.length : rank;
}

function slashed(file) {
  return file.replaceAll(path.sep, '/');
}
