import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../src/training/checkpoints/checkpoint';
import { findCheckpoint, keepCheckpoint, removeTraining } from '../../../src/training/checkpoints/checkpoint-files';

const vector = (seed: number) => new Float32Array(37).map((_, i) => Math.sin(i * seed));

function checkpointAt(step: number, more: Partial<Checkpoint> = {}): Checkpoint {
  return {
    key: 'k1',
    plan: { steps: [12], minutes: 1.5, reserve: 0.25, judgedVoxels: 1, tryMirror: false },
    stage: 0,
    state: { step, parameters: vector(step), average: vector(2), firstMoment: vector(3), secondMoment: vector(4) },
    best: {
      step: 8,
      epoch: 2,
      result: {
        dice: 0.1 + 0.2,
        threshold: 0.44,
        tiles: 'patch',
        perImage: [{ id: 'Zellkern µ', dice: 0.3 }],
        histograms: [],
      },
      parameters: vector(5),
    },
    ...{ folds: [], fold: null },
    history: [
      { epoch: 1, step: 4, loss: 1 / 3, validationDice: null, threshold: null, learningRate: 1e-3, seconds: 2 },
    ],
    epochLoss: { sum: 1 / 7, count: 3 },
    seconds: 3.25,
    ended: null,
    facts: { images: 3, validationImages: 1, notes: ['ä'] },
    ...more,
  };
}

describe('the bytes of a checkpoint', () => {
  it('hold every number as it was', () => {
    const early = checkpointAt(3, { best: null, ended: 'time' });
    const told = checkpointAt(9, {
      facts: { images: 1, validationImages: 0, notes: ['n'], warnings: ['w'], computedBy: 'onnx on cpu' },
    });
    for (const checkpoint of [checkpointAt(12), early, told]) {
      assert.deepEqual(decodeCheckpoint(encodeCheckpoint(checkpoint), 'c'), checkpoint);
    }
  });

  it('are refused where their header, though it was written whole, is not that of a checkpoint, naming the property', () => {
    const odd = { ...checkpointAt(12), seconds: 'long' } as unknown as Checkpoint;
    const message = /^c: its header is not that of a checkpoint: header\.seconds: must be number, got "long"/;
    assert.throws(() => decodeCheckpoint(encodeCheckpoint(odd), 'c'), { name: 'CorruptFileError', message });
  });

  it('are refused after the change of any single bit: magic, hash, length, header, padding and every vector', () => {
    const bytes = encodeCheckpoint(checkpointAt(12));
    for (let byte = 0; byte < bytes.length; byte++) {
      bytes[byte] ^= 1 << (byte % 8);
      assert.throws(() => decodeCheckpoint(bytes, 'c'), { name: 'CorruptFileError' }, `byte ${byte}`);
      bytes[byte] ^= 1 << (byte % 8);
    }
    assert.deepEqual(decodeCheckpoint(bytes, 'c'), checkpointAt(12));
  });

  it('are refused at any other length', () => {
    const bytes = encodeCheckpoint(checkpointAt(12));
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeCheckpoint(bytes.subarray(0, length), 'c'), { name: 'CorruptFileError' });
    }
    assert.throws(() => decodeCheckpoint(Buffer.concat([bytes, Buffer.alloc(4)]), 'c'), { name: 'CorruptFileError' });
  });

  it('are refused where they hold what no training writes, whatever their checksum', () => {
    const { history, facts, best } = checkpointAt(12);
    const wrong = [
      { seconds: Number.NaN },
      { ended: 'done' },
      { history: [{ ...history[0], loss: Number.POSITIVE_INFINITY }] },
      { facts: { ...facts, notes: 'none' } },
      { best: best && { ...best, parameters: vector(1).subarray(1) } },
      { more: 1 },
    ];
    for (const change of wrong) {
      const bytes = encodeCheckpoint({ ...checkpointAt(12), ...(change as Partial<Checkpoint>) });
      assert.throws(() => decodeCheckpoint(bytes, 'c'), { name: 'CorruptFileError' }, JSON.stringify(change));
    }
  });
});

