import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { viewAs } from '../../src/image/dtype';
import type { Zyx } from '../../src/image/region';
import { judgeImages } from '../../src/jobs/io/training/judged-images';
import { addProbabilities, noProbabilities } from '../../src/metrics/probability-histogram';
import type { Sample } from '../../src/samples/sample';
import type { ValidationItem } from '../../src/training/data/fold-images';
import { MapFiles } from '../../src/training/map-files';
import type { TrainingResult } from '../../src/training/result';
import { REFERENCES } from '../support/shared-data';

/** As much as a training's report has of the cases of `scores.test.ts`. */
interface Case {
  name: string;
  shape: Zyx;
  spacing: [z: number, y: number, x: number];
  tolerance: number;
  predicted: string;
  truth: string;
  weight: string | null;
  probability: string | null;
  overlap: Record<'dice' | 'iou' | 'precision' | 'recall', number>;
  surface: { nsd: number; hd95: number | null };
  objects: { ap: number[]; pq: number };
  calibration: { ece: number; brier: number } | null;
}

const CASES = JSON.parse(readFileSync(path.join(REFERENCES, 'golden/scores/cases.json'), 'utf8')) as Case[];
const unpack = (text: string) => Uint8Array.from(inflateSync(Buffer.from(text, 'base64')));

function assertClose(got: number | null, expected: number | null, what: string): void {
  if (got === null || expected === null) assert.equal(got, expected, what);
  else
    assert.ok(Math.abs(got - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${got}, not ${expected}`);
}

describe('the scores in a training’s report', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-judged-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What a training judged: an image of each case, found with such probabilities. */
  async function judged(cases: readonly Case[], probabilitiesOf: (of: Case) => Float32Array<ArrayBuffer>) {
    const files = new MapFiles(folder);
    const images = [];
    for (const [index, one] of cases.entries()) {
      const probabilities = probabilitiesOf(one);
      const target = unpack(one.truth).map((value) => (value ? 1 : 0));
      const weight = one.weight ? unpack(one.weight).map((w) => (w ? 1 : 0)) : new Uint8Array(target.length).fill(1);
      const image = { shape: one.shape };
      const item = {
        id: one.name,
        image,
        predicted: { start: [0, 0, 0], end: one.shape },
      } as unknown as ValidationItem;
      const pixels = { image: probabilities, probabilities, target, weight, size: one.shape };
      const place = { fold: 0, index };
      await files.keepMap({ ...place, form: 'tile-patch', item, pixels });
      const histogram = noProbabilities();
      addProbabilities(histogram, probabilities, target, weight);
      images.push({ id: one.name, group: one.name, place, threshold: 0.5, histogram });
    }
    const samples = cases.map(({ name, spacing: [z, y, x] }) => ({ id: name, raw: { pixelSize: { z, y, x } } }));
    const outcome = { judged: images, form: { norms: 'tile', tiles: 'patch' } };
    return judgeImages(
      { samples: samples as unknown as Sample[] },
      // A share of minutes is no whole number of milliseconds.
      { outcome, plan: { minutes: 3 }, seconds: 0 } as unknown as TrainingResult,
      { folder, scratch: folder },
    );
  }

  it('are those of SciPy, scikit-image and NumPy, through the maps that a training keeps', async () => {
    const { scores, lacking } = await judged(CASES, ({ predicted }) =>
      Float32Array.from(unpack(predicted), (value) => (value ? 1 : 0)),
    );
    assert.deepEqual(lacking, { maps: 0, parts: 0, objectParts: 0 });
    let tolerances = 0;
    for (const [i, { name, overlap, surface, objects, spacing, tolerance }] of CASES.entries()) {
      const row = scores.rows[i];
      for (const of of ['dice', 'iou', 'precision', 'recall'] as const)
        assertClose(row[of], overlap[of], `${name} ${of}`);
      assertClose(row.hd95, surface.hd95, `${name} HD95`);
      assertClose(row.objectAp, objects.ap[0], `${name} AP`);
      assertClose(row.objectApMean, objects.ap.reduce((sum, ap) => sum + ap, 0) / objects.ap.length, `${name} AP mean`);
      assertClose(row.panopticQuality, objects.pq, `${name} PQ`);
      // A training's tolerance is a pixel.
      if (tolerance !== Math.max(spacing[1], spacing[2])) continue;
      tolerances++;
      assertClose(row.nsd, surface.nsd, `${name} NSD`);
    }
    assert.ok(tolerances >= 10, `${tolerances} cases`);
  });

  it('have the calibration error and the Brier score of each map', async () => {
    const cases = CASES.filter(({ calibration }) => calibration);
    const { scores } = await judged(cases, ({ probability }) => {
      return viewAs('float32', Buffer.from(unpack(probability ?? '')));
    });
    for (const [i, { name, calibration }] of cases.entries()) {
      assertClose(scores.rows[i].ece, calibration?.ece ?? null, `${name} ECE`);
      assertClose(scores.rows[i].brier, calibration?.brier ?? null, `${name} Brier`);
    }
  });

  it('leave out what needs a map where it is of other weights, damaged or gone', async () => {
    const [first] = CASES.filter(({ name }) => name === 'noisy');
    const probabilities = (one: Case) => viewAs('float32', Buffer.from(unpack(one.probability ?? '')));
    const files = new MapFiles(folder);
    assert.ok((await judged([first], probabilities)).pictures.length > 0);
    const other = await judgeImages(
      { samples: [] },
      {
        outcome: {
          judged: [
            { id: 'noisy', group: 'a', place: { fold: 0, index: 0 }, threshold: 0.5, histogram: noProbabilities() },
          ],
          form: { norms: 'tile', tiles: 'patch' },
        },
        plan: { minutes: null },
        seconds: 0,
      } as unknown as TrainingResult,
      { folder, scratch: folder },
    );
    const [{ nsd, objectAp, ece, dice }] = other.scores.rows;
    assert.deepEqual([nsd, objectAp, ece, dice], [null, null, null, 1]);
    assert.deepEqual([other.lacking.maps, other.pictures], [1, []]);
    assert.equal(await files.map({ fold: 7, index: 0 }, 'tile-patch'), null);
  });
});
