import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, throwIfCancelled } from '../../src/base/errors';
import type { JobProgress } from '../../src/jobs/job-types';
import type { JobContext, JobImplementations } from '../../src/jobs/protocol';
import { serveJobs } from '../../src/jobs/serve-jobs';
import type { ToyCommand } from './toy-jobs';

/** The script of a worker whose jobs do what their command says. */
const notToy = () => Promise.reject(new Error('not a toy'));

const toys: JobImplementations = {
  'list-samples': async () => async (request, context) => {
    const said = await obey(parse(request.raw), context, (done, total) => context.progress({ done, total }));
    return { entries: [], problems: [said] };
  },
  predict: async () => async (input, context) => {
    const said = await obey(parse(input.model), context, (done, total) => context.progress({ done, total }));
    return { probability: input.image, model: { name: said, version: '1', uri: 'file:///m', sha256: '' }, metrics: {} };
  },
  train: async () => async (input, context) => {
    const command = parse(input.settings.model);
    const epochs = command.do === 'progress' && command.epochs === true;
    const said = await obey(command, context, (done, total) => context.progress(trainProgress(done, total, epochs)));
    return { model: { name: said, version: '1', uri: 'file:///m', sha256: '' }, metrics: { pid: process.pid } };
  },
  'publish-training': async () => async () => {
    return { model: { name: 'rescued', version: '1', uri: 'file:///m', sha256: '' }, metrics: { pid: process.pid } };
  },
  'open-sample': notToy,
  'look-into': notToy,
  'merge-masks': notToy,
  'exclude-regions': notToy,
  'list-patches': notToy,
  threshold: notToy,
  evaluate: notToy,
  'save-image': notToy,
  'keep-images': notToy,
  'check-samples': notToy,
  'apply-decision': notToy,
  'export-review': notToy,
  'picture-info': notToy,
  picture: notToy,
  'stack-picture': notToy,
};

function parse(command: unknown): ToyCommand {
  return JSON.parse(String(command)) as ToyCommand;
}

async function obey(
  command: ToyCommand,
  { signal, stop }: Pick<JobContext<'train'>, 'signal' | 'stop'>,
  progress: (done: number, total: number) => void,
): Promise<string> {
  switch (command.do) {
    case 'echo':
      return command.text;
    case 'pid':
      return String(process.pid);
    case 'wait':
      await sleep(command.ms, undefined, { signal });
      return 'waited';
    case 'block':
      progress(0, 1);
      await sleep(20);
      block(command.ms);
      return 'blocked';
    case 'fail':
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
    case 'until-stop':
      progress(0, 1);
      await Promise.race([
        sleep(command.ms, undefined, { signal }),
        new Promise((resolve) => stop.addEventListener('abort', resolve)),
      ]);
      return stop.aborted ? 'best so far' : 'to the end';
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

serveJobs(toys);
