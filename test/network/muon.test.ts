import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/graph/builder';
import { muonStep, orthogonalised } from '../../src/network/muon';
import { parameterCount, parameterSpecs } from '../../src/network/residual-unet';
import { evaluate, randomValues } from '../graph/support';

const SHAPES = [
  [8, 216],
  [64, 576],
  [16, 8],
];

describe('orthogonalised', () => {
  for (const [rows, columns] of SHAPES) {
    it(`${rows} x ${columns}: what it stretches it stretches by 0.65 to 1.25`, async () => {
      const x = randomValues([rows, columns], 3);
      const y = await orthogonal(x, rows, columns);
      // the larger of both Gram matrices would be singular
      for (const value of await eigenvaluesOfGram(y, rows, columns)) {
        assert.ok(value > 0.65 ** 2 && value < 1.25 ** 2, `${Math.sqrt(value)}`);
      }
    });
  }

  it('does not depend on how large the values are', async () => {
    const x = randomValues([8, 216], 4);
    const small = await orthogonal(
      x.map((value) => value * 1e-6),
      8,
      216,
    );
    const large = await orthogonal(x, 8, 216);
    for (const [i, value] of small.entries()) assert.ok(Math.abs(value - large[i]) < 1e-5, `${value}, ${large[i]}`);
  });

  it('leaves zeros as they are', async () => {
    assert.ok((await orthogonal(new Float32Array(24), 4, 6)).every((value) => value === 0));
  });
});

describe('muonStep', () => {
  const spec = { dimensions: 2 as const, inChannels: 1, filters: [4, 8] };

  it('turns kernels between feature maps, and goes elsewhere as it is told', async () => {
    const length = parameterCount(spec);
    const g = new GraphBuilder();
    const [momentum, others] = [g.input('momentum', [length]), g.input('others', [length])];
    const feeds = { momentum: randomValues([length], 1), others: randomValues([length], 2), rate: Float32Array.of(5) };
    const { y } = await evaluate({ y: muonStep(g, spec, { momentum, rate: g.input('rate', [1]), others }) }, feeds);
    assert.equal(y.length, length);
    let start = 0;
    const turned: string[] = [];
    for (const { name, shape } of parameterSpecs(spec)) {
      const end = start + shape.reduce((product, n) => product * n, 1);
      const isTold = y.subarray(start, end).every((value, i) => value === feeds.others[start + i]);
      if (!isTold) {
        const columns = (end - start) / shape[0];
        const matrix = await orthogonal(feeds.momentum.slice(start, end), shape[0], columns);
        const far = 5 * Math.sqrt(Math.max(1, shape[0] / columns));
        for (const [i, value] of matrix.entries()) assert.ok(Math.abs(y[start + i] - far * value) < 1e-4, name);
        turned.push(name);
      }
      start = end;
    }
    assert.deepEqual(turned, [
      'encoder.0.conv2.weight',
      'encoder.1.conv1.weight',
      'encoder.1.conv2.weight',
      'encoder.1.conv3.weight',
      'up.0.weight',
      'decoder.0.conv1.weight',
      'decoder.0.conv2.weight',
    ]);
  });
});

async function orthogonal(x: Float32Array, rows: number, columns: number): Promise<Float32Array> {
  const g = new GraphBuilder();
  const { y } = await evaluate({ y: orthogonalised(g, g.input('x', [rows, columns])) }, { x });
  return y;
}

/** Of the smaller Gram matrix, by Jacobi's rotations. */
async function eigenvaluesOfGram(y: Float32Array, rows: number, columns: number): Promise<number[]> {
  const at =
    rows <= columns ? (i: number, k: number) => y[i * columns + k] : (i: number, k: number) => y[k * columns + i];
  const [n, m] = [Math.min(rows, columns), Math.max(rows, columns)];
  const a = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += at(i, k) * at(j, k);
      return sum;
    }),
  );
  for (let sweep = 0; sweep < 12; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, p, q);
  }
  return a.map((row, i) => row[i]);
}

function rotate(a: number[][], p: number, q: number): void {
  const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p][k], a[q][k]];
    [a[p][k], a[q][k]] = [c * x - s * y, s * x + c * y];
  }
}
