import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endure } from '../test/flows/support/watched-images';
import { report } from './support/measure';

/**
 * Images that come into a watched folder while Node-RED, or one of its workers, is killed at random moments: how many have no
 * answer, not the right mask, or failed, and why. `watched [IMAGES] [KILLS] [SEED] [SHARE OF WORKERS]`: 200 images, 20 kills,
 * 0.4 of them of workers.
 */
async function main(): Promise<void> {
  const [images = 200, kills = 20, seed = 0, ofWorkers = 0.4] = process.argv.slice(2).map(Number);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-watched-'));
  const endured = await endure({ folder, images, kills, seed, ofWorkers, lives: [3, 6] });
  rmSync(folder, { recursive: true, force: true });
  const { seconds, ...rest } = endured;
  report('watched', { seconds }, { ...rest, unanswered: rest.unanswered.length, wrong: rest.wrong.length });
}

void main();
