import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { initialParameters, parameterCount } from '../../src/network';
import type { NetworkSpec } from '../../src/network/spec';
import { topology } from '../../src/network/topology';
import { withPlannedNetwork } from '../../src/training/network-size';
import { prepareTraining } from '../../src/training/prepare';
import type { TrainSettings } from '../../src/training/settings';
import { firstParameters, readStarters, STARTERS, type StarterWeights, starterOf } from '../../src/training/starters';

import { Album, SETTINGS } from './fixtures';

const PACKAGED = path.join(__dirname, '../../../starters');

describe('starter weights', () => {
  let starters: StarterWeights[];
  before(async () => {
    starters = await readStarters();
  });

  it('are of the package, finite, and none of a level has faded', () => {
    assert.deepEqual(
      starters.map(({ name }) => name),
      ['small-2d'],
    );
    for (const { spec, parameters } of starters) {
      assert.equal(parameters.length, parameterCount(spec));
      assert.ok(parameters.every(Number.isFinite));
      assert.ok(spread(parameters) > 0.5 * spread(initialParameters(spec, 0)));
    }
  });

  it('begin the small networks of planes that topology makes, with one output or three', () => {
    for (const outChannels of [1, 3] as const) {
      const of = (form: Parameters<typeof topology>[0]) =>
        starterOf({ ...nothing, starters, spec: { ...topology(form), outChannels } })?.name;
      const form = { inChannels: 1, modelSize: 'small', levels: 'auto' } as const;
      assert.equal(of({ ...form, dimensions: 2, patch: [1, 256, 256], spacing: [1, 1, 1] }), 'small-2d');
      assert.equal(of({ ...form, dimensions: 3, patch: [32, 64, 64], spacing: [1, 1, 1] }), undefined);
      assert.equal(of({ ...form, inChannels: 3, dimensions: 2, patch: [1, 512, 512], spacing: [1, 1, 1] }), 'small-2d');
      assert.equal(
        of({ ...form, modelSize: 'medium', dimensions: 2, patch: [1, 256, 256], spacing: [1, 1, 1] }),
        undefined,
      );
      assert.equal(of({ ...form, levels: 3, dimensions: 2, patch: [1, 256, 256], spacing: [1, 1, 1] }), undefined);
    }
  });

  it('differ from random ones, which begin every other network', () => {
    const [{ spec }] = STARTERS;
    const settings = { seed: 4 } as never;
    const random = initialParameters(spec, 4);
    assert.notDeepEqual(firstParameters({ ...nothing, settings, starters, spec }), random);
    assert.deepEqual(firstParameters({ ...nothing, settings, starters: [], spec }), random);
    const large: NetworkSpec = { ...spec, filters: [32, 64] };
    assert.deepEqual(firstParameters({ ...nothing, settings, starters, spec: large }), initialParameters(large, 4));
  });

  it('begin a training that starts from no model, unless that is turned off; each way is another training', async () => {
    const album = new Album();
    try {
      const samples = [album.sample('a', [1, 1, 1, 128, 128]), album.sample('b', [1, 1, 1, 128, 128])];
      const prepared = (more: Partial<TrainSettings> = {}) =>
        prepareTraining({ samples, settings: { ...SETTINGS, ...more }, start: null, starters });
      const usual = await prepared();
      assert.equal(usual.spec.filters.length, 5);
      assert.equal(starterOf(usual)?.name, 'small-2d');
      assert.notDeepEqual(firstParameters(usual), initialParameters(usual.spec, SETTINGS.seed));
      const off = await prepared({ starter: 'never' });
      assert.equal(starterOf(off), null);
      assert.deepEqual(firstParameters(off), initialParameters(off.spec, SETTINGS.seed));
      const keys = [usual.key, off.key, (await prepareTraining({ samples, settings: SETTINGS, start: null })).key];
      assert.equal(new Set(keys).size, 3);
      // Which network it is and whether they are begun with is settled with the plan.
      const byTime = await prepared({ modelSize: 'auto', epochs: null, maxMinutes: 1 });
      assert.equal(starterOf(byTime), null);
      assert.equal(starterOf(withPlannedNetwork(byTime, { isQuick: true })), null);
      assert.equal(starterOf(withPlannedNetwork(byTime, { isQuick: true, starter: true }))?.name, 'small-2d');
    } finally {
      album.remove();
    }
  });

  it('of a package that lost or cut a file are told by its name', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'segmenter-starters-'));
    try {
      await assert.rejects(readStarters(folder), /small-2d\.bin/);
      await copyFile(path.join(PACKAGED, 'small-2d.bin'), path.join(folder, 'small-2d.bin'));
      await truncate(path.join(folder, 'small-2d.bin'), 1000);
      await assert.rejects(readStarters(folder), {
        code: 'corrupt-file',
        message: /small-2d\.bin.*expected the starter weights/,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const nothing = { start: null, settings: { seed: 0 } as never };

function spread(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
