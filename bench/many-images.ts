import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Shape5 } from '../src/image/region';
import type { NetworkSpec } from '../src/network';
import type { FlowNode } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { report } from './support/measure';
import { withNodeRed } from './support/node-red';
import { publishStandIn, writeDiscs, writeVolume } from './support/stand-ins';

const SHAPE: Shape5 = [1, 1, 1, 128, 128];
/** What is between the pixels is what may grow; a tiny network leaves it in view. */
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
/** Images at both ends that are compared. */
const WINDOW = 250;

/** Notes when an image is through, and what Node-RED and its workers hold then, now and then. */
const NOTE = `
  const run = flow.get('run') ?? { at: [], memory: [] };
  flow.set('run', run);
  run.at.push(perf_hooks.performance.now());
  if (run.at.length % EVERY === 0) {
    const pids = fs.readFileSync('/proc/' + process.pid + '/task/' + process.pid + '/children', 'utf8').trim().split(' ');
    const rss = (pid) => Math.round(Number(/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync('/proc/' + pid + '/status', 'utf8'))[1]) / 1024);
    run.memory.push({ nodeRed: rss(process.pid), workers: pids.map(rss) });
  }
  if (run.at.length === COUNT) return run;`;

/**
 * Images a second at the beginning and at the end of a long run through load-image, predict, threshold, evaluate and
 * save-image, and the memory of each process on the way (resident, MB). `many-images [COUNT]`: 1,500 images of 128 x 128.
 */
async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 1500);
  await withNodeRed('many-images', async ({ nodeRed, modelsFolder, data, lastMessage }) => {
    await publishStandIn(modelsFolder, SPEC, { z: null, y: SHAPE[3], x: SHAPE[4] });
    for (const [role, write] of Object.entries({ raw: writeVolume, seg: writeDiscs })) {
      mkdirSync(path.join(data, role));
      const first = path.join(data, role, '00000.ome.tiff');
      await write(first, SHAPE);
      for (let i = 1; i < count; i++)
        copyFileSync(first, path.join(data, role, `${String(i).padStart(5, '0')}.ome.tiff`));
    }
    await nodeRed.deploy(flowOf(data, count));
    await nodeRed.inject('start-node');
    const { at, memory } = (await lastMessage('note-node')) as { at: number[]; memory: object[] };
    const rate = (from: number, to: number) => Number(((1000 * (to - from)) / (at[to] - at[from])).toPrecision(4));
    const window = Math.min(WINDOW, Math.floor(count / 2) - 1);
    const seconds = (at[count - 1] - at[0]) / 1000;
    const rates = { firstPerSecond: rate(1, 1 + window), lastPerSecond: rate(count - 1 - window, count - 1) };
    report('many-images', { seconds }, { images: count, window, ...rates, memory });
  });
}

function flowOf(data: string, count: number): FlowNode[] {
  const libs = ['perf_hooks', 'process', 'fs'].map((module) => ({ var: module, module }));
  const note = NOTE.replace('COUNT', String(count)).replace('EVERY', String(Math.max(1, Math.floor(count / 6))));
  const sources = {
    raw: path.join(data, 'raw'),
    rawType: 'str',
    seg1: path.join(data, 'seg'),
    seg1Type: 'str',
  };
  const out = { image: 'mask', folder: path.join(data, 'out'), folderType: 'str' };
  return [
    ...flowStart('many images', 'load-node'),
    flowNode('load-node', 'segmenter-load-image', sources, [['predict-node']]),
    flowNode('predict-node', 'segmenter-predict', { model: 'bench', modelType: 'str', force: true }, [
      ['threshold-node'],
    ]),
    flowNode('threshold-node', 'segmenter-threshold', { method: 'otsu', force: true }, [['evaluate-node']]),
    flowNode('evaluate-node', 'segmenter-evaluate', {}, [['save-node'], []]),
    flowNode('save-node', 'segmenter-save-image', out, [['note-node']]),
    flowNode('note-node', 'function', { func: note, outputs: 1, libs }, [['end-node']]),
    // what goes to no wire is not sent
    flowNode('end-node', 'debug', { active: false }, []),
  ];
}

void main();
