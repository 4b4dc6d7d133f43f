import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportReview } from '../../src/curation/export-review';
import { ReviewFolder } from '../../src/curation/review-folder';
import type { Machine } from '../../src/engines/choosing/machine';
import { TrialMemory } from '../../src/engines/choosing/trial-memory';
import { createImageWriter } from '../../src/formats';
import { publishModel } from '../../src/models/publish';
import { AtomicFile, copyFileAtomic, writeFileAtomic } from '../../src/storage/atomic-file';
import { AtomicFolder } from '../../src/storage/atomic-folder';
import { Scratch } from '../../src/storage/scratch';
import { SpillFile } from '../../src/storage/spill-file';
import type { Checkpoint } from '../../src/training/checkpoints/checkpoint';
import { findCheckpoint, keepCheckpoint } from '../../src/training/checkpoints/checkpoint-files';
import { DECISION, sampleOf } from '../curation/samples';
import { cardFields } from '../models/support';
import { type SmallDisk, smallDisk } from './small-disk';

const MB = 2 ** 20;
const MACHINE: Machine = {
  ...{ host: 'lab', cpu: 'a processor', cores: 8, gpus: [], driver: null, libraries: {}, environment: {} },
  versions: { package: '1.0.0', node: '22.1.0', 'onnxruntime-node': null, '@tensorflow/tfjs-node-gpu': null },
};

