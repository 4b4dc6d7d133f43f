import train = require('../../nodes/train/train');

import type { JobOutput, JobRunOptions, TrainProgress } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { trainMetrics } from '../support/job-metrics';
import { FakeHost, untilCancelled } from './fake-host';
import { image, type NodeUnderTest, sample, startFlow } from './run-node';

export const model = { name: 'nuclei', version: 'v1', uri: 'file:///models/nuclei/v1', sha256: 'ab' };
export const result: JobOutput<'train'> = { model, metrics: trainMetrics() };
export const good = (id: string, rest: Partial<Sample> = {}) => sample(id, { seg1: image(`${id}-seg1`), ...rest });
export const part = (index: number, count: number) => ({ id: 'q', index, count });
export const config = { model: 'nuclei', epochs: '3' };

export function progress(epoch: number, validationDice: number | null = null): TrainProgress {
  return {
    done: epoch,
    total: 3,
    epoch,
    step: 8 * epoch,
    loss: 0.5,
    validationDice,
    learningRate: 1e-3,
    seconds: 1,
    remaining: 2,
  };
}

/** A host whose trainings end when the test says. */
export function held() {
  const runs: Array<{ options: JobRunOptions<'train'>; finish: (output: JobOutput<'train'>) => void }> = [];
  const host = new FakeHost().on('train', (_, options) =>
    Promise.race([
      new Promise<JobOutput<'train'>>((finish) => runs.push({ options, finish })),
      untilCancelled(options.signal),
    ]),
  );
  return { host, runs };
}

/** A train node in Node-RED. @param file other than the node's own, with routes for example */
export function startTrain(host: FakeHost, settings: object = config, file = train): Promise<NodeUnderTest> {
  return startFlow({ file, type: 'segmenter-train', config: settings, access: host.access(), outputs: 2 });
}
