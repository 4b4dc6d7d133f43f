import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import { MqttBroker } from './support/mqtt-broker';
import { readImage } from './support/read-image';

const PNG_SIGNATURE = '89504e470d0a1a0a';

describe('acquisition events', () => {
  const fixture = useNodeRed();
  let image: string;
  let broker: MqttBroker;

  before(async function () {
    this.timeout(300_000);
    const { host, samples } = fixture;
    image = path.join(samples, 'nuclei2d/test/raw/nuclei_09.ome.tiff');
    broker = await MqttBroker.start();
    const listening = broker.subscribed('acquisition/image');
    const port = String(broker.port);
    await host.deploy(quick(readExample('acquisition-events.json'), { 'acquire-broker': { port } }));
    await listening;
    await host.inject('acquire-once');
    await host.until('the model', ({ type, id, port }) => type === 'sent' && id === 'acquire-train' && port === 0);
  });

  after(() => broker?.stop());

  it('answers a path over HTTP with the saved mask, and keeps what else was in the request', async function () {
    this.timeout(150_000);
    const answer = await post('segment', 'application/json', JSON.stringify({ path: image, well: 'B3' }));
    const body = (await answer.json()) as { id: string; mask: string; objects: number; source: { well: string } };
    assert.equal(answer.status, 200);
    assert.equal(body.id, 'nuclei_09');
    assert.equal(body.source.well, 'B3');
    assert.ok(Number.isInteger(body.objects), `objects: ${body.objects}`);
    const mask = await readImage(body.mask);
    assert.equal(mask.length, 256 * 256);
  });

  it('answers an uploaded image with a PNG', async function () {
    this.timeout(150_000);
    const answer = await post('segment-image?name=upload.ome.tiff', 'image/tiff', readFileSync(image));
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200, bytes.toString());
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.equal(bytes.subarray(0, 8).toString('hex'), PNG_SIGNATURE);
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [256, 256]);
  });

  it('answers the file of a form, under its own name', async function () {
    this.timeout(150_000);
    const form = new FormData();
    form.append('file', new Blob([readFileSync(image)]), 'zölle.ome.tiff');
    const answer = await fetch(`${fixture.host.url}segment-file`, { method: 'POST', body: form });
    assert.equal(answer.headers.get('content-type'), 'image/png', String(answer.status));
    assert.ok(existsSync(path.join(fixture.samples, 'results/acquisition/zölle_mask.ome.tiff')));
  });

  it('answers a path that leads nowhere, a file outside the roots and a broken upload with 422 and the reason', async function () {
    this.timeout(150_000);
    const missing = await post('segment', 'application/json', JSON.stringify({ path: `${image}.missing.tiff` }));
    assert.equal(missing.status, 422);
    assert.match(await missing.text(), /nuclei_09\.ome\.tiff\.missing/);
    const outside = await post('segment', 'application/json', JSON.stringify({ path: '/etc/passwd.tiff' }));
    assert.equal(outside.status, 422);
    assert.match(await outside.text(), /passwd/);
    const broken = await post('segment-image?name=broken.tiff', 'image/tiff', readFileSync(image).subarray(0, 300));
    assert.equal(broken.status, 422);
    assert.match(await broken.text(), /message/);
  });

  it('answers a path over MQTT with the saved mask, and a path that leads nowhere with the reason', async function () {
    this.timeout(150_000);
    const ask = async (path: string, run: string) => {
      const answer = broker.next('segmentation/done');
      await broker.publish('acquisition/image', JSON.stringify({ path, run }));
      return JSON.parse(await answer) as Record<string, unknown>;
    };
    const named = path.join(fixture.samples, 'over-mqtt.ome.tiff');
    copyFileSync(image, named);
    const done = await ask(named, 'r1');
    assert.equal(done.id, 'over-mqtt');
    assert.deepEqual(done.source, { path: named, run: 'r1' });
    assert.equal((await readImage(done.mask as string)).length, 256 * 256);
    const failed = await ask(`${named}.missing.tiff`, 'r2');
    assert.match(failed.message as string, /over-mqtt\.ome\.tiff\.missing/);
    assert.equal((failed.source as { run: string }).run, 'r2');
  });

  it('segments an image that appears in the watched folder', async function () {
    this.timeout(150_000);
    const { host, samples } = fixture;
    const seen = host.events.length;
    copyFileSync(image, path.join(samples, 'incoming/from-microscope.ome.tiff'));
    await host.until(
      'the mask of the watched image',
      (event) => event.id === 'acquire-save' && event.type === 'sent' && host.events.indexOf(event) >= seen,
      { allowErrors: true },
    );
    assert.ok(existsSync(path.join(samples, 'results/acquisition/from-microscope_mask.ome.tiff')));
  });

  it('segments images of one name in two folders below the watched one, each for itself', async function () {
    this.timeout(150_000);
    const { host, samples } = fixture;
    const seen = host.events.length;
    for (const plate of ['plateA', 'plateB']) mkdirSync(path.join(samples, 'incoming', plate), { recursive: true });
    // Node-RED's watch takes a moment until it sees what comes into a folder that is new.
    await sleep(3000);
    const masks = ['plateA', 'plateB'].map((plate) =>
      path.join(samples, 'results/acquisition', plate, 'pos0_mask.ome.tiff'),
    );
    const others = ['nuclei_09', 'nuclei_10'].map((name) => path.join(samples, `nuclei2d/test/raw/${name}.ome.tiff`));
    for (const [i, plate] of ['plateA', 'plateB'].entries()) {
      copyFileSync(others[i], path.join(samples, 'incoming', plate, 'pos0.ome.tiff'));
    }
    await host.until(
      'the masks of both plates',
      (event) =>
        event.id === 'acquire-save' &&
        event.type === 'sent' &&
        host.events.indexOf(event) >= seen &&
        masks.every((mask) => existsSync(mask)),
      { allowErrors: true },
    );
    assert.notDeepEqual(await readImage(masks[0]), await readImage(masks[1]));
  });

  function post(where: string, type: string, body: string | Buffer): Promise<Response> {
    return fetch(fixture.host.url + where, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body: new Uint8Array(Buffer.from(body)),
    });
  }
});