describe('a full disk', function () {
  this.timeout(30_000);
  let disk: SmallDisk;

  beforeEach(function () {
    const mounted = smallDisk(16);
    // Only root may mount.
    if (!mounted) return this.skip();
    disk = mounted;
  });
  afterEach(() => disk?.remove());

  const at = (name: string) => path.join(disk.folder, name);
  const fill = (megabytes: number) => writeFile(at('others'), new Uint8Array(megabytes * MB));
  const full = (name: RegExp) => (error: Error & { code?: string }) => {
    assert.equal(error.code, 'disk-full');
    assert.match(error.message, name);
    assert.match(error.message, /\d+ MB are free/);
    assert.match(error.message, /free space there, or /);
    return true;
  };

  it('is `disk-full` for every way of writing, which leaves nothing behind', async () => {
    await fill(15);
    const info = {
      shape: [1, 1, 4, 1024, 1024] as const,
      dtype: 'uint8' as const,
      channels: [{ index: 0, name: 'c' }],
    };
    // Nothing that compression makes smaller.
    const noise = new Uint8Array(randomBytes(1024 * 1024));
    const image = async (name: string, format: 'ome-tiff' | 'ome-zarr') => {
      const writer = await createImageWriter(at(name), { ...info, shape: [...info.shape], pixelSize: null }, format);
      try {
        for (let z = 0; z < 4; z++) await writer.write(noise);
      } catch (error) {
        await writer.abort();
        throw error;
      }
      await writer.finish();
    };
    const folder = await AtomicFolder.create(at('folder'), {
      mayReplace: async () => false,
      mayHold: () => false,
    });
    const spill = new SpillFile(disk.folder);
    const model = { card: cardFields(), onnx: new Uint8Array(2 * MB), metricsCsv: '' };
    const source = path.join(disk.folder, 'others');
    const ways: Array<[name: RegExp, write: () => unknown]> = [
      [/a\.txt/, () => writeFileAtomic(at('a.txt'), new Uint8Array(2 * MB))],
      [/a\.ome\.tiff/, () => image('a.ome.tiff', 'ome-tiff')],
      [/a\.ome\.zarr/, () => image('a.ome.zarr', 'ome-zarr')],
      [/folder/, () => folder.write('0/0', new Uint8Array(2 * MB))],
      [/cannot write .*copy:/, () => copyFileAtomic(source, at('copy'))],
      [/publish a model in .*nuclei/, () => publishModel(at('models'), model)],
      [/working data in/, () => spill.write(new Uint8Array(2 * MB), 0)],
    ];
    for (const [name, write] of ways) await assert.rejects(async () => write(), full(name), String(name));
    await folder.abort();
    spill.close();
    assert.deepEqual(await readdir(at('models/nuclei')), []);
    assert.deepEqual((await readdir(disk.folder)).sort(), ['models', 'others']);
  });

  it('costs neither the checkpoint before, nor the decision before, nor the tables before', async () => {
    const parameters = new Float32Array(2 ** 18);
    const checkpointAt = (step: number): Checkpoint => ({
      key: 'k',
      plan: { steps: [2], minutes: null, reserve: 0, judgedVoxels: 1, tryMirror: false },
      stage: 0,
      state: { step, parameters, average: parameters, firstMoment: parameters, secondMoment: parameters },
      ...{ best: null, folds: [], fold: null },
      history: [],
      epochLoss: { sum: 0, count: 0 },
      seconds: 1,
      ended: null,
      facts: { images: 1, validationImages: 0, notes: [] },
    });
    const training = at('training');
    await keepCheckpoint(training, checkpointAt(1));
    const review = await ReviewFolder.open(at('review'));
    const decided = { ...DECISION, merge: [], exclude: [], strokes: [] };
    await review.add(sampleOf('a'));
    const before = await review.save('a', { revision: 0, decision: decided }, 'Ada');
    const options = { folder: at('tables'), seed: 1 };
    await exportReview([before], options);
    const table = await readFile(at('tables/samples.csv'), 'utf8');
    await fill(16).catch(() => undefined);

    await assert.rejects(keepCheckpoint(training, checkpointAt(2)), full(/training\.ckpt/));
    const found = await findCheckpoint(training, 'k');
    assert.deepEqual([found.checkpoint?.state.step, found.warnings], [1, []]);
    await assert.rejects(
      review.save('a', { revision: 1, decision: { ...decided, state: 'rejected' } }, 'Bob'),
      full(/a\.json/),
    );
    assert.deepEqual(await (await ReviewFolder.open(at('review'))).get('a'), before);
    await assert.rejects(review.add(sampleOf('b')), full(/b\.json/));
    await assert.rejects(exportReview([before], options), full(/tables/));
    assert.equal(await readFile(at('tables/samples.csv'), 'utf8'), table);
    const memory = new TrialMemory(at('cache'), MACHINE);
    const outcome = { state: 'broken', reason: 'no card', remedy: null } as const;
    const trial = { engine: 'onnx', device: 'cuda', precision: 'float32', outcome } as const;
    await memory.remember(trial);
    assert.deepEqual(await memory.trials(), [trial], 'remembered by this process');
    const names = ['training', 'review', 'tables', 'cache'].map(async (name) => readdir(at(name)).catch(() => []));
    const left = (await Promise.all(names)).flat();
    assert.deepEqual(left.sort(), ['.segmenter-review', 'a.json', 'samples.csv', 'split.json', 'training.ckpt']);

    await rm(at('others'));
    await keepCheckpoint(training, checkpointAt(2));
    assert.equal((await review.save('a', { revision: 1, decision: decided }, 'Bob')).revision, 2);
    await exportReview([before], options);
    await memory.remember({ ...trial, device: 'webgpu' });
    assert.equal((await new TrialMemory(at('cache'), MACHINE).trials()).length, 2);
  });

  it('makes the scratch store smaller than its quota: the least recently used go while others fill the disk', async () => {
    const scratch = await Scratch.open({ folder: disk.folder, quotaMB: 1000 });
    const files: string[] = [];
    for (let i = 0; i < 12; i++) {
      const file = await scratch.saveBytes(new Uint8Array(MB), `result ${i}`, '.bin');
      const then = new Date(Date.now() - (60 - i) * 60_000);
      await utimes(file, then, then);
      files.push(file);
    }
    await scratch.idle();
    await fill(2);
    for (let i = 0; i < 6; i++) files.push(await scratch.saveBytes(new Uint8Array(MB), 'more', '.bin'));
    await scratch.idle();
    const there = files.map((file) => existsSync(file));
    assert.equal(there[0], false);
    assert.deepEqual(there, [...there].sort());
    assert.ok(there.filter(Boolean).length >= 10, `${there}`);
    assert.equal((await stat(at('others'))).size, 2 * MB);
  });

  it('makes room in the middle of a file that meets it, also where nothing was noted of what lies there', async () => {
    const scratch = await Scratch.open({ folder: disk.folder, quotaMB: 1000 });
    const old = await Promise.all(
      [1, 2, 3, 4].map((i) => scratch.saveBytes(new Uint8Array(2 * MB), `old ${i}`, '.bin')),
    );
    const { path: place, options } = await scratch.newFile('result', '.bin', 6 * MB);
    const file = await AtomicFile.create(place, options);
    await fill(7.5);
    for (let i = 0; i < 6; i++) await file.write(new Uint8Array(MB).fill(i), i * MB);
    await file.commit();
    assert.equal((await stat(place)).size, 6 * MB);
    assert.ok(old.some((each) => !existsSync(each)));
    assert.ok(existsSync(await scratch.handOver(new Uint8Array(1000), 'tile', '.bin')));
    await scratch.idle();
  });

  it('is `disk-full` in the scratch store only where nothing can go, and the next result is stored again', async () => {
    const scratch = await Scratch.open({ folder: disk.folder, quotaMB: 1000 });
    const pinned = await scratch.saveBytes(new Uint8Array(MB), 'pinned', '.bin');
    const release = await scratch.pin([pinned]);
    await fill(14);
    await assert.rejects(
      scratch.saveBytes(new Uint8Array(2 * MB), 'more', '.bin'),
      full(/scratch store .* is full: 2 MB more are needed.*segmenter\.scratch/),
    );
    assert.ok(existsSync(pinned));
    await release();
    await rm(at('others'));
    assert.ok(existsSync(await scratch.saveBytes(new Uint8Array(2 * MB), 'more', '.bin')));
    await scratch.idle();
  });

  it('takes pins and results with a disk that has not a byte left', async () => {
    const scratch = await Scratch.open({ folder: disk.folder, quotaMB: 1000 });
    const [a, b] = [
      await scratch.saveBytes(new Uint8Array(4 * MB), 'a', '.bin'),
      await scratch.saveBytes(new Uint8Array(4 * MB), 'b', '.bin'),
    ];
    await scratch.idle();
    await fill(16).catch(() => undefined);
    await (await scratch.pin([b]))();
    assert.deepEqual([existsSync(a), existsSync(b)], [false, true]);
    assert.ok(existsSync(await scratch.saveBytes(new Uint8Array(2 * MB), 'c', '.bin')));
    await scratch.idle();
  });
});
