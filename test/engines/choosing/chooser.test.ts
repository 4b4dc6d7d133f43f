import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../../src/base/random';
import type { Shape5 } from '../../../src/image/region';
import { createJobHost, type JobHost } from '../../../src/jobs/host/job-host';
import type { JobInput, TrainSettings } from '../../../src/jobs/job-types';
import type { ModelCard } from '../../../src/models/card';
import type { Sample } from '../../../src/samples/sample';
import { Workbench } from '../../jobs/implementations/workbench';
import { COMPUTE } from '../../jobs/toy-jobs';

const SETTINGS: TrainSettings = {
  model: 'blobs',
  dimensions: 'auto',
  modelSize: 'small',
  levels: 'auto',
  epochs: 1,
  batchSize: 2,
  learningRate: 0.01,
  loss: 'dice+bce',
  validation: 0.2,
  maxMinutes: null,
  patience: null,
  startFrom: null,
  augment: false,
  tiles: 'patch',
  seed: 1,
};
const PATCHES = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 4, sampling: 'balanced' as const, overlap: 0, seed: 0 };
const SHAPE: Shape5 = [1, 1, 1, 24, 24];

/** Real files and real trainings in real workers. */
describe('what a training chooses by', function () {
  this.timeout(120_000);
  let bench: Workbench;
  let host: JobHost;
  let samples: Sample[];
  before(async () => {
    bench = await Workbench.open();
    samples = [];
    for (const id of ['a', 'b', 'c', 'd']) samples.push(await blobs(id));
    host = createJobHost(bench.settings);
  });
  after(async () => {
    await host.shutdown();
    await bench.close();
  });

  /** A bright square on noise with its mask, or noise alone with an empty one. */
  async function blobs(id: string, isEmpty = false): Promise<Sample> {
    const random = new Random(id.length, id.charCodeAt(0));
    const [top, left] = [4 + random.integer(8), 4 + random.integer(8)];
    const mask = new Uint8Array(24 * 24);
    if (!isEmpty) for (let y = top; y < top + 8; y++) mask.fill(255, y * 24 + left, y * 24 + left + 8);
    const pixels = Float32Array.from(mask, (inside) => (inside ? 10 : 0) + random.normal());
    const raw = await bench.image(`${id}.ome.tiff`, SHAPE, pixels);
    return { id, raw, seg1: await bench.image(`${id}-seg.ome.tiff`, SHAPE, mask), patches: PATCHES };
  }
  const input = (of: Sample[], changes: Partial<TrainSettings> = {}): JobInput<'train'> => ({
    samples: of,
    settings: { ...SETTINGS, ...changes },
    compute: COMPUTE,
  });
  const cardOf = async (uri: string): Promise<ModelCard> =>
    JSON.parse(await readFile(fileURLToPath(new URL(`${uri}/model.json`)), 'utf8')) as ModelCard;

  it('holds files with foreground out, whatever the seed', async () => {
    const all = [...samples, await blobs('empty', true), await blobs('empty too', true)];
    for (const seed of [1, 2, 3, 4]) {
      const { model, metrics } = await host.run('train', input(all, { seed }));
      const { data } = await cardOf(model.uri);
      const held = data.filter(({ split }) => split === 'val').map(({ id }) => String(id));
      assert.ok(held.length === 1 && !held[0].startsWith('empty'), held.join());
      assert.equal(metrics.perImage.length, 1);
    }
  });

  it('warns of a fine-tuning that made its model worse, and keeps the name for the better version', async () => {
    const good = await host.run('train', input(samples, { model: 'good', epochs: 25 }));
    assert.ok(Number(good.metrics.validationDice) > 0.9, `${good.metrics.validationDice}`);
    assert.equal(good.metrics.startDice, null);
    // It learns the opposite, and is judged by what is right.
    const opposite = Uint8Array.from({ length: 24 * 24 }, (_, i) => (i % 24 < 4 ? 255 : 0));
    const target = await bench.image('opposite.ome.tiff', SHAPE, opposite);
    const patches = { ...PATCHES, perImage: 100 };
    const wrong = samples.map(
      (sample, i): Sample => ({ ...sample, patches, ...(i < 3 ? { target } : { split: 'val' }) }),
    );
    const ruin = input(wrong, { model: 'good', startFrom: 'good' });
    const { model, metrics } = await host.run('train', ruin);
    assert.equal(model.version, 'v2');
    assert.ok(Number(metrics.startDice) > 0.9 && Number(metrics.validationDice) < 0.8, JSON.stringify(metrics));
    assert.match(String(metrics.warnings), /the model is worse than good@v1, which it was trained from/);
    const card = await cardOf(model.uri);
    assert.equal(card.comparison?.isWorse, true);
    assert.deepEqual([card.comparison?.startDice, card.comparison?.dice], [metrics.startDice, metrics.validationDice]);

    const predict = async (query: string) => {
      const job = { image: samples[0].raw, model: query, overlap: 0, compute: COMPUTE };
      const found = await host.run('predict', job);
      return [found.model.version, ...found.metrics.warnings];
    };
    const [version, warning] = await predict('good');
    assert.equal(version, 'v1');
    assert.match(warning, /good@v2 is worse than good@v1/);
    assert.deepEqual(
      [await predict('good@v2'), await predict('good@latest'), await predict(model.uri)],
      [['v2'], ['v2'], ['v2']],
    );
    const again = await host.run('train', input(samples, { model: 'good', startFrom: 'good', learningRate: 0.0001 }));
    assert.equal((await cardOf(again.model.uri)).comparison?.startedFrom, 'good@v1');
    assert.match(String(again.metrics.warnings), /so that good means v1/);
  });
});
