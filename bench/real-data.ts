import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TrainMetrics } from '../src/jobs/job-types';
import type { ModelCard, ModelReference } from '../src/models/card';
import { toPath } from '../src/storage/paths';
import { NodeRedProcess } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { report } from './support/measure';
import { CONTENDERS, folderOf, isInside, parseEpochs, parseMinutes, parseSeed } from './support/real-data-lines';
import { type SequenceScores, scoresOf, sentBy } from './support/real-data-scores';

/** Beside the minutes of the training: preparing, and predicting the test images. */
const SECONDS_AROUND = 3600;

/**
 * Trains on the real images of `train/` with the nodes' defaults and a number of minutes, nothing else set, and scores those
 * of `test/`, through the nodes in a real Node-RED: `npm run -s bench -- real-data DATASET [SEED] [MINUTES] [EPOCHS]`. With
 * epochs, and minutes that have room for them, what comes of it depends on no clock. THREADS in the environment sets the threads
 * (physical cores).
 */
async function main(): Promise<void> {
  const [dataset, seedText = '0', minutesText = '5', epochs] = process.argv.slice(2);
  const [seed, minutes] = [parseSeed(seedText), parseMinutes(minutesText)];
  const source = folderOf(dataset);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-real-'));
  const folder = path.join(userDir, 'data');
  // the nodes read inside their allowed folders only
  cpSync(source, folder, { recursive: true });
  const nodeRed = await NodeRedProcess.start(userDir, {});
  try {
    await nodeRed.deploy(flowOf(folder, { seed, maxMinutes: minutes, ...(epochs && { epochs: parseEpochs(epochs) }) }));
    const begin = performance.now();
    await nodeRed.inject('start-node');
    const [trained] = await nodeRed.until('the model', sentBy('train-node', 0), {
      seconds: 60 * minutes + SECONDS_AROUND,
    });
    const around = { wallSeconds: Math.round((performance.now() - begin) / 100) / 10, load: os.loadavg()[0] };
    await nodeRed.until('the scores', sentBy('evaluate-node', 1), { seconds: SECONDS_AROUND });
    const training = trained.msg.metrics as TrainMetrics;
    const model = modelOf(trained.msg.model as ModelReference);
    const scores = scoresOf(nodeRed.events);
    const asked = { dataset, seed, minutes, threads: training.threads };
    const details = { ...asked, ...scores, ...expectation(model, scores), ...around, training, model };
    report(CONTENDERS.ours, { seconds: training.seconds }, details);
  } finally {
    await nodeRed.stop();
    rmSync(userDir, { recursive: true, force: true });
  }
}

/** Nothing is set but where the images lie, the model's name, the minutes, the seed and the threads, and epochs where asked. */
function flowOf(folder: string, length: { seed: number; maxMinutes: number; epochs?: number }) {
  const images = (split: string, truth: string) => ({
    ...{ raw: path.join(folder, split, 'raw'), rawType: 'str', seg1: path.join(folder, split, truth), seg1Type: 'str' },
  });
  // the same pixels as in seg, with the objects told apart
  const truth = existsSync(path.join(folder, 'test', 'instances')) ? 'instances' : 'seg';
  const compute = { compute: 'compute-node' };
  return [
    ...flowStart('real data', 'training-node'),
    { id: 'compute-node', type: 'segmenter-compute', threads: Number(process.env.THREADS ?? 0) },
    flowNode('training-node', 'segmenter-load-image', images('train', 'seg'), [['train-node']]),
    flowNode('train-node', 'segmenter-train', { model: 'real', modelType: 'str', ...length, ...compute }, [
      ['tests-node'],
      [],
    ]),
    flowNode('tests-node', 'segmenter-load-image', images('test', truth), [['predict-node']]),
    flowNode('predict-node', 'segmenter-predict', compute, [['threshold-node']]),
    flowNode('threshold-node', 'segmenter-threshold', {}, [['evaluate-node']]),
    // what goes to no wire is not sent
    flowNode('evaluate-node', 'segmenter-evaluate', {}, [['image-node'], ['scores-node']]),
    flowNode('image-node', 'debug', { active: false }, []),
    flowNode('scores-node', 'debug', { active: false }, []),
  ];
}

const TOLD = [
  ...(['architecture', 'patch', 'divisor', 'tiles', 'norms', 'mirror'] as const),
  ...(['threshold', 'calibration', 'expected', 'selection'] as const),
] satisfies (keyof ModelCard)[];
type Model = Pick<ModelCard, (typeof TOLD)[number]>;

/** What of the published card tells how it was trained and what it expects. */
function modelOf({ uri }: ModelReference): Model {
  const card = JSON.parse(readFileSync(path.join(toPath(uri), 'model.json'), 'utf8')) as ModelCard;
  return Object.fromEntries(TOLD.map((name) => [name, card[name]])) as Model;
}

function expectation({ expected }: Model, { mean }: SequenceScores) {
  return { expected: expected ?? null, inside: isInside({ mean, expected }) };
}

void main();
