import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CorruptFileError } from '../../src/base/errors';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint';

describe('training/checkpoint', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-checkpoint-'));
    file = path.join(folder, 'training.ckpt');
  });
  after(() => rmSync(folder, { recursive: true }));

  const vector = (seed: number) => new Float32Array(37).map((_, i) => Math.sin(i * seed));
  const checkpoint: Checkpoint = {
    key: 'k1',
    state: { step: 12, parameters: vector(1), average: vector(2), firstMoment: vector(3), secondMoment: vector(4) },
    best: {
      step: 8,
      epoch: 2,
      result: { dice: 0.1 + 0.2, threshold: 0.44, tiles: 'patch', perImage: [{ id: 'Zellkern µ', dice: 0.3 }] },
      parameters: vector(5),
    },
    history: [
      { epoch: 1, step: 4, loss: 1 / 3, validationDice: null, threshold: null, learningRate: 1e-3, seconds: 2 },
    ],
    epochLoss: { sum: 1 / 7, count: 3 },
    seconds: 3.25,
    ended: null,
    facts: { images: 3, validationImages: 1, notes: ['ä'] },
  };

  it('reads what it wrote, number for number', async () => {
    await writeCheckpoint(file, checkpoint);
    assert.deepEqual(await readCheckpoint(file, 'k1'), checkpoint);
    const early: Checkpoint = { ...checkpoint, best: null, ended: 'time' };
    await writeCheckpoint(file, early);
    assert.deepEqual(await readCheckpoint(file, 'k1'), early);
  });

  it('ignores another training and a file that is not there', async () => {
    await writeCheckpoint(file, checkpoint);
    assert.equal(await readCheckpoint(file, 'k2'), null);
    assert.equal(await readCheckpoint(path.join(folder, 'none'), 'k1'), null);
  });

  it('refuses a damaged file', async () => {
    await writeCheckpoint(file, checkpoint);
    const bytes = readFileSync(file);
    const spoil = async (change: (copy: Buffer) => Buffer, expected: RegExp) => {
      writeFileSync(file, change(Buffer.from(bytes)));
      await assert.rejects(readCheckpoint(file, 'k1'), (error: unknown) => {
        assert.ok(error instanceof CorruptFileError);
        assert.match(error.message, expected);
        return true;
      });
    };
    await spoil((copy) => copy.subarray(0, copy.length - 4), /checksum/);
    await spoil((copy) => copy.fill(0x41, 0, 8), /not a training checkpoint/);
    await spoil((copy) => copy.fill(0x41, 12, 14), /header is damaged/);
    await spoil((copy) => copy.subarray(0, 5), /not a training checkpoint/);
  });
});
