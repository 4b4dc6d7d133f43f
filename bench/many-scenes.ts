import { setTimeout as sleep } from 'node:timers/promises';
import { openDescription } from '../src/formats/image-reader';
import { openSample } from '../src/samples/open-sample';
import { PLATES } from '../test/support/plates';
import { withFolder } from './support/stack';

/** Plates of so many tiny images in one file: each becomes a sample, and some are opened as later steps do. */
const SCENES = Number(process.argv[2] ?? 1536);
const OPENED = 64;
const SETTLED_MS = 2100;
const REQUEST = { rawChannel: null, seg1Channel: null, seg2Channel: null, time: null, scene: null };

void withFolder(async (folder) => {
  for (const [format, write] of Object.entries(PLATES)) {
    const raw = write(folder, SCENES);
    // What is known of a file that was written a moment ago is not kept.
    await sleep(SETTLED_MS);
    const start = performance.now();
    const scenes = await openSample({ id: 'plate', raw, scene: null }, REQUEST, [folder]);
    const samples = scenes.flatMap((scene) => ('error' in scene ? [] : [scene]));
    const described = performance.now();
    for (let i = 0; i < OPENED; i++) {
      const reader = await openDescription(samples[Math.floor((i * samples.length) / OPENED)].raw);
      await reader.close();
    }
    const opened = performance.now();
    const row = {
      row: 'many-scenes',
      format,
      scenes: samples.length,
      seconds: Number(((described - start) / 1000).toFixed(2)),
      msToOpenOne: Number(((opened - described) / OPENED).toFixed(2)),
    };
    console.log(JSON.stringify(row));
  }
});
