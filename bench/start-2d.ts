import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openEngine } from '../src/engines';
import type { SampleRequest, TrainMetrics, TrainSettings } from '../src/jobs/job-types';
import type { PatchPlan, Sample } from '../src/samples/sample';
import { makeSampleData } from '../src/simulation/make-sample-data';
import { type Bench, withHost } from './support/host';
import { engineOptions, measure, placeOf, report } from './support/measure';

/** The compiled file lies in dist/bench. */
const FLOW = path.resolve(__dirname, '../../examples/flows/quick-start-2d.json');
type FlowNode = { type: string } & Record<string, unknown>;

/** The training of the quick start, with the settings of its flow, from opening the images to the published model. */
async function main(): Promise<void> {
  const flow = JSON.parse(readFileSync(FLOW, 'utf8')) as FlowNode[];
  await withHost(async (bench) => {
    const samples = path.join(bench.folder, 'samples');
    await makeSampleData(samples);
    const runs: TrainMetrics[] = [];
    const work = async () => {
      const data = await openSamples(bench, path.join(samples, 'nuclei2d/train'), patchPlan(flow));
      const result = await bench.host.run('train', {
        samples: data,
        settings: trainSettings(flow),
        compute: bench.compute,
      });
      runs.push(result.metrics);
    };
    const timing = await measure(work, { warmUps: 0, runs: 1 });
    const { validationDice, steps, ended } = runs[0];
    report('start-2d', timing, { ...placeOf(await openEngine(engineOptions())), validationDice, steps, ended });
  });
}

async function openSamples({ host }: Bench, folder: string, patches: PatchPlan): Promise<Sample[]> {
  const request: SampleRequest = {
    raw: path.join(folder, 'raw'),
    seg1: path.join(folder, 'seg'),
    rawChannel: 0,
    seg1Channel: 0,
    seg2Channel: 0,
    scene: null,
    time: null,
  };
  const { entries } = await host.run('list-samples', request);
  const opened = await Promise.all(entries.map((entry) => host.run('open-sample', { entry, request })));
  return opened.flat().flatMap((sample) => ('error' in sample ? [] : [{ ...sample, patches }]));
}

function patchPlan(flow: FlowNode[]): PatchPlan {
  const { sizeZ, sizeY, sizeX, perImage, sampling, overlap, seed } = nodeOf(flow, 'segmenter-patch');
  return { sizeZ: sizeZ === '' ? null : sizeZ, sizeY, sizeX, perImage, sampling, overlap, seed } as PatchPlan;
}

/** What of a train node goes into its settings as it is. */
const AS_THEY_ARE = [
  ...(['model', 'dimensions', 'modelSize', 'levels', 'epochs', 'batchSize', 'learningRate', 'loss'] as const),
  ...(['validation', 'augment', 'tiles', 'seed'] as const),
];

function trainSettings(flow: FlowNode[]): TrainSettings {
  const node = nodeOf(flow, 'segmenter-train');
  const settings = Object.fromEntries(AS_THEY_ARE.map((name) => [name, node[name]]));
  return {
    ...(settings as Pick<TrainSettings, (typeof AS_THEY_ARE)[number]>),
    maxMinutes: Number(node.maxMinutes) || null,
    patience: Number(node.patience) || null,
    startFrom: null,
  };
}

function nodeOf(flow: FlowNode[], type: string): FlowNode {
  const node = flow.find((candidate) => candidate.type === type);
  if (!node) throw new Error(`${FLOW}: expected a node of type ${type}`);
  return node;
}

void main();
