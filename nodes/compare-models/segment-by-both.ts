import type { JobInput, JobOutput } from '../../src/jobs/job-types';
import type { ModelReference } from '../../src/models/card';
import type { ModelRequest } from '../../src/models/wanted';
import { type Sample, truthRole } from '../../src/samples/sample';
import { type Step, withStep } from '../../src/samples/steps';
import type { ComparedImage } from '../../src/trust/comparison';
import { imageOf, readSample } from '../sample-message';
import { modelRequest, placeOf } from '../typed-property';
import type { Work } from '../work';
import type { CompareModelsSettings } from './settings';

/** As nodes have it where nobody sets anything. */
const OVERLAP = 0.25;
const THRESHOLD = {
  ...{ method: 'model' as const, value: 0.5, minSize: 0, fillHoles: false, label: false },
  connectivity: 'faces' as const,
};

/** A sample, segmented by two models. */
export interface Both {
  models: { first: ModelReference; second: ModelReference };
  compared: ComparedImage;
  /** `mask` of the second, `seg2` of the first */
  sample: Sample;
  /** of the second; `dice` is that of the two masks */
  metrics: Record<string, unknown>;
}

interface Segmented {
  predicted: JobOutput<'predict'>;
  found: JobOutput<'threshold'>;
  dice: number | null;
  steps: Array<Omit<Step, 'node' | 'at'>>;
}

/** Segments the image of a message by both models, with the threshold of each, and compares what they found. */
export async function segmentByBoth(work: Work<CompareModelsSettings>): Promise<Both> {
  const sample = readSample(work.msg);
  const name = modelRequest(await work.value('model'), placeOf(work.property('model')));
  const other = await work.value('challenger');
  const first = await segment(work, sample, name);
  const newest = `${first.predicted.model.name}@latest`;
  const isBlank = other === undefined || other === '';
  const second = await segment(
    work,
    sample,
    isBlank ? newest : modelRequest(other, placeOf(work.property('challenger'))),
  );
  const [mask, before] = [second.found.mask, first.found.mask];
  const between = await work.run('evaluate', { predicted: mask, truth: before, weight: null });
  const steps = second.steps.reduce((all, step) => withStep(all, made(work, step)), [...(sample.steps ?? [])]);
  return {
    models: { first: first.predicted.model, second: second.predicted.model },
    compared: {
      ...{ id: sample.id, file: sample.raw.uri, overlap: between.dice },
      ...{ first: foundBy(first), second: foundBy(second) },
    },
    sample: { ...sample, probability: second.predicted.probability, mask, seg2: before, steps },
    metrics: { ...second.predicted.metrics, ...second.found.metrics, dice: between.dice },
  };
}

function foundBy({ found, dice }: Segmented): ComparedImage['first'] {
  const { objects, foreground } = found.metrics;
  return { dice, objects: objects.total, foreground };
}

async function segment(work: Work<CompareModelsSettings>, sample: Sample, request: ModelRequest): Promise<Segmented> {
  const { compute } = work;
  const asked: Omit<JobInput<'predict'>, 'image' | 'model'> = { overlap: OVERLAP, compute };
  const predicted = await work.run('predict', { image: sample.raw, model: request, ...asked });
  const { model, probability, metrics } = predicted;
  for (const warning of metrics.warnings) work.warnOnce(warning);
  const thresholded = { settings: THRESHOLD, model };
  const found = await work.run('threshold', { image: probability, ...thresholded, raw: null, id: sample.id });
  const { engine, device, threads, seconds } = metrics;
  return {
    ...{ predicted, found, dice: await diceOf(work, sample, found.mask) },
    steps: [
      {
        ...{ job: 'predict', from: 'raw', makes: ['probability'], input: { model, ...asked } },
        computed: { engine, device, threads, seconds },
      },
      { job: 'threshold', from: 'probability', makes: ['mask'], input: thresholded },
    ],
  };
}

/** null where the sample has no truth */
async function diceOf(work: Work<CompareModelsSettings>, sample: Sample, mask: Sample['raw']): Promise<number | null> {
  const { truth } = work.settings;
  const role = truth || truthRole(sample);
  if (!truth && !sample[role as keyof Sample]) return null;
  const { weight = null } = sample;
  const metrics = await work.run('evaluate', { predicted: mask, truth: imageOf(sample, role), weight });
  return metrics.dice;
}

function made({ node: { id, type, name = '' } }: Work<CompareModelsSettings>, step: Omit<Step, 'node' | 'at'>): Step {
  return { ...step, node: { id, type, name }, at: new Date().toISOString() };
}
