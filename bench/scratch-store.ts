import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, futimesSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scratch } from '../src/storage/scratch';
import { SCRATCH_FOLDER } from '../src/storage/scratch-names';
import { report, timingOf } from './support/measure';

const FILES = 100_000;
/** a mask and a probability map of 512 x 512, say: their mean */
const FILE_BYTES = 200_000;
const RESULT_BYTES = 512 * 512;
const RESULTS = 1000;
/** Between two results a step is at work. */
const PAUSE_MS = 10;
const MB = 2 ** 20;
const HOUR_MS = 3600_000;

/** What a result costs, a mask of 512 x 512 stored and the one before pinned, by how much there is in the store. */
async function main(): Promise<void> {
  const [role, folder, quotaMB] = process.argv.slice(2);
  if (role === 'writer') return write(folder, Number(quotaMB));
  for (const writers of [1, 2]) {
    await measureStore({ files: 0, writers, quotaMB: 40_000 });
    await measureStore({ files: FILES, writers, quotaMB: 40_000 });
    // 94.7 % full: the third of a per cent up to where an eviction begins is written on the way.
    await measureStore({ files: FILES, writers, quotaMB: (FILES * FILE_BYTES) / MB / 0.947 });
  }
}

interface Store {
  files: number;
  writers: number;
  quotaMB: number;
}

async function measureStore({ files, writers, quotaMB }: Store): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-bench-'));
  try {
    fill(path.join(folder, SCRATCH_FOLDER), files);
    const scratch = await Scratch.open({ folder, quotaMB });
    await scratch.look();
    await scratch.idle();
    const times = await Promise.all(Array.from({ length: writers }, () => timesOfWriter(folder, quotaMB)));
    const all = times.flat().sort((a, b) => a - b);
    const p99 = Number(all[Math.floor(0.99 * all.length)].toPrecision(4));
    const evicted = files - readdirSync(scratch.folder).filter((name) => name.startsWith('old_')).length;
    report('scratch-store', timingOf(all), { p99, files, writers, evicted, resultBytes: RESULT_BYTES });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files of an hour ago that hold nothing but have a size: 20 GB need not be written. */
function fill(folder: string, files: number): void {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < files; i++) {
    const file = openSync(path.join(folder, `old_1-${i.toString(16).padStart(16, '0')}.ome.tiff`), 'w');
    ftruncateSync(file, FILE_BYTES);
    const used = (Date.now() - HOUR_MS - i) / 1000;
    futimesSync(file, used, used);
    closeSync(file);
  }
}

async function timesOfWriter(folder: string, quotaMB: number): Promise<number[]> {
  const child = fork(__filename, ['writer', folder, String(quotaMB)]);
  const [times] = await once(child, 'message');
  return times;
}

async function write(folder: string, quotaMB: number): Promise<void> {
  const scratch = await Scratch.open({ folder, quotaMB });
  const bytes = new Uint8Array(RESULT_BYTES).fill(1);
  let before = await scratch.saveBytes(bytes, 'result', '.bin');
  const times: number[] = [];
  for (let i = 0; i < RESULTS; i++) {
    const start = process.hrtime.bigint();
    const release = await scratch.pin([before]);
    before = await scratch.saveBytes(bytes, 'result', '.bin');
    await release();
    times.push(Number(process.hrtime.bigint() - start) / 1e9);
    await sleep(PAUSE_MS);
  }
  process.send?.(times, () => process.exit(0));
}

void main();
