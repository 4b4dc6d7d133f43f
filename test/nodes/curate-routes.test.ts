import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { ImageView } from '../../src/curation/page-api';
import { formatRecord, newRecord } from '../../src/curation/record';
import { fileNameOf } from '../../src/storage/portable-names';
import { REJECTED, ROOT, two, USED, useCuration } from './curation-under-test';
import { image, tokenHeader, until } from './run-node';

describe('the routes of segmenter-curate', () => {
  const curation = useCuration();
  const { bring, get, put, queue, review, start } = curation;

  it('a save on an old revision is refused and shows what the other decided', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const answers = await Promise.all([put('a', 0, USED), put('a', 0, REJECTED)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const { body } = answers.find(({ status }) => status === 409) ?? assert.fail('no conflict');
    assert.deepEqual([body.error.code, body.revision, body.by], ['exists', 1, null]);
    const { decision } = (await get<ImageView>('image/a')).body;
    assert.deepEqual(body.decision, decision);
  });

  it('serves the pixels of a tile and removes their file', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const address = 'tile/a?image=raw&view=xy&t=0&c=0&at=0&level=0&row=3&column=0';
    const { status, headers, body } = await get<Buffer>(address);
    assert.deepEqual(
      [status, headers['x-dtype'], headers['x-shape'], headers['content-type']],
      [200, 'uint16', '1,2', 'application/octet-stream'],
    );
    assert.deepEqual([...body], [1, 2, 3, 4]);
    assert.equal(existsSync(path.join(curation.folder, 'tile-3.bin')), false);
    assert.deepEqual(curation.host.inputs('picture')[0].tile, {
      view: 'xy',
      t: 0,
      c: 0,
      at: 0,
      level: 0,
      row: 3,
      column: 0,
    });
    assert.equal((await get('report')).status, 200);
  });

  it('refuses what does not fit, in JSON', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const tile = 'view=xy&t=0&c=0&at=0&level=0&row=0';
    const codes = async (address: string) => {
      const { status, body } = await get<{ error: { code: string } }>(address);
      return [status, body.error.code];
    };
    assert.deepEqual(await codes('image/nobody'), [404, 'not-found']);
    assert.deepEqual(await codes(`image/${encodeURIComponent('../../../etc/passwd')}`), [404, 'not-found']);
    assert.deepEqual(await codes(`tile/a?image=raw&${tile}`), [400, 'invalid-input']);
    assert.deepEqual(await codes(`tile/a?image=raw&${tile}&column=-1`), [400, 'invalid-input']);
    assert.deepEqual(await codes(`tile/a?image=uri&${tile}&column=0`), [400, 'invalid-input']);
    assert.deepEqual(await codes(`tile/nobody?image=raw&${tile}&column=0`), [404, 'not-found']);
    assert.deepEqual(await codes('..%2F..%2Fpackage.json'), [400, 'invalid-input']);
    assert.deepEqual(await codes('.env'), [400, 'invalid-input']);
    const unknown = await helper.request().get('/segmenter/curate/nobody/queue');
    assert.deepEqual([unknown.status, codeOf(unknown.body)], [503, 'busy']);
    assert.equal(unknown.headers['retry-after'], '5');
    const page = await helper.request().get('/segmenter/curate/nobody/');
    assert.equal(page.status, 200, 'the page says in words that the node is away');
    const wrong = async (decision: unknown, revision: unknown = 0) =>
      (await put('a', revision as number, decision)).status;
    assert.equal(await wrong({ ...USED, base: 'seg3' }), 400);
    assert.equal(await wrong({ ...USED, merge: [{ rings: [[[0, 0]]], z: null }] }), 400);
    assert.equal(await wrong({ ...USED, strokes: [{ points: [[0, 0]], radius: 1, value: 1, z: [0, 7] }] }), 400);
    assert.equal(await wrong(USED, 'latest'), 400);
    assert.equal(await wrong(USED, -1), 400);
    assert.equal((await queue()).items[0].revision, 0);
    const slash = await helper.request().get(ROOT);
    assert.deepEqual([slash.status, slash.headers.location], [302, 'node/']);
  });

  it('a queue of 2,000 samples is read once; what the page asks for then reads one record or none', async function () {
    this.timeout(20_000);
    mkdirSync(review());
    for (let i = 0; i < 2000; i++) {
      const id = `well ${i}`;
      const record = formatRecord(newRecord(two(id), new Date(0)));
      writeFileSync(path.join(review(), `${fileNameOf(id)}.json`), record);
    }
    const flow = await start();
    await until(() => flow.statuses.at(-1)?.text === '0 of 2000 decided');
    // Whoever reads a file that is no record now is caught.
    for (let i = 1; i < 2000; i++) writeFileSync(path.join(review(), `${fileNameOf(`well ${i}`)}.json`), '{}');
    const { items } = await queue();
    assert.equal(items.length, 2000);
    assert.deepEqual(
      items.slice(0, 3).map(({ id }) => id),
      ['well 0', 'well 1', 'well 2'],
    );
    assert.equal((await put('well 0', 0, USED)).status, 200);
    const tile = 'tile/well%200?image=seg1&view=xy&t=0&c=0&at=0&level=0&row=0&column=0';
    assert.equal((await get(tile)).status, 200);
    rmSync(path.join(review(), `${fileNameOf('well 0')}.json`));
    assert.equal((await get(tile)).status, 200, 'tiles of a known image read no record');
    assert.equal((await queue()).items.length, 2000);
    assert.equal(flow.statuses.at(-1)?.text, '1 of 2000 decided');
  });

  it('answers in JSON what never reaches a route', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const token = await tokenHeader();
    const request = () =>
      helper
        .request()
        .put(`${ROOT}/image/a`)
        .set(...token);
    const answers = [
      await request().set('content-type', 'application/json').send('{"revision": 0, '),
      await request()
        .set('content-type', 'application/json')
        .send(JSON.stringify({ revision: 0, decision: { ...USED, reason: 'x'.repeat(5 * 2 ** 20) } })),
      await request()
        .set('content-type', 'application/json')
        .send(JSON.stringify({ revision: 0, decision: { ...USED, reason: 'x'.repeat(4 * 2 ** 20) } })),
      await request(),
      await helper.request().get(`${ROOT}/image/%E0%A4%A`),
    ];
    assert.deepEqual(
      answers.map(({ status, body }) => [status, codeOf(body)]),
      [400, 413, 413, 400, 400].map((status) => [status, 'invalid-input']),
    );
    for (const { headers } of answers) assert.match(headers['content-type'], /^application\/json/);
    assert.equal((await queue()).items[0].revision, 0);
    assert.equal(flow.caught.length, 0);
  });

  it('lets nothing be kept by a browser or a proxy, and nothing be changed from another site', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const tile = 'tile/a?image=raw&view=xy&t=0&c=0&at=0&level=0&row=0&column=0';
    for (const address of ['queue', 'image/a', tile, 'report', 'image/nobody']) {
      const { headers } = await get(address);
      assert.deepEqual([headers['cache-control'], headers['x-content-type-options']], ['no-store', 'nosniff'], address);
      const head = await helper.request().head(`${ROOT}/${address}`);
      assert.equal(head.headers['cache-control'], 'no-store', address);
    }
    const options = await helper.request().options(`${ROOT}/image/a`);
    assert.deepEqual([options.status, options.headers['access-control-allow-origin']], [200, undefined]);
    const refused = async (request: ReturnType<typeof finish>) => {
      const { status, body } = await request;
      assert.deepEqual([status, codeOf(body)], [403, 'not-allowed']);
    };
    const finish = () => helper.request().post(`${ROOT}/finish`);
    const token = await tokenHeader();
    for (const site of ['cross-site', 'same-site']) {
      await refused(
        finish()
          .set(...token)
          .set('Sec-Fetch-Site', site),
      );
    }
    // What a page of another site can send that cannot read the token.
    await refused(finish());
    await refused(finish().set('x-segmenter', '1').set('content-type', 'application/json').send('{}'));
    await refused(finish().set('content-type', 'text/plain').send('{}'));
    await refused(finish().set('content-type', 'application/x-www-form-urlencoded').send('a=b'));
    await refused(helper.request().put(`${ROOT}/image/a`).set('content-type', 'text/plain').send(JSON.stringify(USED)));
    // A proxy that gives another host does no harm.
    const proxied = await finish()
      .set(...token)
      .set('Origin', 'https://lab.example')
      .set('Host', 'inside');
    assert.equal(proxied.status, 200);
    const page = await helper.request().get(`${ROOT}/`);
    assert.equal(page.headers['content-security-policy'], "frame-ancestors 'self'");
    assert.equal(curation.host.inputs('export-review').length, 0);
  });

  it('finds ids with slashes as proxies leave them, and ids that are names in JavaScript', async () => {
    const flow = await start();
    const ids = ['plate 1/b', '__proto__', 'constructor', 'tile/x'];
    await bring(flow, ids);
    assert.equal((await get<ImageView>('image/plate%201/b')).body.id, 'plate 1/b');
    assert.equal((await get('tile/plate 1/b?image=raw&view=xy&t=0&c=0&at=0&level=0&row=0&column=0')).status, 200);
    for (const id of ids) assert.equal((await put(id, 0, USED)).status, 200, id);
    assert.equal((await curation.finish()).used, ids.length);
    await until(() => flow.sent[0].length === ids.length, 'all samples');
    await until(() => flow.statuses.at(-1)?.text === 'Sent 4 samples', 'the end');
    assert.equal((await queue()).finished, true);
  });

  it('serves the pixels of a sample that came again, and those of another run', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    const tile = 'tile/a?image=seg2&view=xy&t=0&c=0&at=0&level=0&row=0&column=0&version=old';
    const shown = async () => {
      assert.equal((await get(tile)).status, 200);
      const { version } = (await get<ImageView>('image/a')).body.pictures.raw;
      return [curation.host.inputs('picture').at(-1)?.image.id, version];
    };
    const bringWith = async (seg2: string) => {
      const before = curation.host.inputs('check-samples').length;
      flow.receive({ payload: { ...two('a'), seg2: image(seg2) }, complete: true });
      await until(() => curation.host.inputs('check-samples').length > before);
    };
    const [first, firstVersion] = await shown();
    await bringWith('a-again');
    const [second, secondVersion] = await shown();
    flow.receive({ reset: true } as NodeMessage);
    await until(() => flow.statuses.at(-1)?.text === 'No samples yet');
    await bringWith('a-anew');
    await put('a', 0, USED);
    const [third, thirdVersion] = await shown();
    assert.deepEqual([first, second, third], ['a-2', 'a-again', 'a-anew']);
    assert.equal(new Set([firstVersion, secondVersion, thirdVersion]).size, 3);
    assert.equal('version' in (curation.host.inputs('picture')[0].tile as object), false);
  });

  it('serves masks that a sample brings as images; another one asks for another look', async () => {
    const flow = await start();
    const excludeMask = { polygons: [] };
    const bringWith = async (mergeMask: string) => {
      const before = curation.host.inputs('check-samples').length;
      flow.receive({ payload: { ...two('a'), mergeMask: image(mergeMask), excludeMask }, complete: true });
      await until(() => curation.host.inputs('check-samples').length > before);
    };
    await bringWith('mask');
    const shown = (await get<ImageView>('image/a')).body;
    assert.deepEqual(Object.keys(shown.pictures), ['raw', 'seg1', 'seg2', 'mergeMask']);
    assert.deepEqual(
      curation.host.inputs('picture-info').map(({ image: { id }, purpose }) => [id, purpose]),
      [
        ['a-raw', null],
        ['a-1', 'segmentation'],
        ['a-2', 'segmentation'],
        ['a-1', 'numbers'],
        ['a-2', 'numbers'],
        ['mask', 'mask'],
      ],
    );
    const tile = 'view=xy&t=0&c=0&at=0&level=0&row=0&column=0';
    assert.equal((await get(`tile/a?image=mergeMask&${tile}`)).status, 200);
    const asked = curation.host.inputs('picture')[0];
    assert.deepEqual([asked.image.id, asked.purpose], ['mask', 'mask']);
    assert.equal((await get(`tile/a?image=excludeMask&${tile}`)).status, 404, 'polygons are no picture');
    assert.equal((await put('a', 0, USED)).status, 200);
    await bringWith('another');
    const again = (await get<ImageView>('image/a')).body;
    assert.equal(again.decision.state, 'undecided');
    assert.notEqual(again.pictures.raw.version, shown.pictures.raw.version);
  });

  it('is busy while the node is away, and there again after a deploy', async () => {
    const flow = await start();
    await bring(flow, ['a']);
    await flow.remove();
    assert.equal((await put('a', 0, USED)).status, 503);
    await flow.redeploy();
    await until(() => flow.statuses.at(-1)?.text === '0 of 1 decided');
    assert.equal((await put('a', 0, USED)).status, 200);
  });
});

function codeOf(body: unknown): string {
  return (body as { error: { code: string } }).error.code;
}
