import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Random } from '../src/base/random';
import { DECISION_LIMITS } from '../src/curation/check-decision';
import { gatherFacts } from '../src/curation/checks';
import { curatedSample } from '../src/curation/curated-sample';
import type { Decision, Point } from '../src/curation/decision';
import { ReviewFolder } from '../src/curation/review-folder';
import { createImageWriter, describeImage, openDescription } from '../src/formats';
import type { ImageDescription } from '../src/image/description';
import type { Shape5 } from '../src/image/region';
import { measure, report } from './support/measure';

const RECORDS = 2000;
const SIDE = 2048;
/** Points of a polygon. */
const POLYGON = 50;
const SHAPE: Shape5 = [1, 1, 16, SIDE, SIDE];

/** A review of 2,000 samples: put up, decided on, opened again, listed; one image checked, one decision rasterised. */
async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-review-'));
  try {
    const image = await writeNoise(path.join(folder, 'raw.ome.tiff'));
    await reviewFolder(path.join(folder, 'review'), image);
    await largestSave(path.join(folder, 'large'), image);
    const timing = await measure(
      () => gatherFacts({ id: 'A', raw: image, seg1: image }, { open: (i) => openDescription(i) }),
      {
        warmUps: 1,
        runs: 3,
      },
    );
    report('review-check', timing, { images: 2, shape: SHAPE, dtype: 'uint16' });
    const curated = curatedSample({ id: 'A', raw: image, seg1: image, seg2: image }, decision(500, 1000));
    const [base, other] = [new Uint8Array(SIDE * SIDE), new Uint8Array(SIDE * SIDE).fill(1)];
    const band = { t: 0, c: 0, z: 0, y: 0, rows: SIDE };
    const target = await measure(() => {
      curated.target(
        { ...band, rows: SIDE - 1 },
        { base: base.subarray(SIDE), other: other.subarray(SIDE), mergeMask: null },
      );
      curated.target(band, { base, other, mergeMask: null });
    });
    report('review-target', target, { planes: 2, side: SIDE, shapes: 500, strokes: 1000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reviewFolder(folder: string, image: ImageDescription): Promise<void> {
  const ids = Array.from({ length: RECORDS }, (_, i) => `plate/A${i}`);
  const review = await ReviewFolder.open(folder);
  const add = async () => {
    for (const id of ids) await review.add({ id, raw: image, seg1: image, seg2: image });
  };
  const drawn = decision(5, 5);
  const save = async () => {
    for (const id of ids) await review.save(id, { revision: 0, decision: drawn }, 'Ada');
  };
  const once = { warmUps: 0, runs: 1 };
  report('review-add', await measure(add, once), { records: RECORDS });
  report('review-save', await measure(save, once), { records: RECORDS, shapes: 5, strokes: 5 });
  report('review-open', await measure(() => ReviewFolder.open(folder), { warmUps: 1, runs: 3 }), { records: RECORDS });
  report('review-refresh', await measure(() => review.refresh()), { records: RECORDS });
  report('review-list', await measure(() => review.list()), { records: RECORDS });
}

/** The largest decision saved over another of its size: the most processor time of one turn of the event loop. */
async function largestSave(folder: string, image: ImageDescription): Promise<void> {
  const review = await ReviewFolder.open(folder);
  await review.add({ id: 'A', raw: image, seg1: image, seg2: image });
  const drawn = decision(DECISION_LIMITS.points / POLYGON, 0);
  const busiest: number[] = [];
  const save = async () => {
    const turns = watchTurns();
    await review.save('A', { revision: review.summary('A')?.revision ?? 0, decision: drawn }, null);
    busiest.push(turns());
  };
  const timing = await measure(save);
  const median = busiest.sort((a, b) => a - b)[Math.floor(busiest.length / 2)];
  report('review-save-largest', timing, { points: DECISION_LIMITS.points, busiestTurnMs: Math.round(median) });
}

/** @returns ends watching and tells the most processor time of one turn, in milliseconds, all threads together */
function watchTurns(): () => number {
  let [watching, busiest, before] = [true, 0, process.cpuUsage()];
  const turn = () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    busiest = Math.max(busiest, user + system);
    if (watching) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    watching = false;
    return busiest / 1000;
  };
}

/** Polygons of 50 points and strokes of 20, anywhere. */
function decision(shapes: number, strokes: number): Decision {
  const random = new Random(1);
  const polygon = (): Point[] => {
    const [x, y, radius] = [random.range(0, SIDE), random.range(0, SIDE), random.range(10, 100)];
    return Array.from({ length: POLYGON }, (_, i) => {
      const angle = (2 * Math.PI * i) / POLYGON;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
  };
  const line = (): Point[] => {
    const [x, y] = [random.range(0, SIDE), random.range(0, SIDE)];
    return Array.from({ length: 20 }, (_, i) => [x + 3 * i, y + random.range(0, 5)]);
  };
  return {
    state: 'used',
    reason: null,
    base: 'seg1',
    merge: Array.from({ length: shapes }, () => ({ rings: [polygon()], z: null })),
    exclude: [],
    strokes: Array.from({ length: strokes }, () => ({ points: line(), radius: 8, value: 1, z: null })),
  };
}

async function writeNoise(file: string): Promise<ImageDescription> {
  const random = new Random(2);
  const channels = [{ index: 0, name: 'noise' }];
  const writer = await createImageWriter(
    file,
    { shape: SHAPE, dtype: 'uint16', channels, pixelSize: null },
    'ome-tiff',
  );
  const plane = Uint16Array.from({ length: SIDE * SIDE }, () => random.integer(4000));
  for (let z = 0; z < SHAPE[2]; z++) await writer.write(plane);
  await writer.finish();
  return describeImage(file, { id: 'noise' });
}

void main();
