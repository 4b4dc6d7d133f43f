import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type FlowNode, NodeRedProcess } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { report } from './support/measure';
import { type RealDataRecipe, recipeOf } from './support/real-data-recipes';

/** The compiled file lies in dist/bench. */
const DATA = path.resolve(__dirname, '../../../shared/data/real');
const HOURS = 4 * 3600;

/**
 * Trains on the real images of `train/` and scores those of `test/`, through the nodes in a real Node-RED:
 * `npm run -s bench -- real-data DATASET [SEED] [long]`. Settings and threshold are fixed beforehand in
 * real-data-recipes.ts; `long` trains for 25 minutes. THREADS in the environment sets the threads (physical cores).
 */
async function main(): Promise<void> {
  const [dataset, seed = '0', length] = process.argv.slice(2);
  const recipe = recipeOf(dataset, length);
  const source = path.join(DATA, dataset);
  if (!existsSync(source)) throw new Error(`real-data: ${source} is not on this machine`);
  const userDir = mkdtempSync(path.join(os.tmpdir(), 'segmenter-real-'));
  const folder = path.join(userDir, 'data');
  // the nodes read inside their allowed folders only
  cpSync(source, folder, { recursive: true });
  const nodeRed = await NodeRedProcess.start(userDir, {});
  try {
    await nodeRed.deploy(flowOf(folder, recipe, Number(seed)));
    await nodeRed.inject('start-node');
    const summary = ({ type, id, port }: { type: string; id: string; port?: number }) =>
      type === 'sent' && id === 'evaluate-node' && port === 1;
    const [{ msg }] = await nodeRed.until('the summary', summary, { seconds: HOURS });
    const training = nodeRed.events.find(({ type, id, port }) => type === 'sent' && id === 'train-node' && port === 0)
      ?.msg.metrics as Record<string, unknown>;
    const { mean, failed, worst } = msg.payload as Record<string, unknown>;
    const timing = { seconds: training.seconds as number };
    report('real-data', timing, { dataset, seed: Number(seed), mean, worst, failed, training, recipe });
  } finally {
    await nodeRed.stop();
    rmSync(userDir, { recursive: true, force: true });
  }
}

function flowOf(folder: string, { patch, train, mirror, threshold }: RealDataRecipe, seed: number): FlowNode[] {
  const images = (split: string) => ({
    ...{ raw: path.join(folder, split, 'raw'), rawType: 'str', seg1: path.join(folder, split, 'seg'), seg1Type: 'str' },
    ...{ rawChannel: '0', seg1Channel: '0', scene: '', time: '' },
  });
  const [sizeZ, sizeY, sizeX] = patch;
  const plan = { sizeZ: sizeZ ?? '', sizeY, sizeX, perImage: 8, sampling: 'balanced', overlap: 0, emit: 'plan', seed };
  return [
    ...flowStart('real data', 'training-node'),
    { id: 'compute-node', type: 'segmenter-compute', threads: Number(process.env.THREADS ?? 0), queue: 100 },
    flowNode('training-node', 'segmenter-load-image', images('train'), [['patch-node']]),
    flowNode('patch-node', 'segmenter-patch', plan, [['train-node']]),
    flowNode(
      'train-node',
      'segmenter-train',
      {
        ...{
          model: 'real',
          modelType: 'str',
          dimensions: 'auto',
          modelSize: 'medium',
          loss: 'dice+bce',
          augment: true,
        },
        ...{
          maxMinutes: '',
          patience: '',
          startFrom: '',
          startFromType: 'str',
          seed,
          compute: 'compute-node',
          ...train,
        },
      },
      [['tests-node'], []],
    ),
    flowNode('tests-node', 'segmenter-load-image', images('test'), [['predict-node']]),
    flowNode(
      'predict-node',
      'segmenter-predict',
      { model: 'model', modelType: 'msg', from: 'raw', overlap: 0.25, mirror, compute: 'compute-node' },
      [['threshold-node']],
    ),
    flowNode(
      'threshold-node',
      'segmenter-threshold',
      {
        from: 'probability',
        method: 'value',
        value: String(threshold),
        valueType: 'num',
        minSize: 0,
        connectivity: 'faces',
      },
      [['evaluate-node']],
    ),
    flowNode('evaluate-node', 'segmenter-evaluate', { predicted: 'mask', truth: '' }, [[], ['scores-node']]),
    // what goes to no wire is not sent
    flowNode('scores-node', 'debug', { active: false }, []),
  ];
}

void main();
