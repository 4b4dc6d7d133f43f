import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ImageDescription } from '../../src/image/description';
import type { Shape5 } from '../../src/image/region';
import { createJobHost, type JobHost } from '../../src/jobs/host/job-host';
import { rerun } from '../../src/jobs/rerun';
import { contentHash } from '../../src/provenance/content-hash';
import { type ProvenanceRecord, recordPath } from '../../src/provenance/record';
import { withStep } from '../../src/samples/steps';
import { pattern } from '../formats/pixel-patterns';
import { Workbench } from '../jobs/implementations/workbench';

const SHAPE: Shape5 = [1, 1, 2, 40, 50];
const NODE = { id: 'n', type: 'segmenter-save-image', name: 'save', flow: 'nightly' };
const THRESHOLD = {
  method: 'value',
  value: 100,
  minSize: 2,
  fillHoles: true,
  label: true,
  connectivity: 'faces',
} as const;
const SAVE = {
  filename: null,
  format: 'ome-tiff',
  existing: 'own',
  compression: 'deflate',
  layout: 'auto',
  png: false,
} as const;

describe('a result with its record', function () {
  this.timeout(60_000);
  let bench: Workbench;
  let host: JobHost;
  let raw: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    host = createJobHost(bench.settings, { pixelWorkers: 1 });
    raw = await bench.image('cells.ome.tiff', SHAPE, pattern('uint8', 4000));
  });
  afterEach(async () => {
    await host.shutdown();
    await bench.close();
  });

  /** Thresholds, and saves mask and record as the nodes do. */
  async function save(image: 'mask' | 'labels' = 'mask'): Promise<string> {
    const made = await host.run('threshold', { image: raw, model: null, raw, id: 'cells', settings: THRESHOLD });
    const node = { id: 't', type: 'segmenter-threshold', name: '' };
    const makes = ['mask', 'labels'];
    const steps = withStep([], {
      job: 'threshold',
      from: 'raw',
      makes,
      input: { settings: THRESHOLD, model: null },
      node,
      at: 'now',
    });
    const verdict = { state: 'review' as const, reasons: ['few objects'], unchecked: [] };
    const settings = { ...SAVE, folder: path.join(bench.data, 'out') };
    const origin = { steps, verdict, node: NODE };
    const chosen = made[image];
    assert.ok(chosen);
    return (await host.run('save-image', { image: chosen, role: image, id: 'cells', raw, settings, origin })).path;
  }

  const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as ProvenanceRecord;
  const again = (saved: string) => rerun(recordPath(saved), path.join(bench.data, 'again'), host);

  it('says what made it, of what, and how it was judged', async () => {
    const saved = await save();
    const record = readJson(recordPath(saved));
    assert.equal(record.sample, 'cells');
    assert.equal(record.image, 'mask');
    assert.deepEqual(record.node, NODE);
    assert.equal(record.verdict?.state, 'review');
    assert.deepEqual(
      record.steps.map(({ job, from }) => [job, from]),
      [['threshold', 'raw']],
    );
    assert.deepEqual(record.result, { file: 'cells_mask.ome.tiff', hash: await contentHash(saved) });
    assert.deepEqual(record.raw.hash, await contentHash(fileURLToPath(raw.uri)));
    assert.equal(record.software.package, '@segmenter/node-red-segmenter');
  });

  for (const image of ['mask', 'labels'] as const) {
    it(`is made again byte for byte: ${image}`, async () => {
      const saved = await save(image);
      const { isSame, path: made } = await again(saved);
      assert.equal(isSame, true);
      assert.deepEqual(readFileSync(made), readFileSync(saved));
      assert.notEqual(made, saved);
    });
  }

  it('is made again from a copy of its image with another time', async () => {
    const saved = await save();
    utimesSync(fileURLToPath(raw.uri), 5, 5);
    assert.equal((await again(saved)).isSame, true);
  });

  it('is found to differ where something else was done', async () => {
    const saved = await save();
    const file = recordPath(saved);
    const record = readJson(file);
    record.steps[0].input = { settings: { ...THRESHOLD, value: 101 }, model: null };
    writeFileSync(file, JSON.stringify(record));
    assert.equal((await again(saved)).isSame, false);
  });

  it('is not made again from another image, from other means, or from no record', async () => {
    const saved = await save();
    const file = recordPath(saved);
    const whole = readJson(file);
    writeFileSync(file, JSON.stringify({ ...whole, steps: [] }));
    await assert.rejects(again(saved), { code: 'unsupported', message: /cannot be made again/ });
    writeFileSync(file, '{"format": "segmenter-prov');
    await assert.rejects(again(saved), { code: 'corrupt-file' });
    writeFileSync(file, JSON.stringify(whole));
    const other = await bench.image(
      'other.ome.tiff',
      SHAPE,
      pattern('uint8', 4000).map((value) => value ^ 1),
    );
    copyFileSync(fileURLToPath(other.uri), fileURLToPath(raw.uri));
    await assert.rejects(again(saved), { code: 'changed', message: /holds something else/ });
    rmSync(fileURLToPath(raw.uri));
    await assert.rejects(again(saved), { code: 'not-found', message: /cannot read .*cells\.ome\.tiff/ });
  });

  it('loses the record of an earlier result when nobody says how the new one came about', async () => {
    const saved = await save();
    const settings = { ...SAVE, folder: path.join(bench.data, 'out') };
    await host.run('save-image', { image: raw, role: 'mask', id: 'cells', settings });
    assert.equal(existsSync(recordPath(saved)), false);
  });

  it('is compared by a command, whose exit code says whether it is the same', async () => {
    const saved = await save();
    const command = path.resolve(__dirname, '../../../scripts/segmenter.mjs');
    const run = promisify(execFile);
    const parameters = [command, 'rerun', recordPath(saved), '--folder', path.join(bench.data, 'again')];
    const temporary = path.join(bench.folder, 'temporary');
    mkdirSync(temporary);
    const env = { ...process.env, TMPDIR: temporary, TEMP: temporary };
    const { stdout } = await run(process.execPath, parameters, { env });
    assert.match(stdout, /mask of cells is the same, byte for byte/);
    const none = path.join(bench.folder, 'none.json');
    await assert.rejects(run(process.execPath, [command, 'rerun', none], { env }), (error: { stderr: string }) => {
      assert.ok(error.stderr.includes(`cannot read ${none}: `), error.stderr);
      return true;
    });
    assert.deepEqual(readdirSync(temporary), []);
    const file = recordPath(saved);
    const record = readJson(file);
    record.steps[0].input = { settings: { ...THRESHOLD, value: 101 }, model: null };
    writeFileSync(file, JSON.stringify(record));
    await assert.rejects(run(process.execPath, parameters), (error: { code: number; stdout: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stdout, /DIFFERS/);
      return true;
    });
    await assert.rejects(run(process.execPath, [command, 'fly']), { code: 1 });
  });

  it('is known by its ends where it is large', async () => {
    const file = path.join(bench.folder, 'large');
    const bytes = Buffer.alloc(3 * 2 ** 20, 1);
    writeFileSync(file, bytes);
    const whole = await contentHash(file);
    const ends = await contentHash(file, 2 * 2 ** 20);
    assert.deepEqual([whole.of, ends.of], ['file', 'ends']);
    bytes[bytes.length - 1] = 2;
    writeFileSync(file, bytes);
    assert.notEqual((await contentHash(file, 2 * 2 ** 20)).sha256, ends.sha256);
    writeFileSync(file, Buffer.alloc(3 * 2 ** 20 + 1, 1));
    assert.notEqual((await contentHash(file, 2 * 2 ** 20)).sha256, ends.sha256);
  });
});
