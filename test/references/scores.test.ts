import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import type { ImageDescription } from '../../src/image/description';
import { viewAs } from '../../src/image/dtype';
import { evaluateJob } from '../../src/jobs/implementations/evaluate';
import { Workbench } from '../jobs/implementations/workbench';
import { REFERENCES } from '../support/shared-data';

/** What SciPy, scikit-image and NumPy say of two masks: `test/data/generators/scores.py`. */
interface Case {
  name: string;
  shape: [number, number, number];
  spacing: [number, number, number];
  tolerance: number;
  predicted: string;
  truth: string;
  weight: string | null;
  probability: string | null;
  overlap: { dice: number; iou: number; precision: number; recall: number };
  surface: { nsd: number; hd95: number | null; meanDistance: number | null; predicted: number; truth: number };
  objects: { ap: number[]; pq: number };
  calibration: { ece: number; brier: number; pixels: number[]; diceAtThresholds: number[] } | null;
}

const CASES = JSON.parse(readFileSync(path.join(REFERENCES, 'golden/scores/cases.json'), 'utf8')) as Case[];

const unpack = (text: string) => Uint8Array.from(inflateSync(Buffer.from(text, 'base64')));

/** Sums in another order differ in their last digits. */
function assertClose(got: number | null, expected: number | null, what: string): void {
  if (got === null || expected === null) assert.equal(got, expected, what);
  else
    assert.ok(Math.abs(got - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${what}: ${got}, not ${expected}`);
}

describe('scores by SciPy, scikit-image and NumPy', () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.open();
  });
  after(() => bench.close());

  it('cover empty masks, borders, single voxels, exclusion and anisotropic stacks', () => {
    assert.ok(CASES.length >= 25);
    assert.ok(CASES.some(({ surface }) => surface.hd95 === null));
    assert.ok(CASES.filter(({ calibration }) => calibration).length >= 5);
  });

  for (const wanted of CASES) {
    for (const bandPixels of [undefined, 100]) {
      const bands = bandPixels ? `bands of ${bandPixels} pixels` : 'usual bands';
      it(`are those of the evaluate job: ${wanted.name}, in ${bands}`, async () => {
        const [depth, height, width] = wanted.shape;
        const [z, y, x] = wanted.spacing;
        const options = { pixelSize: { z, y, x } };
        // What is foreground is said: nobody can tell it of a mask without background.
        const image = async (part: string, text: string | null): Promise<ImageDescription | null> => {
          if (text === null) return null;
          const name = `${wanted.name}-${part}-${bandPixels}.ome.tiff`;
          const described = await bench.image(name, [1, 1, depth, height, width], unpack(text), options);
          return { ...described, foreground: { kind: 'non-zero' } };
        };
        const predicted = await image('predicted', wanted.predicted);
        const truth = await image('truth', wanted.truth);
        const map = wanted.probability && viewAs('float32', Buffer.from(unpack(wanted.probability)));
        const probability =
          map &&
          (await bench.image(`${wanted.name}-map-${bandPixels}.ome.tiff`, [1, 1, depth, height, width], map, options));
        assert.ok(predicted && truth);
        const limits = bandPixels ? { bandPixels } : {};
        const got = await evaluateJob(
          {
            predicted,
            truth,
            weight: await image('weight', wanted.weight),
            probability: probability || null,
            tolerance: wanted.tolerance,
          },
          { ...bench.context<'evaluate'>(), limits },
        );
        assert.deepEqual(got.warnings, []);
        for (const name of ['dice', 'iou', 'precision', 'recall'] as const) {
          assertClose(got[name], wanted.overlap[name], name);
        }
        assert.ok(got.surface);
        for (const name of ['nsd', 'hd95', 'meanDistance', 'predicted', 'truth'] as const) {
          assertClose(got.surface[name], wanted.surface[name], name);
        }
        wanted.objects.ap.forEach((ap, k) => {
          assertClose(got.objects.apAt[k], ap, `AP ${k}`);
        });
        assertClose(got.objects.panopticQuality, wanted.objects.pq, 'PQ');
        assert.equal(got.probability === null, wanted.calibration === null);
        if (!got.probability || !wanted.calibration) return;
        assertClose(got.probability.ece, wanted.calibration.ece, 'ECE');
        assertClose(got.probability.brier, wanted.calibration.brier, 'Brier');
        assert.deepEqual(
          got.probability.bins.map(({ pixels }) => pixels),
          wanted.calibration.pixels,
        );
        wanted.calibration.diceAtThresholds.forEach((dice, k) => {
          assertClose(got.probability?.diceAt[k] ?? null, dice, `Dice at ${k}`);
        });
      });
    }
  }
});
