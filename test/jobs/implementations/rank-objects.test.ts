import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Shape5 } from '../../../src/image/region';
import { rankObjectsJob } from '../../../src/jobs/implementations/rank-objects';
import { checkInput } from '../../../src/jobs/inputs';
import { csvLines } from '../../../src/jobs/io/objects/object-metrics';
import type { JobInput } from '../../../src/jobs/job-types';
import type { ObjectRecord } from '../../../src/jobs/results';
import { Workbench } from './workbench';

const SHAPE: Shape5 = [1, 1, 1, 3, 8];
const row = (label: number, size: number, x: number, more: object = {}): ObjectRecord => ({
  ...{ label, size, sizeMicrometres: null, centroid: { z: 0, y: 1, x }, centroidMicrometres: null, meanIntensity: 5 },
  box: { start: { z: 0, y: 1, x }, size: { z: 1, y: 1, x: 1 } },
  ...more,
});

describe('rank-objects', () => {
  let bench: Workbench;
  let input: JobInput<'rank-objects'>;
  beforeEach(async () => {
    bench = await Workbench.open();
    const image = await bench.image('a.ome.tiff', SHAPE, new Uint8Array(24));
    const objects = { total: 3, rows: [row(1, 2, 1), row(2, 4, 7), row(3, 3, 4)], file: null };
    input = { image, objects, by: 'largest', inside: false, labels: null, probability: null };
  });
  afterEach(() => bench.close());
  const run = (more: object = {}) => rankObjectsJob(checkInput('rank-objects', { ...input, ...more }), bench.context());
  const order = async (more: object = {}) => (await run(more)).candidates.map(({ object }) => object);

  it('ranks the rows of a message, and leaves out the border on request', async () => {
    assert.deepEqual(await order(), [2, 3, 1]);
    assert.deepEqual(await order({ by: 'smallest' }), [1, 3, 2]);
    const inside = await run({ inside: true });
    assert.deepEqual([inside.candidates.map(({ object }) => object), inside.total, inside.atBorder], [[3, 1], 3, 1]);
  });

  it('reads a long table from its file, of several time points the last', async () => {
    const rows = [0, 1].flatMap((t) => [1, 2, 3].map((label) => row(label, 10 * t + label, label, { t })));
    const file = path.join(bench.data, 'table.csv');
    mkdirSync(bench.data, { recursive: true });
    writeFileSync(file, [...csvLines(rows)].join(''));
    const objects = { total: 6, rows: rows.slice(0, 2), file };
    const { candidates, total } = await run({ objects });
    assert.deepEqual([candidates.map(({ measures }) => measures.size), total], [[13, 12, 11], 3]);
    assert.equal(candidates[0].measures.meanIntensity, 5);
    assert.deepEqual(await order({ objects: { total: 6, rows, file: null } }), [3, 2, 1]);
  });

  it('refuses a file that is no table, is outside of the roots, or is not there', async () => {
    const file = path.join(bench.data, 'table.csv');
    const objects = { total: 1, rows: [], file };
    await assert.rejects(run({ objects }), { code: 'not-found' });
    writeFileSync(file, 'a,b\n1,2\n');
    await assert.rejects(run({ objects }), { code: 'corrupt-file', message: /the column t is missing/ });
    writeFileSync(file, [...csvLines([row(1, 2, 1)])].join('').replace(',5', ',x').replace('0,1,2', '0,1,zwei'));
    await assert.rejects(run({ objects }), {
      code: 'corrupt-file',
      message: /line 2: expected a number in size_pixels/,
    });
    await assert.rejects(run({ objects: { ...objects, file: '/etc/passwd' } }), { code: 'not-allowed' });
  });

  it('ranks by how unsure the probabilities of an object are', async () => {
    const labels = await bench.image(
      'l.ome.tiff',
      SHAPE,
      Uint16Array.from({ length: 24 }, (_, i) => [0, 1, 2, 3][i % 4]),
    );
    const values = [0, 0.9, 0.6, 0.99];
    const probability = await bench.image(
      'p.ome.tiff',
      SHAPE,
      Float32Array.from({ length: 24 }, (_, i) => values[i % 4]),
    );
    const { candidates } = await run({ by: 'uncertain', labels, probability });
    assert.deepEqual(
      candidates.map(({ object }) => object),
      [2, 1, 3],
    );
    assert.ok(Math.abs(candidates[0].score - 0.971) < 1e-3);
    await assert.rejects(run({ by: 'uncertain', probability }), /labels: expected the numbered objects of threshold/);
    await assert.rejects(run({ by: 'uncertain', labels }), /probability: expected the map of predict/);
    const other = { ...input.objects, rows: [row(9, 1, 1)] };
    await assert.rejects(run({ by: 'uncertain', labels, probability, objects: other }), /object 9, which is not in it/);
  });

  it('gives the rarest first', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => row(i + 1, 100 + (i % 5), 1));
    rows.push(row(31, 7000, 1));
    assert.equal((await order({ by: 'rarest', objects: { total: 31, rows, file: null } }))[0], 31);
  });

  it('refuses rows that say too little', async () => {
    await assert.rejects(async () => run({ objects: { total: 1, rows: [{ label: 1 }], file: null } }), {
      code: 'invalid-input',
    });
  });
});
