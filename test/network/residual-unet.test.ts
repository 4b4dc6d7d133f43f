import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/graph/builder';
import { divisor, MODEL_SIZES, type ModelSize, parameterCount, parameterSpecs } from '../../src/network';
import { residualUnet } from '../../src/network/residual-unet';

const sizeOf = (shape: number[]) => shape.reduce((product, n) => product * n, 1);

describe('the residual U-Net', () => {
  const counts: Record<ModelSize, [two: number, three: number]> = {
    small: [30_217, 85_913],
    medium: [119_825, 342_321],
    large: [477_217, 1_366_625],
  };
  for (const [size, [two, three]] of Object.entries(counts)) {
    it(`has the parameters of Segmenter ML's ${size} model`, () => {
      const filters = [...MODEL_SIZES[size as ModelSize]];
      assert.equal(parameterCount({ dimensions: 2, inChannels: 1, filters }), two);
      assert.equal(parameterCount({ dimensions: 3, inChannels: 1, filters }), three);
    });
  }

  it('has as many parameters in five levels as PyTorch counts', () => {
    assert.equal(parameterCount({ dimensions: 3, inChannels: 1, filters: [32, 64, 128, 256, 320] }), 16_670_177);
  });

  it('projects the skip only where the shape changes', () => {
    const skips = (inChannels: number) =>
      parameterSpecs({ dimensions: 2, inChannels, filters: [8, 8] }).filter(({ name }) => name.includes('conv3'));
    assert.deepEqual(
      skips(1).map(({ name, shape }) => [name, shape]),
      [
        ['encoder.0.conv3.weight', [8, 1, 1, 1]],
        ['encoder.1.conv3.weight', [8, 8, 1, 1]],
      ],
    );
    assert.deepEqual(
      skips(8).map(({ name }) => name),
      ['encoder.1.conv3.weight'],
    );
  });

  for (const dimensions of [2, 3] as const) {
    it(`gives logits of the image's size in ${dimensions}D and uses every parameter once`, () => {
      const spec = { dimensions, inChannels: 3, filters: [4, 6, 10, 12] };
      const g = new GraphBuilder();
      const shapes = new Map(parameterSpecs(spec).map(({ name, shape }) => [name, shape]));
      const spatial = [8, 16, 24].slice(0, dimensions);
      const used: string[] = [];
      const parameter = (name: string) => {
        used.push(name);
        return g.input(name, shapes.get(name) ?? []);
      };
      const logits = residualUnet(g, spec, parameter, g.input('x', [2, 3, ...spatial]));
      assert.deepEqual(logits.shape, [2, 1, ...spatial]);
      assert.deepEqual(used.sort(), [...shapes.keys()].sort());
      assert.equal(
        parameterCount(spec),
        [...shapes.values()].map(sizeOf).reduce((a, b) => a + b),
      );
    });
  }

  it('needs sizes that every level can halve', () => {
    assert.equal(divisor({ dimensions: 2, inChannels: 1, filters: [8] }), 1);
    assert.equal(divisor({ dimensions: 2, inChannels: 1, filters: [8, 16, 32] }), 4);
    const spec = { dimensions: 2 as const, inChannels: 1, filters: [4, 8, 16] };
    const g = new GraphBuilder();
    const shapes = new Map(parameterSpecs(spec).map(({ name, shape }) => [name, shape]));
    const parameter = (name: string) => g.input(name, shapes.get(name) ?? []);
    assert.throws(
      () => residualUnet(g, spec, parameter, g.input('x', [1, 1, 8, 6])),
      /conv strides: \[4,3\] does not fit/,
    );
  });
});
