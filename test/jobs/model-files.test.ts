import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProtobufWriter } from '../../src/graph/onnx/protobuf';
import type { Shape5 } from '../../src/image/region';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import type { JobInput, TrainSettings } from '../../src/jobs/job-types';
import type { ModelCard } from '../../src/models/card';
import { hashBytes } from '../../src/models/model-file';
import type { Sample } from '../../src/samples/sample';
import { modelCard } from '../models/support';
import { pixelsOf, Workbench } from './implementations/workbench';
import { COMPUTE, TRAIN_SETTINGS } from './toy-jobs';

const SHAPE: Shape5 = [1, 1, 1, 32, 32];
const PATCHES = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 2, sampling: 'balanced' as const, overlap: 0, seed: 0 };

/** An ONNX model of one operator, input x w, whose w lies in the file `w.bin`. */
function scalingModel(): Uint8Array {
  const message = () => new ProtobufWriter();
  const entry = message().string(1, 'location').string(2, 'w.bin');
  const w = message().integer(1, 1).integer(2, 1).string(8, 'w').message(13, entry).integer(14, 1);
  const shape = ['n', 'c', 'y', 'x'].reduce((dims, name) => dims.message(1, message().string(2, name)), message());
  const type = message().message(1, message().integer(1, 1).message(2, shape));
  const value = (name: string) => message().string(1, name).message(2, type);
  const node = message().string(1, 'input').string(1, 'w').string(2, 'output').string(4, 'Mul');
  const graph = message().message(1, node).string(2, 'scaling').message(5, w);
  graph.message(11, value('input')).message(12, value('output'));
  return message().integer(1, 8).message(8, message().integer(2, 13)).message(7, graph).finish();
}

/** Real models in real workers, some of them with files that were changed. */
describe('files of models in workers', function () {
  this.timeout(60_000);
  let bench: Workbench;
  let host: JobHost;
  let samples: Sample[];
  before(async () => {
    bench = await Workbench.open();
    samples = [];
    for (let i = 0; i < 2; i++) {
      const mask = Uint8Array.from({ length: 1024 }, (_, at) => (at % 32 < 12 + 4 * i ? 255 : 0));
      const raw = await bench.image(
        `r${i}.ome.tiff`,
        SHAPE,
        Float32Array.from(mask, (v, at) => v / 255 + (at % 31) / 31),
      );
      samples.push({ id: `r${i}`, raw, seg1: await bench.image(`s${i}.ome.tiff`, SHAPE, mask), patches: PATCHES });
    }
    host = createJobHost(bench.settings);
  });
  after(async () => {
    await host.shutdown();
    await bench.close();
  });

  const input = (changes: Partial<TrainSettings> = {}): JobInput<'train'> => ({
    samples,
    settings: { ...TRAIN_SETTINGS, model: 'start', ...changes },
    compute: COMPUTE,
  });
  const predict = async (model: string) => {
    const job = { image: samples[0].raw, model, overlap: 0, compute: COMPUTE };
    return pixelsOf((await host.run('predict', job)).probability);
  };

  it('keep weights beside model.onnx, and no model takes the warm session of another with the same model.onnx', async () => {
    const onnx = scalingModel();
    const place = async (name: string, w: number): Promise<string> => {
      const folder = path.join(bench.data, name);
      await mkdir(folder);
      const weights = Buffer.from(Float32Array.of(w).buffer);
      const card: ModelCard = {
        ...modelCard({ name, architecture: { type: 'elsewhere' }, sha256: hashBytes(onnx) }),
        output: { name: 'output', axes: 'NCYX' },
        normalisation: { method: 'none' },
        externalData: { 'w.bin': hashBytes(weights) },
      };
      await writeFile(path.join(folder, 'model.json'), JSON.stringify(card));
      await writeFile(path.join(folder, 'model.onnx'), onnx);
      await writeFile(path.join(folder, 'w.bin'), weights);
      return folder;
    };
    const [half, quarter] = [await place('half', 0.5), await place('quarter', 0.25)];
    const maps = [await predict(half), await predict(quarter), await predict(half)];
    const brightest = maps[0].indexOf(Math.max(...maps[0]));
    assert.ok(maps[0][brightest] > 0.4 && Math.abs(maps[1][brightest] - maps[0][brightest] / 2) < 1e-5);
    assert.deepEqual(maps[2], maps[0]);
    await writeFile(path.join(half, 'w.bin'), Buffer.from(Float32Array.of(2).buffer));
    await assert.rejects(predict(half), { code: 'corrupt-file', message: /w\.bin: sha256 is/ });
  });

  it('are the start of a training only where they are sound, or it says that nobody knows', async () => {
    const { model } = await host.run('train', input());
    const folder = fileURLToPath(model.uri);
    const weights = path.join(folder, 'checkpoints', 'best.bin');
    const sound = await readFile(weights);
    const damaged = Buffer.from(sound).fill(0, sound.length / 2);
    const tune = (startFrom: string) => host.run('train', input({ model: 'tuned', startFrom }));
    assert.deepEqual((await tune('start')).metrics.warnings, []);
    await writeFile(weights, damaged);
    await assert.rejects(tune('start'), { code: 'corrupt-file', message: /best\.bin: sha256 is/ });

    // As a version without this hash has left it; sound weights give model.onnx again.
    const earlier = path.join(bench.data, 'earlier');
    await cp(folder, earlier, { recursive: true });
    const { weightsSha256: _, ...card } = JSON.parse(
      await readFile(path.join(folder, 'model.json'), 'utf8'),
    ) as ModelCard;
    await writeFile(path.join(earlier, 'model.json'), JSON.stringify(card));
    await writeFile(path.join(earlier, 'checkpoints', 'best.bin'), sound);
    assert.deepEqual((await tune(earlier)).metrics.warnings, []);
    await writeFile(path.join(earlier, 'checkpoints', 'best.bin'), damaged);
    const { metrics } = await tune(earlier);
    assert.match(String(metrics.warnings), /best\.bin: the card of start@v1 has no hash of these weights/);
    const compared = 'not compared with start@v1: there was no validation';
    const notes = metrics.notes.filter((note) => !note.startsWith('network: '));
    assert.deepEqual(notes, [...metrics.warnings, compared]);
    await writeFile(weights, sound);
  });

  it('lead out of the roots for no job, and no error quotes what lies there', async () => {
    const { model } = await host.run('train', input({ model: 'led' }));
    const secret = path.join(bench.folder, 'secret');
    await writeFile(secret, 'root:x:0:0');
    const card = path.join(fileURLToPath(model.uri), 'model.json');
    await rename(card, `${card}.before`);
    await symlink(secret, card);
    const settings = {
      method: 'model',
      value: 0,
      minSize: 0,
      fillHoles: false,
      label: false,
      connectivity: 'faces',
    } as const;
    const jobs = [
      () => predict('led'),
      () => host.run('train', input({ model: 'tuned', startFrom: 'led@v1' })),
      () => host.run('threshold', { image: samples[0].raw, settings, model: 'led', raw: null, id: 'r0' }),
    ];
    for (const job of jobs) {
      await assert.rejects(job(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'not-allowed');
        assert.doesNotMatch(JSON.stringify({ ...error, text: error.message }), /root:x/);
        return true;
      });
    }
  });
});
