import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Journal, journalFolder } from '../../../src/acquisition/journal';
import type { Noted } from '../../../src/acquisition/watched';
import { Random } from '../../../src/base/random';
import { recordPath } from '../../../src/provenance/record';
import { buildTiff, planePage } from '../../formats/tiff/tiff-builder';
import { type FlowNode, NodeRedProcess } from './node-red-process';
import { readImage } from './read-image';

const SIDE = 32;
const place = { z: 'tab', x: 0, y: 0 };

/** What a watched folder went through. */
export interface Endured {
  images: number;
  kills: number;
  /** names of images whose journal does not say answered */
  unanswered: string[];
  /** images without a whole mask of the right pixels */
  wrong: string[];
  /** what lies beside the masks */
  others: string[];
  /** why images failed, and how many: these are answered, and their messages said so */
  failed: Record<string, number>;
  /** of how many of the kills only a worker died */
  workers: number;
  /** of gentle ends the longest, in seconds */
  longestEnd: number;
  seconds: number;
}

export interface Ordeal {
  folder: string;
  images: number;
  kills: number;
  seed: number;
  /** seconds between two kills, at least and at most */
  lives: readonly [number, number];
  /** share of the kills that a worker gets, and not Node-RED */
  ofWorkers?: number;
  /** Node-RED is not killed but stopped, as by its service */
  isGentle?: boolean;
}

/** The flow: watch, threshold, save, and back. */
export function watchFlow(incoming: string, masks: string): FlowNode[] {
  const common = { ...place };
  return [
    { id: 'tab', type: 'tab', label: 'watched' },
    {
      id: 'watch',
      type: 'segmenter-watch',
      ...common,
      ...{ folder: incoming, existing: 'tell', answer: 'returned', most: 5, interval: 0.2, quiet: 0.3 },
      wires: [['load']],
    },
    { id: 'load', type: 'segmenter-load-image', ...common, wires: [['threshold']] },
    {
      id: 'threshold',
      type: 'segmenter-threshold',
      ...common,
      ...{ from: 'raw', method: 'value', value: '100', valueType: 'num' },
      wires: [['save']],
    },
    {
      id: 'save',
      type: 'segmenter-save-image',
      ...common,
      ...{ image: 'mask', folder: masks, format: 'tiff', existing: 'replace' },
      wires: [['watch']],
    },
  ];
}

/**
 * Lets images come into a watched folder, written in two halves, while Node-RED is killed at random moments and started
 * again, and says what came of them.
 */
export async function endure({
  folder,
  images,
  kills,
  seed,
  lives,
  ofWorkers = 0,
  isGentle = false,
}: Ordeal): Promise<Endured> {
  const begin = performance.now();
  const random = new Random(seed);
  const [incoming, masks, user] = ['incoming', 'masks', 'user'].map((name) => path.join(folder, name));
  for (const each of [incoming, masks]) mkdirSync(each, { recursive: true });
  const start = () =>
    NodeRedProcess.start(user, {}, { segmenter: { roots: [folder], scratch: path.join(folder, 'scratch') } });
  const journal = () => Journal.open(journalFolder(path.join(user, 'segmenter', 'watch'), 'watch', incoming));
  let workers = 0;
  let longestEnd = 0;
  let host = await start();
  await host.deploy(watchFlow(incoming, masks));
  const perLife = Math.ceil(images / (kills + 1));
  for (let life = 0; life <= kills; life++) {
    const names = Array.from({ length: perLife }, (_, i) => life * perLife + i).filter((i) => i < images);
    const [least, most] = lives;
    await Promise.all([
      sleep(1000 * (least + (most - least) * random.uniform())),
      ...names.map((i) => acquire(incoming, i, random)),
    ]);
    if (life === kills) break;
    if (random.uniform() < ofWorkers) {
      if (killWorker(host.pid, random)) workers++;
      continue;
    }
    const end = performance.now();
    if (isGentle) await host.stop();
    else if (host.pid) process.kill(host.pid, 'SIGKILL');
    if (isGentle) longestEnd = Math.max(longestEnd, (performance.now() - end) / 1000);
    await sleep(300 * random.uniform());
    host = await start();
  }
  const isOver = ({ state }: Noted) => state === 'answered' || state === 'failed';
  const over = async () => [...(await journal()).all()].filter(isOver).length;
  for (let waited = 0; waited < 600 && (await over()) < images; waited++) await sleep(200);
  await host.stop();
  const all = await journal();
  const names = Array.from({ length: images }, (_, i) => nameOf(i));
  const failed: Record<string, number> = {};
  const isFailed = (name: string) => all.get(name)?.state === 'failed';
  for (const name of names.filter(isFailed)) {
    const reason = (all.get(name)?.reason ?? '').replaceAll(/\d+/g, 'N');
    failed[reason] = (failed[reason] ?? 0) + 1;
  }
  const wrong: string[] = [];
  for (const [i, name] of names.entries()) if (!isFailed(name) && !(await isRight(masks, name, i))) wrong.push(name);
  const own = new Set(names.flatMap((name) => [maskOf(name), recordPath(maskOf(name))]));
  return {
    images,
    kills,
    unanswered: names.filter((name) => !['answered', 'failed'].includes(all.get(name)?.state ?? '')),
    wrong,
    failed,
    workers,
    longestEnd,
    others: readdirSync(masks).filter((name) => !own.has(name) && !name.startsWith('.')),
    seconds: Math.round((performance.now() - begin) / 1000),
  };
}

/** Kills one of the processes that Node-RED has work done by. @returns whether there was one */
function killWorker(pid: number | undefined, random: Random): boolean {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  if (children.length === 0) return false;
  process.kill(Number(children[random.integer(children.length)]), 'SIGKILL');
  return true;
}

/** Writes an image as microscopes do: the name is there before the pixels are. */
async function acquire(folder: string, index: number, random: Random): Promise<void> {
  const bytes = buildTiff([planePage(pixelsOf(index), SIDE, SIDE)]);
  const half = Math.floor(bytes.length * random.uniform());
  await sleep(800 * random.uniform());
  const file = path.join(folder, nameOf(index));
  writeFileSync(file, bytes.subarray(0, half));
  await sleep(700 * random.uniform());
  if (index % 2 === 0) writeFileSync(file, bytes);
  else {
    writeFileSync(`${file}.part`, bytes);
    renameSync(`${file}.part`, file);
  }
}

function nameOf(index: number): string {
  return `image_${String(index).padStart(4, '0')}.tif`;
}

function maskOf(name: string): string {
  return name.replace('.tif', '_mask.tiff');
}

/** As many bright pixels as the image's number. */
function pixelsOf(index: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i < index ? 200 : 10));
}

async function isRight(masks: string, name: string, index: number): Promise<boolean> {
  const pixels = await readImage(path.join(masks, maskOf(name))).catch(() => null);
  return pixels !== null && pixelsOf(index).every((value, i) => pixels[i] > 0 === value > 100);
}
