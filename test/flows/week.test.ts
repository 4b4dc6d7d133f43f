import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { liveThrough } from '../support/simulated-week';

describe('a week of a watched folder, with a clock of its own', function () {
  this.timeout(30_000);
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('tells each image once, of the lamp that fades in the days when it does, and keeps its logs within their bounds', async () => {
    const nights: number[] = [];
    const { told, drifts, results } = await liveThrough({
      ...{ folder: folder.path, days: 8, perDay: 24, keptDays: 3, mostBytes: 40_000 },
      lamp: (day) => (day < 5 ? 1 : 0.8),
      nightly: async (day) => {
        nights.push(day);
      },
    });
    assert.equal(told.size, 8 * 24);
    assert.deepEqual([...new Set(told.values())], [1]);
    assert.equal(results, 8 * 24);
    assert.deepEqual(
      drifts.map(({ day, event }) => [day, event.event, event.series]),
      [[5, 'drift', 'foreground']],
    );
    const logs = readdirSync(folder.at('log')).sort();
    assert.deepEqual(
      logs,
      [27, 28, 29, 30].map((day) => `events-2026-11-${day}.jsonl`),
    );
    assert.ok(logs.reduce((sum, name) => sum + statSync(folder.at('log', name)).size, 0) < 45_000);
    assert.deepEqual(nights, [0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
