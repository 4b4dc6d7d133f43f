import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SegmenterError } from '../../../src/base/errors';
import { Random } from '../../../src/base/random';
import { bundleKey, checkBundle, type Offer } from '../../../src/jobs/io/bundle';
import { askerAddress } from '../../../src/jobs/queue/transfer/asker-address';
import { ReceivedFiles } from '../../../src/jobs/queue/transfer/received-files';
import { checkSavedRun } from '../../../src/jobs/queue/transfer/saved-run';
import { fromSent, isShared, sentPlace } from '../../../src/jobs/queue/transfer/sent-places';
import { DeskJob } from '../../../src/jobs/queue/transfer/transfer-desk';
import { AskerClient } from '../../../src/jobs/queue/worker/asker-client';
import { BundleCache } from '../../../src/jobs/queue/worker/bundle-cache';
import { MountError } from '../../../src/jobs/queue/worker/mount-error';
import { sendFile } from '../../../src/jobs/queue/worker/send-file';
import { placeOfNumbers, writerTag } from '../../../src/storage/writer-tag';
import { AskerServer } from './asker-server';

const ID = 'a'.repeat(32);
const MB = 2 ** 20;

describe('what is sent between machines that share no folder', function () {
  this.timeout(20_000);
  let folder: string;
  let asker: AskerServer;
  let received: ReceivedFiles;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-transfer-'));
    received = new ReceivedFiles(path.join(folder, 'received'), 20 * MB);
    asker = new AskerServer();
    await asker.start();
  });
  afterEach(async () => {
    await asker.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A file of noise that lies on the asker's machine, as a bundle of its own. */
  const offer = (name: string, bytes: number): Offer => {
    const file = path.join(folder, name);
    const noise = new Random(bytes);
    const content = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 4096) content.writeUInt32LE(noise.uniform() * 2 ** 32, Math.min(at, bytes - 4));
    writeFileSync(file, content);
    utimesSync(file, 1e6, 1e6);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { place: file, paths: [file], bundle: { name, files: [{ name, size: bytes, modified: 1e9, sha256 }] } };
  };
  const admit = (...offers: Offer[]) => asker.desk.admit(ID, () => new DeskJob(offers, received));
  const client = (token: string, patienceMs = 5000) =>
    new AskerClient({ address: asker.address, id: ID, token, places: [] }, undefined, patienceMs);
  const cache = (mostBytes = 100 * MB) => new BundleCache(path.join(folder, 'cache'), mostBytes);
  const inCache = () => readdirSync(path.join(folder, 'cache')).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const pieces = () => asker.seen.flatMap((line) => /bytes=(\d+)-/.exec(line)?.[1] ?? []).map(Number);
  const isCode = (code: string, text: RegExp) => (error: unknown) => {
    assert.ok(error instanceof SegmenterError, String(error));
    assert.match(error.message, text);
    return error.code === code;
  };

  it('goes to who has the token of the job alone, while the job is at work, and only what the job names', async () => {
    const one = offer('one.tif', 100);
    const other = offer('other.tif', 200);
    const { token } = admit(one);
    const key = bundleKey(one.bundle);
    assert.deepEqual(await client(token).bundle(key), one.bundle);
    const refused = isCode('not-allowed', /no job at work here has this number and token/);
    await assert.rejects(client(`${token.slice(0, -1)}x`).bundle(key), refused);
    await assert.rejects(client('').bundle(key), refused);
    await assert.rejects(client(token).bundle(bundleKey(other.bundle)), isCode('not-found', /names no files/));
    await assert.rejects(client(token).piece(other.bundle.files[0].sha256, 0, 9), isCode('not-found', /names no file/));
    for (const place of ['files/..%2Fother.tif', `files/${'%2e%2e/'.repeat(4)}etc/passwd`, 'files/one.tif']) {
      const address = `${asker.address}/segmenter/transfer/${ID}/${place}`;
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 403, place);
    }
    asker.desk.dismiss(ID);
    await assert.rejects(client(token).bundle(key), refused);
  });

  it('goes on where the connection was cut, and where Node-RED was away, to the same bytes', async () => {
    const image = offer('image.tif', 9 * MB + 5);
    const { token } = admit(image);
    let cuts = 0;
    asker.meddle = async (request, response) => {
      if (!request.headers.range || ++cuts % 2 === 0) return false;
      if (cuts === 3) {
        await asker.stop();
        setTimeout(() => void asker.start(), 300);
      } else {
        // Some of the answer comes, and then no more.
        response.writeHead(206, { 'content-length': 4 * MB });
        response.write(Buffer.alloc(1000), () => response.destroy());
      }
      return true;
    };
    const taken = await cache().take(bundleKey(image.bundle), client(token));
    assert.deepEqual(readFileSync(taken.place), readFileSync(image.place));
    assert.deepEqual([...new Set(pieces())], [0, 4 * MB, 8 * MB]);
    // An image's version is known by its time.
    assert.equal(Math.round(statSync(taken.place).mtimeMs), 1e9);
    await taken.release();
  });

  it('is fetched on by the next worker of the machine where one was killed, and once only', async () => {
    const image = offer('image.tif', 6 * MB);
    const { token } = admit(image);
    const key = bundleKey(image.bundle);
    const dead = writerTag({ place: await placeOfNumbers(), pid: 2 ** 22 + 1, started: null });
    const left = path.join(folder, 'cache', `${key}.partial-${dead}`, 'files');
    mkdirSync(left, { recursive: true });
    writeFileSync(path.join(left, 'image.tif'), readFileSync(image.place).subarray(0, 5 * MB));
    const all = cache();
    const both = await Promise.all([all.take(key, client(token)), all.take(key, client(token))]);
    assert.deepEqual(pieces(), [5 * MB]);
    assert.deepEqual(readFileSync(both[0].place), readFileSync(image.place));
    for (const { release } of both) await release();
    await (await cache().take(key, client(token))).release();
    assert.deepEqual(pieces(), [5 * MB]);
    assert.deepEqual(inCache(), [key]);
  });

  it('is refused where it came with other bytes, was overwritten, or is gone, and nothing of it stays', async () => {
    const image = offer('image.tif', 1000);
    const { token } = admit(image);
    const key = bundleKey(image.bundle);
    asker.meddle = async (request, response) => {
      if (!request.headers.range) return false;
      response.writeHead(206).end(Buffer.alloc(1000, 7));
      return true;
    };
    const wrong = cache().take(key, client(token));
    await assert.rejects(
      wrong,
      (error) => error instanceof MountError && isCode('changed', /image\.tif was sent with sha256/)(error),
    );
    asker.meddle = async () => false;
    writeFileSync(image.place, Buffer.alloc(1000));
    await assert.rejects(cache().take(key, client(token)), isCode('changed', /image\.tif was overwritten since/));
    rmSync(image.place);
    await assert.rejects(cache().take(key, client(token)), isCode('not-found', /image\.tif is gone since/));
    assert.deepEqual(inCache(), []);
  });

  it('says what is wrong where nobody answers, or somebody else', async () => {
    const image = offer('image.tif', 10);
    const { token } = admit(image);
    asker.meddle = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>a router</h1>');
      return true;
    };
    await assert.rejects(
      client(token).piece(image.bundle.files[0].sha256, 0, 5),
      /answered with .* bytes where at most 5/,
    );
    asker.meddle = async (_, response) => {
      response.writeHead(404).end('<h1>a router</h1>');
      return true;
    };
    await assert.rejects(
      client(token).bundle(bundleKey(image.bundle)),
      /HTTP status 404 and no reason: is it the Node-RED/,
    );
    await asker.stop();
    const away = client(token, 300).bundle(bundleKey(image.bundle));
    await assert.rejects(
      away,
      (error) =>
        error instanceof MountError &&
        isCode('timeout', /cannot be reached from here at http.*ECONNREFUSED.*firewall/)(error),
    );
  });

  it('leaves the least recently used for what is new, and never what a job has in use', async () => {
    const offers = ['a', 'b', 'c', 'd'].map((name, i) => offer(name, 100_000 + i));
    const { token } = admit(...offers);
    const [a, b, c, d] = offers.map(({ bundle }) => bundleKey(bundle));
    const store = cache(250_000);
    const used = await store.take(a, client(token));
    await (await store.take(b, client(token))).release();
    await (await store.take(c, client(token))).release();
    assert.deepEqual(inCache().sort(), [a, c].sort());
    const alsoUsed = await store.take(c, client(token));
    await assert.rejects(store.take(d, client(token)), isCode('disk-full', /no room for 1 MB that a job needs/));
    await used.release();
    await (await store.take(d, client(token))).release();
    assert.deepEqual(inCache().sort(), [c, d].sort());
    await alsoUsed.release();
    const large = offer('large', 300_000);
    asker.desk.dismiss(ID);
    const again = admit(large);
    await assert.rejects(store.take(bundleKey(large.bundle), client(again.token)), isCode('disk-full', /--cache-mb/));
  });

  it('is not trusted where its files changed in the cache', async () => {
    const image = offer('image.tif', 1000);
    const { token } = admit(image);
    const taken = await cache().take(bundleKey(image.bundle), client(token));
    await taken.release();
    writeFileSync(taken.place, Buffer.alloc(1000));
    const again = await cache().take(bundleKey(image.bundle), client(token));
    assert.deepEqual(readFileSync(again.place), readFileSync(image.place));
    await again.release();
  });

  it('comes back piece by piece from where it was cut, has its name when it is whole, and no more than was agreed', async () => {
    const { token } = admit();
    const result = offer('result.tif', 9 * MB);
    let patches = 0;
    asker.meddle = async (request, response) => {
      if (request.method !== 'PATCH' || ++patches !== 2) return false;
      response.destroy();
      return true;
    };
    const { sha256 } = await sendFile(result.place, client(token));
    assert.deepEqual(readFileSync(String(await received.pathOf(sha256))), readFileSync(result.place));
    assert.equal(patches, 4);
    // What is there is not sent again.
    await sendFile(result.place, client(token));
    assert.equal(patches, 4);
    const lie = { sha256: 'f'.repeat(64), size: 10, read: async () => new Uint8Array(10) };
    await assert.rejects(client(token).send(lie), isCode('corrupt-file', /sha256 of what was sent is/));
    assert.equal(await received.pathOf(lie.sha256), null);
    const large = { sha256: 'e'.repeat(64), size: 30 * MB, read: async () => new Uint8Array(4 * MB) };
    await assert.rejects(client(token).send(large), isCode('not-allowed', /whose results may take/));
    assert.deepEqual(readdirSync(received.folder), [sha256]);
  });

  it('a training that was saved comes back with its files, from who has the job last', async () => {
    const job = admit();
    const asked = client(job.token);
    assert.equal(await asked.savedRun(), null);
    const [old, new_] = ['training.ckpt', 'training.json'].map((name, i) => offer(name, 5000 + i));
    const run = (attempt: number, { place, bundle }: Offer) => ({
      ...{ attempt, run: 'b'.repeat(64) },
      files: [{ name: path.basename(place), size: bundle.files[0].size, sha256: bundle.files[0].sha256 }],
    });
    await assert.rejects(asked.keepRun(run(1, old)), isCode('not-found', /training\.ckpt .* was not sent/));
    await sendFile(old.place, asked);
    await asked.keepRun(run(1, old));
    await sendFile(new_.place, asked);
    await asked.keepRun(run(2, new_));
    assert.deepEqual(await asked.savedRun(), run(2, new_));
    await assert.rejects(asked.keepRun(run(1, new_)), isCode('changed', /another worker has this training/));
    assert.equal(await received.pathOf(old.bundle.files[0].sha256), null);
    // The next process of this machine finds it.
    const next = new DeskJob([], new ReceivedFiles(received.folder, MB));
    assert.deepEqual(await next.run.read(), run(2, new_));
    await next.run.clear();
    assert.ok(!existsSync(received.folder));
  });

  it('names lead nowhere else, in either direction', () => {
    const { bundle } = offer('x', 10);
    for (const name of ['../x', '/x', 'a/../../x', 'a//b', '', '.', 'a\\b']) {
      const bad = { ...bundle, files: [{ ...bundle.files[0], name }] };
      assert.throws(() => checkBundle(bad, bundleKey(bad)), SegmenterError, name);
    }
    assert.throws(() => checkBundle(bundle, 'c'.repeat(64)), /was sent with another hash/);
    for (const name of ['../training.ckpt', 'pictures/../../x.png', 'notes.txt', '/etc/passwd']) {
      const files = [{ name, size: 1, sha256: 'd'.repeat(64) }];
      assert.throws(() => checkSavedRun({ attempt: 1, run: 'b'.repeat(64), files }), /is no file of a training/, name);
    }
    const origins = {
      k: { name: 'set/a.tif', place: '/data/set/a.tif' },
      z: { name: 'i.zarr', place: '/data/i.zarr' },
    };
    const place = sentPlace('file:///data/set/a.tif', 'k', 'set/a.tif');
    assert.ok(!isShared(place) && isShared('segmenter-file://lab/a.tif'));
    assert.equal(fromSent(place, origins), 'file:///data/set/a.tif');
    assert.equal(fromSent('segmenter-path://@sent/z/i.zarr/0/1', origins), '/data/i.zarr/0/1');
    for (const wrong of ['z/i.zarr/../../etc', 'k/set/b.tif', 'q/set/a.tif', 'z/i.zarrx', '__proto__/x']) {
      assert.throws(() => fromSent(`segmenter-path://@sent/${wrong}`, origins), /names what it was not sent/, wrong);
    }
  });

  it('the address of the asker is one that can stand in a flow', () => {
    assert.equal(askerAddress(' http://microscope.lab:1880/red/ '), 'http://microscope.lab:1880/red');
    for (const wrong of ['microscope:1880', 'ftp://x', 'http://u:secret@x', 'https://x/?token=1', '']) {
      assert.throws(
        () => askerAddress(wrong),
        (error: Error) =>
          /of this Node-RED, as workers reach it/.test(error.message) && !error.message.includes('secret'),
      );
    }
  });
});
