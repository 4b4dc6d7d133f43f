import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, SegmenterError, throwIfCancelled } from '../../src/base/errors';
import { announceQuiet } from '../../src/base/long-work';
import type { Outcome, TrialSubject } from '../../src/engines/choosing/trial-memory';
import type { JobProgress } from '../../src/jobs/job-types';
import type { JobContext, JobImplementations } from '../../src/jobs/protocol';
import { serveJobs } from '../../src/jobs/worker/serve-jobs';
import { predictMetrics, trainMetrics } from '../support/job-metrics';
import { HANGING_TRIAL, TOY_TRIALS, type ToyCommand, type ToyTrial } from './toy-jobs';

/** The script of a worker whose jobs do what their command says; `seconds` of a training are the number of its process. */
const notToy = () => Promise.reject(new Error('not a toy'));

const toys: JobImplementations = {
  'list-samples': async () => async (request, context) => {
    const said = await obey(parse(request.raw), context, (done, total) => context.progress({ done, total }));
    return { entries: [], problems: [said] };
  },
  predict: async () => async (input, context) => {
    const command = onDevice(parse(input.model), input.compute.device);
    const said = await obey(command, context, (done, total) => context.progress({ done, total }));
    return {
      probability: input.image,
      model: { name: said, version: '1', uri: 'file:///m', sha256: '' },
      metrics: predictMetrics(),
    };
  },
  train: async () => async (input, context) => {
    const command = onDevice(parse(input.settings.model), input.compute.device);
    const epochs = command.do === 'progress' && command.epochs === true;
    const said = await obey(command, context, (done, total) => context.progress(trainProgress(done, total, epochs)));
    return {
      model: { name: said, version: '1', uri: 'file:///m', sha256: '' },
      metrics: trainMetrics({ notes: input.notes, seconds: process.pid }),
    };
  },
  'publish-training': async () => async () => {
    return {
      model: { name: 'rescued', version: '1', uri: 'file:///m', sha256: '' },
      metrics: trainMetrics({ seconds: process.pid }),
    };
  },
  'list-tables': notToy,
  'offer-files': notToy,
  'adopt-model': notToy,
  'try-backend':
    async () =>
    async (subject, { settings }) =>
      obeyTrial(probeOf(subject), settings.scratchFolder),
  'list-trainings': notToy,
  training: notToy,
  'training-picture': notToy,
  'open-sample': notToy,
  'inspect-file': notToy,
  'browse-folder': notToy,
  'inspect-path':
    async () =>
    async ({ path: place }) => {
      if (!place.startsWith('/dead/')) return { path: place, kind: 'file', size: 1, modified: 0, completeness: null };
      await sleep(2000);
      throw new SegmenterError('timeout', `${place}: looking at it took too long`);
    },
  'disk-space': async () => async () => ({ space: { free: 1, size: 2 } }),
  'watch-folder': notToy,
  'mark-files':
    async () =>
    async ({ places }) => ({ marks: places.map((place) => ({ given: place, place, size: 1, head: '' })) }),
  'folder-events': notToy,
  'note-watched': notToy,
  'list-models': notToy,
  'find-model-file': notToy,
  'change-models': notToy,
  'export-model': notToy,
  'import-model': notToy,
  'merge-masks': notToy,
  'exclude-regions': notToy,
  'list-patches': notToy,
  'pseudo-label': notToy,
  threshold: notToy,
  'rank-objects': notToy,
  evaluate: notToy,
  report: notToy,
  'read-report': notToy,
  'save-image': notToy,
  'keep-images': notToy,
  'check-samples': notToy,
  'apply-decision': notToy,
  'export-review': notToy,
  overlay: notToy,
  'picture-info': notToy,
  picture: notToy,
  'stack-picture': notToy,
};

