import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileVersion } from '../../../src/formats/described-file';
import type { ImageDescription } from '../../../src/image/description';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import { JobFiles } from '../../../src/jobs/io/job-files';
import { hashOfImage } from '../../../src/jobs/io/known';
import type { ThresholdSettings } from '../../../src/jobs/job-types';
import { pattern } from '../../formats/pixel-patterns';
import { Workbench } from './workbench';

const SETTINGS: ThresholdSettings = {
  ...{ method: 'value', value: 100, minSize: 0, fillHoles: false, label: false, connectivity: 'faces' },
};

describe('a share that was taken away', () => {
  let bench: Workbench;
  let share: string;
  let image: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    share = path.join(bench.data, 'share');
    const folder = path.join(share, 'raw');
    const described = await bench.image('a.tif', [1, 1, 1, 8, 8], pattern('uint8', 64), { folder });
    image = { ...described, file: await fileVersion(path.join(folder, 'a.tif')) };
  });
  afterEach(() => bench.close());

  const threshold = (of = image) =>
    thresholdJob({ image: of, settings: SETTINGS, model: null, raw: null, id: 'a' }, bench.context());

  it('is a timeout, which is tried again: the folder is gone, or the empty one that it was mounted in', async () => {
    const aside = path.join(bench.folder, 'aside');
    renameSync(share, aside);
    await assert.rejects(threshold(), { code: 'timeout', message: /was there when it was loaded.*share taken away\?/ });
    mkdirSync(path.join(share, 'raw'), { recursive: true });
    await assert.rejects(threshold(), { code: 'timeout' });
    rmSync(share, { recursive: true });
    renameSync(aside, share);
    assert.ok((await threshold()).mask);
  });

  it('is a timeout also where it went while an image was open', async () => {
    const hashed = JobFiles.use(bench.context(), async (files) => {
      const reader = await files.open(await files.image(image));
      renameSync(share, path.join(bench.folder, 'aside'));
      return hashOfImage(files, reader, new AbortController().signal);
    });
    await assert.rejects(hashed, { code: 'timeout', message: /share taken away\?/ });
  });

  it('is none where the file alone is gone, or nobody saw it before', async () => {
    await bench.image('b.tif', [1, 1, 1, 8, 8], pattern('uint8', 64), { folder: path.join(share, 'raw') });
    rmSync(path.join(share, 'raw', 'a.tif'));
    await assert.rejects(threshold(), { code: 'not-found' });
    rmSync(share, { recursive: true });
    await assert.rejects(threshold({ ...image, file: undefined }), { code: 'not-found' });
  });
});
