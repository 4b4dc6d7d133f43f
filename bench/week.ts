import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { liveThrough } from '../test/support/simulated-week';
import { report } from './support/measure';

const LAMP_FADES = 0.7;

/**
 * Days of a watched folder with a clock of its own: an image each so many minutes, a restart each midnight, a lamp that fades after
 * seven tenths of the time. `week [DAYS] [MINUTES]`: 7 days, an image every 5 minutes.
 */
async function main(): Promise<void> {
  const [days = 7, minutes = 5] = process.argv.slice(2).map(Number);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-week-'));
  const begin = performance.now();
  const mostBytes = 200_000;
  const perDay = Math.floor((24 * 60) / minutes);
  const lamp = (day: number) => (day < LAMP_FADES * days ? 1 : 0.8);
  const { told, drifts, results } = await liveThrough({ folder, days, perDay, keptDays: 3, mostBytes, lamp });
  const logs = readdirSync(path.join(folder, 'log')).map((name) => statSync(path.join(folder, 'log', name)).size);
  const twice = [...told.values()].filter((times) => times > 1).length;
  report(
    'week',
    { seconds: (performance.now() - begin) / 1000 },
    {
      ...{ days, images: days * perDay, told: told.size, twice, results },
      drifts: drifts.map(({ day, event }) => `day ${day}: ${event.event} ${event.series} ${event.now.toPrecision(3)}`),
      ...{ logFiles: logs.length, logBytes: logs.reduce((sum, size) => sum + size, 0), mostBytes },
    },
  );
  rmSync(folder, { recursive: true, force: true });
}

void main();
