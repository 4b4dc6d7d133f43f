import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { JobFiles } from '../../../src/jobs/io/job-files';
import { Workbench } from './workbench';

describe('JobFiles', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  const store = () => path.join(bench.settings.scratchFolder, 'segmenter-scratch');
  const info = {
    shape: [1, 1, 1, 4, 4],
    dtype: 'uint8',
    channels: [{ index: 0, name: 'c' }],
    pixelSize: null,
  } as const;
  const makeImage = () =>
    JobFiles.use(bench.context(), async (files) => {
      const image = await files.create('result', { ...info, shape: [...info.shape], channels: [...info.channels] });
      await image.writer.write(new Uint8Array(16));
      return image.finish('a');
    });

  it('go on where the scratch folder was removed, or what the store keeps in it', async () => {
    await makeImage();
    await rm(store(), { recursive: true, maxRetries: 5 });
    const image = await makeImage();
    await rm(path.join(store(), '.pins'), { recursive: true, force: true });
    await JobFiles.use(bench.context(), (files) => files.image(image));
    await rm(fileURLToPath(image.uri));
    await assert.rejects(
      JobFiles.use(bench.context(), (files) => files.image(image)),
      { code: 'not-found', message: /no longer in the scratch store: it was removed from outside, or by the store/ },
    );
  });

  it('are tried again with the next job where the scratch folder could not be made', async () => {
    await writeFile(bench.settings.scratchFolder, 'in the way');
    await assert.rejects(makeImage(), { code: 'not-allowed', message: /scratch folder .* cannot be made/ });
    await rm(bench.settings.scratchFolder);
    assert.ok(existsSync(fileURLToPath((await makeImage()).uri)));
  });

  it('give back the room of what was not finished or refused', async () => {
    const taken = async () => (await readFile(path.join(store(), '.ledger'), 'utf8')).trim().split('\n');
    await makeImage();
    await assert.rejects(
      JobFiles.use(bench.context(), async (files) => {
        await files.create('cut off', { ...info, shape: [1, 1, 1, 1000, 1000], channels: [...info.channels] });
        throw new Error('the job failed');
      }),
      /the job failed/,
    );
    await assert.rejects(
      JobFiles.use(bench.context(), (files) =>
        files.create('refused', { ...info, shape: [1, 1, 1, 1000, 1000], channels: [] }),
      ),
      { code: 'invalid-input' },
    );
    const lines = await taken();
    for (const sign of ['+1000000', '-1000000'])
      assert.equal(lines.filter((line) => line === sign).length, 2, `${lines}`);
  });
});
