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
    rmSync(folder, { recursive: true, force: true });
    const { seconds: _, ...rest } = endured;
    assert.deepEqual(rest, { images: 24, kills: 3, unanswered: [], wrong: [], others: [], failed: {}, workers: 0 });
  });
});
