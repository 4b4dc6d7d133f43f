import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { FinishAnswer, ImageView, Queue } from '../../src/curation/page-api';
import { openImage } from '../../src/formats';
import type { ModelReference } from '../../src/models/card';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import type { FlowEvent } from './support/node-red-process';
import { SimulatedOmero } from './support/omero';

const MOST_IMAGES = 2;
/** As short as a training can be: what it finds is judged elsewhere. */
const SHORT = { 'segmenter-train': { modelSize: 'small', levels: '3', epochs: 1, validation: 0 } };

/** The examples that no other test runs from their start to their end. */
describe('the example flows, run to their ends', () => {
  const fixture = useNodeRed();
  before(() => {
    // A folder needs no more to show that its flow runs.
    for (const set of ['nuclei2d', 'nuclei2d-dim', 'nuclei2d-touching', 'nuclei3d'])
      for (const part of ['train', 'test'])
        for (const kind of ['raw', 'seg']) {
          const folder = path.join(fixture.samples, set, part, kind);
          for (const file of readdirSync(folder).sort().slice(MOST_IMAGES)) rmSync(path.join(folder, file));
        }
  });
  const sent =
    (id: string, port = 0) =>
    (event: FlowEvent) =>
      event.type === 'sent' && event.id === id && event.port === port;
  const modelOf = ({ msg }: FlowEvent) => msg.model as ModelReference;

  it('quick-start-3d: a mask of each test stack, and a score', async function () {
    this.timeout(180_000);
    const { host, samples } = fixture;
    await host.deploy(quick(readExample('quick-start-3d.json'), SHORT));
    await host.inject('quick3d-start');
    const stacks = readdirSync(path.join(samples, 'nuclei3d/test/raw')).length;
    const saved = await host.until('the masks', sent('quick3d-save'), { count: stacks });
    for (const { msg } of saved)
      assert.ok(existsSync((msg.payload as { saved: { mask: string } }).saved.mask), 'a mask');
    const [{ msg }] = await host.until('the scores', sent('quick3d-evaluate', 1));
    const { count, mean } = msg.payload as { count: number; mean: { dice: number } };
    assert.equal(count, stacks);
    assert.ok(mean.dice > 0 && mean.dice <= 1, `mean Dice ${mean.dice}`);
  });

  it('touching-objects: numbered nuclei with a table and outlines, compared by their numbers', async function () {
    this.timeout(180_000);
    const { host, samples } = fixture;
    await host.deploy(quick(readExample('touching-objects.json'), SHORT));
    await host.inject('touching-start');
    const count = readdirSync(path.join(samples, 'nuclei2d-touching/test/raw')).length;
    const saved = await host.until('the labels', sent('touching-save'), { count });
    for (const { msg } of saved) {
      const { labels } = (msg.payload as { saved: { labels: string } }).saved;
      for (const beside of ['', '.objects.csv', '.objects.geojson']) assert.ok(existsSync(labels + beside), beside);
      const { objects } = msg.metrics as { objects: { truth: string } };
      assert.equal(objects.truth, 'labels');
    }
    const [{ msg }] = await host.until('the scores', sent('touching-evaluate', 1));
    const { mean } = msg.payload as { mean: { objectAp: number } };
    assert.ok(mean.objectAp >= 0 && mean.objectAp <= 1, `objectAp ${mean.objectAp}`);
  });

  it('fine-tuning: the second model goes on from the first', async function () {
    this.timeout(180_000);
    const { host } = fixture;
    await host.deploy(quick(readExample('fine-tuning.json'), { ...SHORT, 'finetune-tune': { model: 'acquisition' } }));
    await host.inject('finetune-start');
    const [first] = await host.until('the first model', sent('finetune-base'));
    const [tuned] = await host.until('the tuned model', sent('finetune-tune'));
    assert.deepEqual([modelOf(first).name, modelOf(tuned).name], ['first-microscope', 'acquisition']);
    const [{ msg }] = await host.until('the scores', sent('finetune-evaluate', 1));
    assert.ok((msg.payload as { count: number }).count > 0);
  });

  it('watch-folder: a new image is segmented once, judged and saved', async function () {
    this.timeout(120_000);
    const { host, samples } = fixture;
    const incoming = path.join(samples, 'microscope');
    mkdirSync(incoming);
    const flow = readExample('watch-folder.json');
    const env = [
      { name: 'INCOMING', type: 'str', value: incoming },
      { name: 'SAMPLES', type: 'str', value: samples },
    ];
    await host.deploy(quick(flow, { watched: { env }, 'segmenter-watch': { interval: 1, quiet: 1 } }));
    const [file] = readdirSync(path.join(samples, 'nuclei2d-dim/test/raw'));
    copyFileSync(path.join(samples, 'nuclei2d-dim/test/raw', file), path.join(incoming, file));
    const [{ msg }] = await host.until('the mask', sent('watched-save'));
    const { saved, verdict } = msg.payload as { saved: { mask: string }; verdict: { state: string } };
    assert.ok(existsSync(saved.mask));
    assert.ok(['pass', 'review', 'alarm'].includes(verdict.state), verdict.state);
    await host.until('that it is known to be dealt with', sent('watched-back-in'));
  });

  it('first-masks: what people use of the guesses becomes a model', async function () {
    this.timeout(180_000);
    const { host, samples } = fixture;
    await host.deploy(quick(readExample('first-masks.json'), SHORT));
    await host.inject('firstmasks-start');
    const raw = readdirSync(path.join(samples, 'nuclei2d/train/raw'));
    const isUp = ({ type, id }: FlowEvent) => type === 'complete' && id === 'firstmasks-curate';
    await host.until('all guesses', isUp, { count: raw.length });
    const ask = async <T>(address: string, method = 'GET', body?: unknown): Promise<T> => {
      const headers = { 'content-type': 'application/json', ...(await host.changeHeader()) };
      const sentBody = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${host.url}segmenter/curate/firstmasks-curate/${address}`, {
        ...{ method, headers },
        ...sentBody,
      });
      assert.equal(answer.status, 200, `${method} ${address}`);
      return (await answer.json()) as T;
    };
    const { items } = await ask<Queue>('queue');
    for (const { id } of items) {
      const address = `image/${encodeURIComponent(id)}`;
      const { revision, decision, pictures } = await ask<ImageView>(address);
      assert.ok(pictures.seg1, 'the guess of the threshold');
      await ask(address, 'PUT', { revision, decision: { ...decision, state: 'used' } });
    }
    assert.equal((await ask<FinishAnswer>('finish', 'POST')).used, raw.length);
    const [trained] = await host.until('the model', sent('firstmasks-train'));
    assert.equal(modelOf(trained).name, 'first-masks');
  });

  it('training-chart: a training ends and has a point for each epoch', async function () {
    this.timeout(120_000);
    const { host } = fixture;
    // Widgets are of another package; what they would be given is made all the same.
    const flow = readExample('training-chart.json').filter(({ type }) => !type.startsWith('ui-'));
    await host.deploy(quick(flow, SHORT));
    await host.inject('chart-start');
    await host.until('the model', sent('chart-train'));
    const points = host.events.filter(({ type, id }) => type === 'complete' && id === 'chart-points');
    const epochs = host.events.filter(sent('chart-train', 1));
    assert.ok(epochs.length >= 1, `${epochs.length} epochs`);
    assert.equal(points.length, epochs.length);
  });

  it('omero: labels are dropped where OMERO imports from, and found there by its JSON API', async function () {
    this.timeout(120_000);
    const { host, samples } = fixture;
    const dropBox = path.join(samples, 'dropbox');
    mkdirSync(dropBox);
    const omero = new SimulatedOmero(dropBox, 2);
    const address = await omero.start();
    const variable = (name: string, value: string) => ({ name, type: 'str', value });
    const deploy = (password: string) => {
      const env = [
        ...[variable('SAMPLES', samples), variable('OMERO', address), variable('DROPBOX', dropBox)],
        ...[variable('OMERO_USER', omero.user), variable('OMERO_PASSWORD', password)],
      ];
      return host.deploy(quick(readExample('omero.json'), { omero: { env }, 'omero-later': { timeout: '0.2' } }));
    };
    try {
      await deploy('another');
      await host.inject('omero-start');
      const [failure] = await host.until('that nobody is let in', sent('omero-errors'));
      assert.match(
        (failure.msg.error as { message: string }).message,
        /OMERO did not let amy in \(status 403\): Connection/,
      );
      assert.deepEqual(omero.refused.splice(0), ['POST /api/v0/login/: 403']);
      await deploy(omero.password);
      await host.inject('omero-start');
      const images = readdirSync(path.join(samples, 'nuclei2d/test/raw')).length;
      const found = await host.until('the images in OMERO', sent('omero-found'), { count: images });
      const ids = new Set<number>();
      for (const { msg } of found) {
        const { image, name, saved, url } = msg.payload as { image: number; name: string; saved: string; url: string };
        assert.equal(path.dirname(saved), dropBox);
        assert.equal(path.basename(saved), name);
        assert.equal(url, `${address}/webclient/?show=image-${image}`);
        const labels = await openImage(saved);
        assert.deepEqual([labels.info.format, labels.info.dtype], ['ome-tiff', 'uint16']);
        await labels.close();
        ids.add(image);
      }
      assert.equal(ids.size, images);
      assert.deepEqual(
        readdirSync(dropBox).filter((name) => !name.endsWith('.ome.tiff')),
        [],
      );
      assert.deepEqual(omero.refused, []);
    } finally {
      await omero.stop();
    }
  });
});
