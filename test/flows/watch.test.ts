import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endure } from './support/watched-images';

describe('a watched folder', () => {
  it('has one right mask for each image, though Node-RED is killed again and again', async function () {
    this.timeout(180_000);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-watched-'));
    const endured = await endure({ folder, images: 24, kills: 3, seed: 1, lives: [3, 6] });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    const { seconds: _, longestEnd: __, ...rest } = endured;
    assert.deepEqual(rest, { images: 24, kills: 3, unanswered: [], wrong: [], others: [], failed: {}, workers: 0 });
  });

  it('has one right mask for each image, though Node-RED is stopped as they come, which takes it less than 15 s', async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-watched-'));
    const endured = await endure({ folder, images: 8, kills: 1, seed: 2, lives: [1, 2], isGentle: true });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    const { seconds: _, longestEnd, ...rest } = endured;
    assert.deepEqual(rest, { images: 8, kills: 1, unanswered: [], wrong: [], others: [], failed: {}, workers: 0 });
    assert.ok(longestEnd < 15, `${longestEnd} s`);
  });
});
