import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { reportJob } from '../../../src/jobs/implementations/report';
import { checkInput } from '../../../src/jobs/inputs';
import { publishModel } from '../../../src/models/publish';
import { type ComparedImage, evaluationRequest } from '../../../src/reports/evaluation-gathering';
import { cardFields } from '../../models/support';
import { Workbench } from './workbench';

const SHAPE = [1, 1, 1, 20, 24] as [number, number, number, number, number];
const REST: Parameters<typeof evaluationRequest>[1] = {
  title: 'Nuclei',
  predicted: 'mask',
  truth: 'target',
  failed: [],
  notes: [],
  file: null,
};

describe('report job', () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.open();
  });
  after(() => bench.close());

  /** A square that was found so many pixels beside where it is; null: nothing is there, and nothing was found. */
  async function compared(id: string, name: string, off: number | null): Promise<ComparedImage> {
    const square = (left: number | null, value: number) =>
      Uint8Array.from({ length: 480 }, (_, i) => {
        const [y, x] = [Math.floor(i / 24), i % 24];
        return left !== null && y >= 5 && y < 13 && x >= left && x < left + 8 ? value : 0;
      });
    const options = { pixelSize: { z: null, y: 0.5, x: 0.5 } };
    const image = async (part: string, pixels: Uint8Array | Float32Array) =>
      bench.image(`${name}-${part}.ome.tiff`, SHAPE, pixels as Uint8Array<ArrayBuffer>, options);
    const found = { kind: 'mask' as const, image: await image('mask', square(off === null ? null : 5 + off, 255)) };
    const truth = await image('truth', square(off === null ? null : 5, 255));
    const raw = await image(
      'raw',
      square(5, 200).map((v, i) => v + (i % 50)),
    );
    const probability = await image(
      'map',
      Float32Array.from(square(off === null ? null : 5 + off, 1), (v) => v * 0.9),
    );
    const metrics = await evaluateJob({ predicted: found.image, truth, weight: null, probability }, bench.context());
    return { id, metrics, raw, truth, found, weight: null, model: null, threshold: 'threshold "value" (0.5)' };
  }
  const write = async (images: ComparedImage[], changes: Partial<typeof REST> = {}) => {
    const request = checkInput(
      'report',
      JSON.parse(JSON.stringify(evaluationRequest(images, { ...REST, ...changes }))),
    );
    const { path: file, bytes } = await reportJob(request, bench.context());
    const text = await readFile(file, 'utf8');
    assert.equal(Buffer.byteLength(text), bytes);
    return { file, text };
  };

  it('has every image, pictures of some, and each file with its hash', async () => {
    const images: ComparedImage[] = [];
    for (let i = 0; i < 10; i++) images.push(await compared(`field ${i}`, `f${i}`, i % 5));
    const { text } = await write(images);
    for (const { id } of images) assert.ok(text.includes(`<td class="name">${id}</td>`), id);
    assert.equal(text.match(/src="data:image\/png;base64,/g)?.length, 9);
    assert.equal(text.match(/<span class="hash">[0-9a-f]{64}<\/span>/g)?.length, 20);
    assert.match(text, /10 images of 10 files compared/);
    assert.match(text, /NSD[\s\S]*0\.5 µm/);
    assert.match(text, /Expected calibration error/);
    assert.match(text, /For the methods section[\s\S]*95 % percentile bootstrap intervals over files/);
    assert.doesNotMatch(text, /NaN|undefined|\[object/);
  });

  it('names hostile ids, failures and empty truths as what they are', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const images = [await compared(hostile, 'h', 1), await compared('empty', 'e', null)];
    const failed = [{ id: '</td><script>', node: 'load "x"', message: 'a & b' }];
    const { text } = await write(images, { failed: failed });
    assert.doesNotMatch(text, /<img src=x|<script/);
    assert.ok(text.includes('&lt;img src=x onerror=alert(1)&gt;'));
    assert.match(text, /The truth of 1 of 2 images is empty, and in 0 of these something was found/);
    assert.match(text, /1 image could not be compared and is in no mean/);
    assert.match(text, /Mean with empty truths/);
  });

  it('has an infinite distance as such, and one image without an interval', async () => {
    const lost = await compared('lost', 'l', 30);
    const { text } = await write([lost]);
    assert.match(text, /∞/);
    assert.match(text, /0 \(\+ 1 infinite\)/);
    assert.match(text, /one file: no interval/);
    assert.doesNotMatch(text, /NaN/);
  });

  it('says of what is gone that it is gone, and reports all the same', async () => {
    const image = await compared('gone', 'g', 1);
    await rm(fileURLToPath(image.raw.uri));
    const { text } = await write([image]);
    assert.match(text, /No picture: /);
    assert.match(text, /not hashed/);
    const none = await write([], { failed: [{ id: 'a', node: 'n', message: 'm' }] });
    assert.match(none.text, /0 images of 0 files/);
  });

  it('warns of images that the model has learned from', async () => {
    const image = await compared('seen', 's', 1);
    const data = [{ id: 'seen', split: 'train', images: { raw: { uri: image.raw.uri, sha256: 'x' } } }];
    const card = { ...cardFields({ name: 'nuclei' }), data };
    const { reference } = await publishModel(bench.settings.modelsFolder, {
      card,
      onnx: Buffer.from('x'),
      metricsCsv: '',
    });
    const { text } = await write([{ ...image, model: reference }, await compared('new', 'n', 2)]);
    assert.match(text, /1 of 2 images compared here are of files that the model nuclei@v1 was trained with/);
    assert.match(text, /The model nuclei@v1/);
    // Not all of it was found by the model: no copy is left with it.
    const copy = path.join(fileURLToPath(reference.uri), 'evaluation.html');
    assert.equal(existsSync(copy), false);
    const own = await write([{ ...image, model: reference }]);
    assert.equal(await readFile(copy, 'utf8'), own.text);
    await writeFile(copy, '<p>my own page</p>');
    await write([{ ...image, model: reference }]);
    assert.equal(await readFile(copy, 'utf8'), '<p>my own page</p>', 'another file stays');
  });

  it('goes where it was asked for, in place of a report only', async () => {
    const image = await compared('a', 'a', 1);
    const wanted = path.join(bench.data, 'reports', 'nuclei');
    const { file } = await write([image], { file: wanted });
    assert.equal(file, `${wanted}.html`);
    await write([image], { file: `${wanted}.html` });
    const mine = path.join(bench.data, 'mine.html');
    await writeFile(mine, '<p>my own page</p>');
    await assert.rejects(write([image], { file: mine }), {
      code: 'exists',
      message: /expected a report of this package/,
    });
    await assert.rejects(write([image], { file: '/etc/report.html' }), { code: 'not-allowed' });
  });
});
