import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DriftHistory } from '../../nodes/gate/drift-history';
import { Journal } from '../../src/acquisition/journal';
import { type LookResult, lookForComplete } from '../../src/acquisition/look';
import { Random } from '../../src/base/random';
import { ResultsLog } from '../../src/results/results-log';
import { RotatingLog } from '../../src/storage/rotating-log';
import type { DriftEvent } from '../../src/trust/drift';
import { verdictOf } from '../../src/trust/verdict';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';

const SIDE = 24;
const DAY_MS = 24 * 3600 * 1000;
/** A Monday. */
const BEGIN = Date.UTC(2026, 10, 23);
const RULES = {
  reviewDice: null,
  alarmDice: null,
  unlike: 'ignore',
  foreground: { least: null, most: null },
  objects: { least: null, most: null },
} as const;
/** Grey value above which a pixel is foreground. */
const LEVEL = 100;

export interface Week {
  folder: string;
  days: number;
  /** images of a day, evenly */
  perDay: number;
  /** brightness of the lamp on a day, 1 when it is new */
  lamp(day: number): number;
  /** what happens each midnight, such as a training from what was corrected */
  nightly?(day: number): Promise<void>;
  /** days that events are kept */
  keptDays: number;
  /** bytes of all files of events */
  mostBytes: number;
}

export interface WeekOutcome {
  /** how often each image was told: all once, where everything is well */
  told: Map<string, number>;
  drifts: Array<{ day: number; event: DriftEvent }>;
  results: number;
  /** of the simulated time */
  seconds: number;
}

/**
 * Lives through days of a watched folder with a clock of its own: images come, are told when they are complete, judged, charted and
 * logged, and each midnight all of it begins anew from disk, as after a restart.
 */
export async function liveThrough(week: Week): Promise<WeekOutcome> {
  const { folder, days, perDay } = week;
  const random = new Random(11);
  const incoming = path.join(folder, 'in');
  await mkdir(incoming, { recursive: true });
  let now = BEGIN;
  const clock = () => now;
  const told = new Map<string, number>();
  const drifts: WeekOutcome['drifts'] = [];
  let results = 0;
  for (let day = 0; day < days; day++) {
    const journal = await Journal.open(path.join(folder, 'journal'));
    const events = new RotatingLog({
      folder: path.join(folder, 'log'),
      name: 'events',
      mostBytes: week.mostBytes,
      days: week.keptDays,
      now: clock,
    });
    const log = new ResultsLog({ folder: path.join(folder, 'results'), now: clock });
    const charts = new DriftHistory(
      path.join(folder, 'gate'),
      (problem) => {
        throw new Error(problem);
      },
      clock,
    );
    let before: Pick<LookResult, 'pending' | 'checkedUpTo'> = { pending: [], checkedUpTo: '' };
    const look = async (names: string[] | null) => {
      const request = { watched: incoming, roots: [folder], times: { quiet: 5000, patience: 60_000 }, doneFile: '' };
      const ofNode = {
        again: false,
        open: new Set<string>(),
        madeFrom: async () => null,
        most: 50,
        renamed: new Set<string>(),
      };
      before = await lookForComplete({ ...request, ...ofNode, ...before, names, now, at: now }, journal);
      return before as LookResult;
    };
    for (let i = 0; i < perDay; i++) {
      now = BEGIN + day * DAY_MS + (i * DAY_MS) / perDay;
      const name = `day${day}-${i}.tif`;
      const pixels = picture(week.lamp(day), random);
      await writeFile(path.join(incoming, name), buildTiff([planePage(pixels, SIDE, SIDE)]));
      await look([name]);
      now += 6000;
      // The first look of a day is at everything: nothing of the days before may be told again.
      for (const file of (await look(i === 0 ? null : [name])).complete) {
        told.set(file.name, (told.get(file.name) ?? 0) + 1);
        await journal.note([{ name: file.name, version: file.version, state: 'answered', at: now }]);
        const observed = { foreground: pixels.filter((value) => value > LEVEL).length / pixels.length };
        const drifted = await charts.add({ model: 'nuclei@1', instrument: 'scope' }, file.name, observed);
        const node = { id: 'gate', type: 'segmenter-gate', name: '' };
        const verdict = verdictOf(observed, RULES);
        events.note({ event: 'verdict', node, sample: file.name, state: verdict.state });
        for (const event of drifted) {
          drifts.push({ day, event });
          events.note({ event: 'drift', node, sample: file.name, reason: event.series });
        }
        log.note({
          sequence: null,
          sample: file.name,
          node: { ...node, flow: '' },
          images: {},
          metrics: {},
          failed: null,
        });
      }
    }
    await Promise.all([events.idle(), log.idle(), charts.close()]);
    results = (await log.runs()).reduce((sum, { samples }) => sum + samples, 0);
    await week.nightly?.(day);
  }
  return { told, drifts, results, seconds: (now - BEGIN) / 1000 };
}

/** A disc on a noisy background. */
function picture(lamp: number, random: Random): Uint8Array<ArrayBuffer> {
  const radius = 6 + random.uniform();
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const distance = Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2);
    const value = lamp * (distance < radius ? 130 : 30) + 12 * random.normal();
    return Math.max(0, Math.min(255, Math.round(value)));
  });
}