/** What a trial of a backend does, as the environment says. */
function probeOf({ engine, device, precision }: TrialSubject): ToyTrial {
  const probes = JSON.parse(process.env[TOY_TRIALS] ?? '{}') as Record<string, ToyTrial>;
  const name = `${engine}/${device}`;
  return probes[`${name}/${precision}`] ?? probes[name] ?? 'exit';
}

async function obeyTrial(probe: ToyTrial, folder: string): Promise<Outcome> {
  if (probe === 'exit') {
    console.error('the driver is on fire');
    process.exit(3);
  }
  if (probe === 'hang') {
    await writeFile(path.join(folder, HANGING_TRIAL), String(process.pid));
    block(60_000);
  }
  return probe as Outcome;
}

function onDevice(command: ToyCommand, device: string): ToyCommand {
  return command.do === 'by-device' ? (command.devices[device] ?? command.others) : command;
}

function parse(command: unknown): ToyCommand {
  return JSON.parse(String(command)) as ToyCommand;
}

let leftWorkDone = 0;

async function obey(
  command: ToyCommand,
  { signal, stop, offerSave, afterwards }: Pick<JobContext<'train'>, 'signal' | 'stop' | 'offerSave' | 'afterwards'>,
  progress: (done: number, total: number) => void,
): Promise<string> {
  switch (command.do) {
    case 'echo':
      return command.text;
    case 'big-int':
      return 1n as unknown as string;
    case 'pid':
      return String(process.pid);
    case 'leave-work':
      afterwards?.(async () => {
        await sleep(command.ms);
        leftWorkDone++;
        if (command.fails) throw new Error('left work fails');
      });
      return String(leftWorkDone);
    case 'wait':
      await sleep(command.ms, undefined, { signal });
      return 'waited';
    case 'block':
      progress(0, 1);
      await sleep(20);
      block(command.ms);
      return 'blocked';
    case 'halt':
      progress(0, 1);
      await sleep(20);
      process.kill(process.pid, 'SIGSTOP');
      await sleep(20);
      return 'went on';
    case 'open': {
      progress(0, 1);
      const opening = open(command.path, 'r');
      if (command.after === 'wait') await opening;
      throw new SegmenterError('timeout', `${command.path}: opening took too long`);
    }
    case 'native':
      announceQuiet({ what: 'a long call', limitMs: command.limitMs, device: command.device });
      block(command.ms);
      announceQuiet(null);
      return 'came back';
    case 'fail':
      if (command.how === 'engine') throw new SegmenterError('engine', 'out of memory');
      if (command.how === 'invalid') throw new InvalidInputError('toy.value', 'a positive number', -1);
      throw new TypeError('toys have no wheels');
    case 'exit':
      console.error(command.say);
      process.exit(command.code);
      break;
    case 'progress':
      for (let i = 1; i <= command.times; i++) {
        throwIfCancelled(signal);
        progress(i, command.times);
        await sleep(command.everyMs);
      }
      return 'progressed';
    case 'ignore-stop':
      progress(0, 1);
      await sleep(command.ms);
      return 'ignored';
    case 'by-device':
      throw new Error('a command by device inside another');
    case 'until-stop': {
      let saved = 0;
      offerSave?.(async () => {
        await sleep(50);
        saved++;
      });
      progress(0, 1);
      await Promise.race([
        sleep(command.ms, undefined, { signal }),
        new Promise((resolve) => stop.addEventListener('abort', resolve)),
      ]);
      return `${stop.aborted ? 'best so far' : 'to the end'}${saved > 0 ? `, saved ${saved} times` : ''}`;
    }
  }
}

/** Keeps the event loop from turning, as a long loop over pixels does. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function trainProgress(done: number, total: number, epochEnd: boolean): JobProgress<'train'> {
  const epoch = epochEnd ? done : 0;
  const rest = { step: done, loss: 0, validationDice: null, learningRate: 0, seconds: 0, remaining: 0 };
  return { done, total, epoch, epochEnd, ...rest };
}

serveJobs(toys, (_job, input) => input);
