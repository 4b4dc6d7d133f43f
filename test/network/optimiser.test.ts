import assert from 'node:assert/strict';
import { GraphBuilder } from '../../src/graph/builder';
import { optimiserStep, stepInputs, stepScalars } from '../../src/network/optimiser';
import { compile, randomValues, relativeError, type Values } from '../graph/support';

const SPEC = { dimensions: 2 as const, inChannels: 1, filters: [4, 8] };

const one = (scalars: Record<string, number>): Values =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));

describe('optimiserStep', () => {
  it('equals Adam with weight decay, and the average follows', async () => {
    const length = 5;
    const g = new GraphBuilder();
    const vector = (name: string) => g.input(name, [length]);
    const state = {
      parameters: vector('parameters'),
      average: vector('average'),
      firstMoment: vector('firstMoment'),
      secondMoment: vector('secondMoment'),
    };
    const [decay, rate, averageDecay] = [0.1, 0.01, 0.75];
    const taken = { state, inputs: stepScalars(g), gradient: vector('gradient') };
    const next = Object.entries(optimiserStep(g, SPEC, { weightDecay: decay }, taken));
    const runner = await compile(Object.fromEntries(next.map(([name, node]) => [`next.${name}`, node])));

    const values: Values = {
      parameters: randomValues([length], 1),
      average: randomValues([length], 1),
      firstMoment: new Float32Array(length),
      secondMoment: new Float32Array(length),
    };
    const p = Float64Array.from(values.parameters);
    const a = p.slice();
    const [m, v] = [new Float64Array(length), new Float64Array(length)];
    for (let step = 1; step <= 3; step++) {
      const gradient = randomValues([length], 10 + step);
      const result = await runner.run({
        ...values,
        gradient,
        ...one({ ...stepInputs(step, rate), averageDecay }),
      });
      for (const name of Object.keys(values)) values[name] = result[`next.${name}`];
      for (let i = 0; i < length; i++) {
        const d = gradient[i] + decay * p[i];
        m[i] = 0.9 * m[i] + 0.1 * d;
        v[i] = 0.999 * v[i] + 0.001 * d * d;
        p[i] -= (rate * (m[i] / (1 - 0.9 ** step))) / (Math.sqrt(v[i] / (1 - 0.999 ** step)) + 1e-8);
        a[i] = averageDecay * a[i] + (1 - averageDecay) * p[i];
      }
    }
    await runner.close();
    for (const [name, expected] of Object.entries({ parameters: p, average: a, firstMoment: m, secondMoment: v })) {
      const error = relativeError(values[name], expected);
      assert.ok(error < 1e-5, `${name}: relative error ${error}`);
    }
  });
});
