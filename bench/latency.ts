import path from 'node:path';
import { MODEL_SIZES, type NetworkSpec } from '../src/network';
import type { FlowNode } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { percentile } from './support/latencies';
import { report, timingOf } from './support/measure';
import { withNodeRed } from './support/node-red';
import { publishStandIn, writeVolume } from './support/stand-ins';

const SIDE = 512;
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [...MODEL_SIZES.medium] };
/** Messages that start the workers and bring everything into memory. */
const WARM_UPS = 20;
const FILES = 20;

/** Names the next file, or ends with the seconds that each took, from the path to the mask and to each node before. */
const NEXT = `
  const run = flow.get('run') ?? { begun: 0, took: [] };
  flow.set('run', run);
  if (msg.marks) run.took.push(msg.marks.map((mark) => (mark - msg.begun) / 1000));
  if (run.took.length === COUNT) return [null, { took: run.took }];
  const payload = FILES[run.begun++ % FILES.length];
  return [{ payload, begun: perf_hooks.performance.now(), marks: [] }, null];`;
const MARK = 'msg.marks.push(perf_hooks.performance.now()); return msg;';
const STEPS = ['load', 'predict', 'threshold'] as const;

/**
 * Seconds from the path of a finished file of 512 x 512 pixels to its mask, one file after the other, medium network,
 * workers warm. `latency [COUNT] [SETTLE]`: 200 files, the default time to settle.
 */
async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 200);
  const settle = process.argv[3] ?? '';
  await withNodeRed('latency', async ({ nodeRed, modelsFolder, data, lastMessage }) => {
    await publishStandIn(modelsFolder, SPEC, { z: null, y: SIDE, x: SIDE });
    const files = Array.from({ length: FILES }, (_, i) => path.join(data, `image-${i}.ome.tiff`));
    for (const file of files) await writeVolume(file, [1, 1, 1, SIDE, SIDE]);
    await nodeRed.deploy(flowOf(files, count + WARM_UPS, settle));
    await nodeRed.inject('start-node');
    const { took } = (await lastMessage('next-node', 1)) as { took: number[][] };
    const warm = took.slice(WARM_UPS);
    const total = warm.map((marks) => marks[STEPS.length - 1]);
    const stages = Object.fromEntries(
      STEPS.map((step, i) => [step, rounded(timingOf(warm.map((marks) => marks[i] - (marks[i - 1] ?? 0))).seconds)]),
    );
    const percentiles = { p95: rounded(percentile(total, 0.95)), p99: rounded(percentile(total, 0.99)) };
    report('latency', timingOf(total), { ...percentiles, stages, settle: settle === '' ? 'default' : Number(settle) });
  });
}

function flowOf(files: string[], count: number, settle: string): FlowNode[] {
  const libs = [{ var: 'perf_hooks', module: 'perf_hooks' }];
  const next = NEXT.replace('COUNT', String(count)).replaceAll('FILES', JSON.stringify(files));
  const mark = (id: string, to: string) => flowNode(id, 'function', { func: MARK, outputs: 1, libs }, [[to]]);
  return [
    ...flowStart('latency', 'next-node'),
    flowNode('next-node', 'function', { func: next, outputs: 2, libs }, [['load-node'], ['end-node']]),
    flowNode('load-node', 'segmenter-load-image', { settle }, [['loaded-node']]),
    mark('loaded-node', 'predict-node'),
    flowNode('predict-node', 'segmenter-predict', { model: 'bench', modelType: 'str', force: true }, [
      ['predicted-node'],
    ]),
    mark('predicted-node', 'threshold-node'),
    flowNode('threshold-node', 'segmenter-threshold', { method: 'model', force: true }, [['masked-node']]),
    mark('masked-node', 'next-node'),
    // what goes to no wire is not sent
    flowNode('end-node', 'debug', { active: false }, []),
  ];
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

void main();
