import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { Random } from '../src/base/random';
import { MODEL_SIZES, type NetworkSpec } from '../src/network';
import type { FlowNode } from '../test/flows/support/node-red-process';
import { flowNode, flowStart } from './support/flow';
import { percentile } from './support/latencies';
import { report, timingOf } from './support/measure';
import { type NodeRedBench, withNodeRed } from './support/node-red';
import { publishStandIn, writePlanes } from './support/stand-ins';

const SIDE = 512;
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [...MODEL_SIZES.medium] };
/** Pixels of the smallest object: random weights leave thousands of specks in noise, which no field of cells has. */
const MIN_SIZE = 20;
/** Files that start the workers and bring everything into memory. */
const WARM_UPS = 8;
/** Files come one by one, each some time after the mask of the one before, in milliseconds, at least and beside that. */
const [REST_MS, JITTER_MS] = [150, 500];

/** How a writer lets a file be there: each gives the moment when it was complete, milliseconds since 1970. */
const WRITERS = {
  /** under another name, renamed when it is whole */
  renamed: (file: string, { tiff }: Bytes) => {
    writeFileSync(`${file}.tiff.partial`, tiff);
    renameSync(`${file}.tiff.partial`, `${file}.tiff`);
  },
  /** a done-file after it */
  done: (file: string, { tiff }: Bytes) => {
    writeFileSync(`${file}.tiff`, tiff);
    writeFileSync(`${file}.done`, '');
  },
  /** a format whose structure shows its end */
  png: (file: string, { png }: Bytes) => writeFileSync(`${file}.png`, png),
  /** a format that its writer may append to: the quiet time, 0.5 s here, is waited for */
  tiff: (file: string, { tiff }: Bytes) => writeFileSync(`${file}.tiff`, tiff),
} as const;
type Writer = keyof typeof WRITERS;
interface Bytes {
  tiff: Buffer;
  png: Buffer;
}

/** Camera noise on a slope, of each image its own: one that is known from before is not segmented again. */
async function bytesOf(template: string, seed: number): Promise<Bytes> {
  const random = new Random(seed);
  const pixels = Uint16Array.from({ length: SIDE * SIDE }, (_, i) => 200 + (i % SIDE) + random.integer(100));
  rmSync(template, { force: true });
  await writePlanes(template, [1, 1, 1, SIDE, SIDE], (plane) => plane.set(pixels));
  const raw = { width: SIDE, height: SIDE, channels: 1 } as const;
  const png = await sharp(pixels, { raw }).toColourspace('grey16').png().toBuffer();
  return { tiff: readFileSync(template), png };
}

const MARK = 'return { name: msg.watch.name, at: Date.now() };';

/**
 * Seconds from the moment when a file of 512 x 512 pixels is complete in a watched folder to the message with its mask, medium
 * network, workers warm, one file after the other. `watched-latency [COUNT] [INTERVAL] [WRITERS]`: 60 files of each writer, the
 * default interval of watch, all writers.
 */
async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 60);
  const interval = Number(process.argv[3] ?? 2);
  const writers = (process.argv[4]?.split(',') ?? Object.keys(WRITERS)) as Writer[];
  for (const writer of writers) {
    await withNodeRed('watched-latency', (bench) => measureWriter(bench, writer, count, interval));
  }
}

async function measureWriter(
  { nodeRed, modelsFolder, data }: NodeRedBench,
  writer: Writer,
  count: number,
  interval: number,
) {
  await publishStandIn(modelsFolder, SPEC, { z: null, y: SIDE, x: SIDE });
  const incoming = path.join(data, 'incoming');
  mkdirSync(incoming);
  const template = path.join(data, 'template.tiff');
  await nodeRed.deploy(flowOf(incoming, { interval, doneFile: writer === 'done' ? '*.done' : '' }));
  const took: number[] = [];
  for (let i = 0; i < count + WARM_UPS; i++) {
    nodeRed.events = [];
    const bytes = await bytesOf(template, i);
    WRITERS[writer](path.join(incoming, String(i).padStart(5, '0')), bytes);
    const complete = Date.now();
    const [{ msg }] = await nodeRed.until('a mask', ({ type, id }) => type === 'sent' && id === 'mark-node');
    if (i >= WARM_UPS) took.push(((msg as unknown as { at: number }).at - complete) / 1000);
    await sleep(REST_MS + ((i * 137) % JITTER_MS));
  }
  const rounded = (value: number) => Number(value.toPrecision(3));
  report('watched-latency', timingOf(took), { writer, interval, p99: rounded(percentile(took, 0.99)) });
}

function flowOf(incoming: string, watch: { interval: number; doneFile: string }): FlowNode[] {
  return [
    ...flowStart('watched latency', 'end-node').slice(0, 1),
    flowNode('watch-node', 'segmenter-watch', { folder: incoming, existing: 'tell', quiet: 0.5, ...watch }, [
      ['load-node'],
    ]),
    flowNode('load-node', 'segmenter-load-image', {}, [['predict-node']]),
    flowNode('predict-node', 'segmenter-predict', { model: 'bench', modelType: 'str' }, [['threshold-node']]),
    flowNode('threshold-node', 'segmenter-threshold', { method: 'model', minSize: MIN_SIZE }, [['mark-node']]),
    flowNode('mark-node', 'function', { func: MARK, outputs: 1 }, [['end-node']]),
    // what goes to no wire is not sent
    flowNode('end-node', 'debug', { active: false }, []),
  ];
}

void main();
