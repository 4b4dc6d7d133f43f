import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shape5 } from '../src/image/region';
import type { NetworkSpec } from '../src/network';
import { ResultsLog } from '../src/results/results-log';
import type { FlowNode, NodeRedProcess } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { percentile } from './support/latencies';
import { report } from './support/measure';
import { growthOf, MEMORY_MODULES, type MemoryMark, noteMemory } from './support/memory-marks';
import { withNodeRed } from './support/node-red';
import { publishStandIn, writeVolume } from './support/stand-ins';

const SHAPE: Shape5 = [1, 1, 1, 64, 64];
/** What is between the pixels is what may grow; a tiny network leaves it in view. */
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
/** Images that are written ahead of the last answer: with more it is the queue that is measured. */
const AHEAD = 40;
/** Marks of memory in all. */
const MARKS = 40;
/** Images after which memory shall not grow. */
const WARM = 1000;
/** Results that the log keeps: it is full from the beginning, as it is after some days. */
const LOGGED = 10_000;
const PAUSE_MS = 20;

interface Noted {
  through: number;
  states: Record<string, number>;
  memory: MemoryMark[];
}

/** Notes how many are through, and what Node-RED and its workers hold now and then. */
const NOTE = (every: number) => `
  const run = flow.get('run') ?? { through: 0, states: {}, memory: [] };
  flow.set('run', run);
  run.through++;
  const state = msg.payload.failed ? 'failed' : (msg.payload.verdict?.state ?? 'none');
  run.states[state] = (run.states[state] ?? 0) + 1;
  ${noteMemory(every)}
  node.send([msg, { through: run.through, states: run.states, memory: run.memory }]);`;

/**
 * Small images that come into a watched folder and go through watch, load, predict, threshold, gate and save, with what each
 * process holds on the way (MB) and how much that grows for 1,000 images after the first 1,000. The log of results is full before.
 * `unattended [COUNT]`: 10,000 images of 64 x 64.
 */
async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 10_000);
  await withNodeRed('unattended', async ({ nodeRed, modelsFolder, data }) => {
    await fillLog(path.join(path.dirname(data), 'segmenter', 'results'));
    await publishStandIn(modelsFolder, SPEC, { z: null, y: SHAPE[3], x: SHAPE[4] });
    const [incoming, out] = ['incoming', 'out'].map((name) => path.join(data, name));
    for (const folder of [incoming, out]) mkdirSync(folder);
    const template = path.join(data, 'template.ome.tiff');
    await writeVolume(template, SHAPE);
    const bytes = await readFile(template);
    await nodeRed.deploy(flowOf(incoming, out, Math.max(1, Math.floor(count / MARKS))));
    const begin = performance.now();
    let through = 0;
    let last: Noted = { through: 0, states: {}, memory: [] };
    const answers: number[] = [0];
    for (let written = 0; through < count; ) {
      for (; written < count && written < through + AHEAD; written++) {
        const file = path.join(incoming, `${String(written).padStart(6, '0')}.ome.tiff`);
        // As a copy comes that is whole when it gets its name.
        writeFileSync(`${file}.partial`, bytes);
        renameSync(`${file}.partial`, file);
      }
      await sleep(PAUSE_MS);
      const noted = takeNoted(nodeRed);
      if (!noted || noted.through === through) continue;
      last = noted;
      through = noted.through;
      answers.push(performance.now() - begin);
    }
    const seconds = (performance.now() - begin) / 1000;
    const { states, memory } = last;
    const gaps = answers.slice(1).map((at, i) => (at - answers[i]) / 1000);
    report(
      'unattended',
      { seconds },
      {
        ...{ images: count, perSecond: Number((count / seconds).toPrecision(3)), states },
        longestGap: Number(percentile(gaps, 1).toPrecision(3)),
        growth: growthOf(memory, Math.min(WARM, count / 2)),
        memory: memory.filter((_, i) => i % 4 === 0 || i === memory.length - 1),
      },
    );
  });
}

async function fillLog(folder: string): Promise<void> {
  const log = new ResultsLog({ folder });
  const node = { id: 'before', type: 'segmenter-save-image', name: 'before', flow: 'before' };
  for (let i = 0; i < LOGGED; i++) {
    log.note({ sequence: null, sample: `before ${i}`, node, images: {}, metrics: { threshold: 0.5 }, failed: null });
    if (i % 100 === 99) await log.idle();
  }
}

/** What the flow has noted since the last time; what else happened is forgotten, so that this process stays small. */
function takeNoted(nodeRed: NodeRedProcess): Noted | null {
  const { events } = nodeRed;
  nodeRed.events = [];
  const sent = events.findLast(({ type, id, port }) => type === 'sent' && id === 'note-node' && port === 1);
  return (sent?.msg as Noted | undefined) ?? null;
}

function flowOf(incoming: string, out: string, every: number): FlowNode[] {
  const libs = MEMORY_MODULES.map((module) => ({ var: module, module }));
  const watch = { folder: incoming, existing: 'tell', answer: 'returned', most: 10, interval: 0.5, quiet: 0.1 };
  const save = { image: 'mask', folder: out, folderType: 'str', format: 'tiff' };
  return [
    ...flowStart('unattended', 'end-node').slice(0, 1),
    flowNode('watch-node', 'segmenter-watch', watch, [['load-node']]),
    flowNode('load-node', 'segmenter-load-image', {}, [['predict-node']]),
    flowNode('predict-node', 'segmenter-predict', { model: 'bench', modelType: 'str' }, [['threshold-node']]),
    flowNode('threshold-node', 'segmenter-threshold', { method: 'otsu' }, [['gate-node']]),
    flowNode('gate-node', 'segmenter-gate', {}, [['save-node'], ['save-node'], ['save-node'], []]),
    flowNode('save-node', 'segmenter-save-image', save, [['note-node']]),
    flowNode('note-node', 'function', { func: NOTE(every), outputs: 2, libs }, [['watch-node'], ['end-node']]),
    // what goes to no wire is not sent
    flowNode('end-node', 'debug', { active: false }, []),
  ];
}

void main();
