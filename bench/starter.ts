import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine } from '../src/engines';
import { packWeights } from '../src/network/packed-weights';
import type { Sample } from '../src/samples/sample';
import { numbersOf } from '../src/training/data/object-numbers';
import { prepareTraining } from '../src/training/prepare';
import { STARTERS } from '../src/training/starters';
import { train } from '../src/training/train';
import { DIVIDED_SETTINGS } from './support/divided-training';
import { engineOptions, placeOf, report } from './support/measure';
import { writeImage } from './support/nuclei-trainings';
import { predict } from './support/predicted-sample';
import { starterScene } from './support/starter-scenes';

/** [z, y, x] of a scene. */
const SIZE: [number, number, number] = [1, 256, 256];

/**
 * Makes the starter weights of the package: `-- starter small-2d FILE [STEPS] [SCENES] [SEED]`. Trains that network to tell
 * apart the objects of simulated scenes alone, nothing decayed: with Adam, a decay in the gradient takes from the coarse levels, which few scenes need,
 * all that others would begin with.
 */
async function main(): Promise<void> {
  const [name, file = `${name}.bin`, stepsText = '4000', scenesText = '200', seedText = '0'] = process.argv.slice(2);
  const starter = STARTERS.find((one) => one.name === name);
  if (!starter) throw new Error(`starter: expected ${STARTERS.map((one) => one.name).join(' or ')}, got ${name}`);
  const { spec } = starter;
  const engine = await openEngine(engineOptions());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-starter-'));
  try {
    const samples = await scenes(folder, Number(scenesText), SIZE, Number(seedText));
    const settings = {
      ...DIVIDED_SETTINGS,
      ...{ modelSize: 'small' as const, levels: 5 as const, objects: 'on' as const },
      ...{ validation: 0, seed: Number(seedText), starter: 'never' as const },
    };
    const prepared = (epochs: number) =>
      prepareTraining({ samples, settings: { ...settings, epochs }, start: null, numbersOf });
    const { budget } = await prepared(1);
    const preparation = await prepared(Math.max(1, Math.round(Number(stepsText) / (budget.steps ?? 1))));
    assert.deepEqual(preparation.spec, spec);
    const result = await train(preparation, {
      ...{ engine, predict, memoryMB: 3000, folder: path.join(folder, 'training') },
    });
    writeFileSync(file, packWeights(spec, result.parameters));
    const loss = result.history.map(({ step, loss }) => [step, Number(loss.toFixed(4))]);
    report('starter', { seconds: result.seconds }, { starter: name, steps: result.steps, loss, ...placeOf(engine) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function scenes(folder: string, count: number, size: [number, number, number], seed: number): Promise<Sample[]> {
  const images = path.join(folder, 'scenes');
  mkdirSync(images);
  const samples: Sample[] = [];
  for (let k = 0; k < count; k++) {
    const { shape, raw, numbers } = starterScene(size, 1_000_000 * seed + 100 * k);
    const image = await writeImage({ folder: images }, `scene-${k}`, shape, raw);
    const seg1 = await writeImage({ folder: images }, `scene-${k}-numbers`, shape, numbers);
    samples.push({ id: `scene-${k}`, raw: image, seg1 });
  }
  return samples;
}

void main();
