// Tries every engine and device of this machine and says what works, how quick it is, and what would mend the rest.
// `npm run doctor`; renews what `auto` remembers of this machine. Exit code 0 where at least one works.
//   -- --json            as JSON
//   -- --cache FOLDER    where Node-RED's `segmenter.scratch` is; default: the system's cache folder
import { createRequire } from 'node:module';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, cache: { type: 'string' } },
});

// What programs read is the JSON alone.
if (options.json) console.log = console.error;
await ready();
const load = (module) => createRequire(import.meta.url)(inRoot('dist', 'src', module));
const { createJobHost } = load('jobs/host/job-host.js');
const { isUsable, surveyText } = load('engines/choosing/survey.js');
const { defaultCacheFolder } = load('storage/paths.js');

const scratchFolder = options.cache ?? defaultCacheFolder();
const host = createJobHost({ roots: [], modelsFolder: os.tmpdir(), scratchFolder, scratchQuotaMB: 1 });
if (!options.json) console.log('doctor: trying every engine and device\n');
const survey = await host.survey();
await host.shutdown();
process.stdout.write(`${options.json ? JSON.stringify(survey, null, 2) : surveyText(survey)}\n`);
process.exitCode = isUsable(survey) ? 0 : 1;