describe('the checkpoints of a training', () => {
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-checkpoint-'));
    for (const step of [1, 2, 3]) await keepCheckpoint(folder, checkpointAt(step));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are the newest and the one before', async () => {
    assert.deepEqual(readdirSync(folder).sort(), ['training.before.ckpt', 'training.ckpt']);
    assert.deepEqual(await findCheckpoint(folder, 'k1'), { checkpoint: checkpointAt(3), warnings: [] });
    rmSync(file('training.ckpt'));
    assert.deepEqual(await findCheckpoint(folder, 'k1'), { checkpoint: checkpointAt(2), warnings: [] });
  });

  it('are none of another training, and none where there are none', async () => {
    assert.deepEqual(await findCheckpoint(folder, 'k2'), { checkpoint: null, warnings: [] });
    assert.deepEqual(await findCheckpoint(file('none'), 'k1'), { checkpoint: null, warnings: [] });
  });

  /** What may lie where a checkpoint was. */
  const DAMAGES: Record<string, (place: string) => void> = {
    'a flipped bit': (place) => {
      const bytes = readFileSync(place);
      bytes[100] ^= 4;
      writeFileSync(place, bytes);
    },
    'a file cut short': (place) => writeFileSync(place, readFileSync(place).subarray(0, 300)),
    'an empty file': (place) => writeFileSync(place, ''),
    'a checkpoint of an earlier version': (place) => writeFileSync(place, `SEGCKPT1${'x'.repeat(500)}`),
    'a folder': (place) => {
      rmSync(place);
      mkdirSync(path.join(place, 'inner'), { recursive: true });
    },
    'a link to itself': (place) => {
      rmSync(place);
      symlinkSync(place, place);
    },
    'a pipe that nobody writes to': (place) => {
      rmSync(place);
      execFileSync('mkfifo', [place]);
    },
  };
  for (const [what, damage] of Object.entries(DAMAGES)) {
    it(`give way to the one before where the newest is ${what}; without one the training starts anew`, async function () {
      if (what === 'a pipe that nobody writes to' && process.platform === 'win32') this.skip();
      damage(file('training.ckpt'));
      const { checkpoint, warnings } = await findCheckpoint(folder, 'k1');
      assert.deepEqual(checkpoint, checkpointAt(2));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0], /training\.ckpt.*set aside as training\.ckpt\.damaged-1; .*goes on .*at step 2$/);
      assert.deepEqual(readdirSync(folder).sort(), ['training.before.ckpt', 'training.ckpt.damaged-1']);

      damage(file('training.before.ckpt'));
      const none = await findCheckpoint(folder, 'k1');
      assert.equal(none.checkpoint, null);
      assert.match(none.warnings.join(), /training\.before\.ckpt.*starts anew$/);
      await keepCheckpoint(folder, checkpointAt(4));
      assert.deepEqual((await findCheckpoint(folder, 'k1')).checkpoint, checkpointAt(4));
      damage(file('training.ckpt'));
      assert.match((await findCheckpoint(folder, 'k1')).warnings.join(), /set aside as training\.ckpt\.damaged-2/);
    });
  }

  it('go with the training, and nothing else does', async () => {
    DAMAGES['an empty file'](file('training.ckpt'));
    await findCheckpoint(folder, 'k1');
    for (const name of ['metrics.csv', 'training.ckpt.partial-0a1b2c', 'notes.txt', 'training.ckpt.bak']) {
      writeFileSync(file(name), name);
    }
    mkdirSync(file('training.ckpt'));
    await removeTraining(folder);
    assert.deepEqual(readdirSync(folder).sort(), ['notes.txt', 'training.ckpt', 'training.ckpt.bak']);
    for (const name of readdirSync(folder)) rmSync(file(name), { recursive: true });
    await removeTraining(folder);
    assert.equal(existsSync(folder), false);
    mkdirSync(folder);
  });
});
