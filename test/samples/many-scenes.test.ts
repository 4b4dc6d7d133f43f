import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAll } from '../../src/formats/image-reader';
import { computedMs } from '../support/computed';
import { PLATES } from '../support/plates';
import { openAll, requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

/** What is known of a file that was written a moment ago is not kept. */
const SETTLED_MS = 2100;
const SCENES = 400;
/** Parsing the file for every scene takes 3 to 12 s. */
const LONGEST_MS = 2500;

describe('files of many images', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  for (const [format, write] of Object.entries(PLATES)) {
    it(`become samples in a time that grows with their number: ${format}`, async function () {
      this.timeout(60_000);
      const raw = write(folder.path, SCENES);
      await sleep(SETTLED_MS);
      // Loads what opening needs.
      await openAll({ id: 'a', raw, scene: 0 }, requestOf({}), [folder.path]);
      const before = process.cpuUsage();
      const samples = await openAll({ id: 'a', raw, scene: null }, requestOf({}), [folder.path]);
      const ms = computedMs(before);
      assert.equal(samples.length, SCENES);
      assert.deepEqual([samples[7].id, samples[399].raw.scene], ['a_s7', 399]);
      assert.ok(ms < LONGEST_MS, `${SCENES} scenes took ${Math.round(ms)} ms`);
      const { data } = await readAll(samples[399].raw);
      assert.equal(data[0], format === 'OME-TIFF' ? 399 : 0);
    });
  }
});
