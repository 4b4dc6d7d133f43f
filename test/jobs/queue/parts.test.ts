import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SegmenterError } from '../../../src/base/errors';
import { queueAddress, redacted, withoutCredentials } from '../../../src/jobs/queue/address';
import { checkJobData, jobStamp, wantedBy, wantedOf } from '../../../src/jobs/queue/job-data';
import { parseNamedFolders } from '../../../src/jobs/queue/named-folders';
import { verdictOn } from '../../../src/jobs/queue/pending-job';
import { INPUTS, keepResult, tidyResults } from '../../../src/jobs/queue/results-folder';
import {
  foldersByTheirNames,
  fromPortable,
  parseSharedFolders,
  toPortable,
  withTexts,
} from '../../../src/jobs/queue/shared-folders';
import {
  type Announcement,
  type KnownWorker,
  requireWorker,
  speedWhereFree,
  WorkerList,
} from '../../../src/jobs/queue/workers';

describe('the address of a queue', () => {
  it('is redis, Valkey or PostgreSQL, and is shown without user and password', () => {
    const { kind, url, shown } = queueAddress('redis://queue.lab:6379/2', { user: 'lab', password: 'a/b c@' });
    assert.equal(kind, 'redis');
    assert.equal(url, 'redis://lab:a%2Fb%20c%40@queue.lab:6379/2');
    assert.equal(shown, 'redis://queue.lab:6379/2');
    assert.equal(queueAddress('postgres://queue.lab/lab').kind, 'postgres');
  });

  it('never shows a password, in whatever spelling', () => {
    const address = queueAddress('redis://lab:s%20ecret@queue.lab');
    const said = redacted(`cannot reach ${address.url}: WRONGPASS "s ecret" or s%20ecret`, address);
    assert.equal(said, 'cannot reach redis://queue.lab: WRONGPASS "***" or ***');
  });

  it('is refused where it is none, or holds a password where many read it', () => {
    for (const text of ['http://queue.lab', 'queue.lab:6379', 'redis://', 'amqp://u:secret@h']) {
      assert.throws(
        () => queueAddress(text),
        (error: Error) => /queue: expected redis/.test(error.message) && !/secret/.test(error.message),
      );
    }
    assert.throws(
      () => withoutCredentials('redis://u:secret@h'),
      (error: Error) => /fields of their own/.test(error.message) && !/secret/.test(error.message),
    );
    assert.equal(withoutCredentials('redis://h'), 'redis://h');
    assert.equal(withoutCredentials('postgres://h/lab?sslmode=require'), 'postgres://h/lab?sslmode=require');
  });

  it('shows no password where the address is mistyped, or has it in its query', () => {
    const mistyped = [
      'u:secret@h:6379',
      'redis:u:secret@h',
      'redis:/u:secret@h',
      'redis://u:se/secret@h',
      'redis://u:%zzsecret@h',
    ];
    for (const text of mistyped) {
      for (const read of [queueAddress, withoutCredentials]) {
        assert.throws(
          () => read(text),
          (error: Error) => /queue: expected/.test(error.message) && !/secret/.test(error.message),
          text,
        );
      }
    }
    for (const text of ['redis://h?password=secret', 'postgres://h/lab?user=u&password=s%20ecret']) {
      assert.throws(
        () => withoutCredentials(text),
        (error: Error) => /fields of their own/.test(error.message) && !/ecret/.test(error.message),
      );
      const { shown, secrets } = queueAddress(text);
      assert.ok(!/ecret/.test(shown) && /ecret/.test(secrets.join()), shown);
    }
  });
});

describe('shared folders', () => {
  const lab = { name: 'lab', folder: path.resolve('/mnt/lab') };
  const inner = { name: 'models', folder: path.resolve('/mnt/lab/models') };

  it('are read from NAME=FOLDER, or named by the last part of their paths', () => {
    assert.deepEqual(parseSharedFolders('lab=/mnt/lab; models = /mnt/lab/models;'), [lab, inner]);
    assert.deepEqual(foldersByTheirNames(['/mnt/lab', '/mnt/lab/', '/mnt/lab/models']), [lab, inner]);
    assert.throws(
      () => foldersByTheirNames(['/mnt/lab', '/other/lab']),
      /expected folders whose paths end in different names, or .* lab=\/mnt\/lab; lab2=\/other\/lab, got "\/mnt\/lab and \/other\/lab"/,
    );
    for (const text of ['lab', 'lab=relative', 'a b=/x', '=/x', 'lab=/x;lab=/y']) {
      assert.throws(() => parseNamedFolders(text), /shared folder: expected NAME=FOLDER/, text);
    }
  });

  it('make a place portable, by the folder that holds it closest, and give it back elsewhere', () => {
    const uri = pathToFileURL('/mnt/lab/models/a b/ü.tif').href;
    const portable = toPortable(uri, [lab, inner]) ?? '';
    assert.equal(portable, 'segmenter-file://models/a b/ü.tif');
    const elsewhere = [{ name: 'models', folder: path.resolve('/data/m') }];
    assert.equal(fromPortable(portable, elsewhere), pathToFileURL('/data/m/a b/ü.tif').href);
    assert.equal(fromPortable(toPortable('/mnt/lab/x', [lab]) ?? '', [lab]), path.resolve('/mnt/lab/x'));
    assert.equal(toPortable('/mnt/laboratory/x', [lab]), null);
  });

  it('are refused where they are not known, or a place leads out of them', () => {
    assert.throws(
      () => fromPortable('segmenter-path://other/x', [lab]),
      /"other" is not known here \(known: lab\).*--root other=FOLDER/,
    );
    for (const relative of ['../x', 'a/../../x', '..']) {
      assert.throws(
        () => fromPortable(`segmenter-path://lab/${relative}`, [lab]),
        /leads out of the shared folder/,
        relative,
      );
    }
    assert.equal(fromPortable('segmenter-path://lab//etc/passwd', [lab]), path.resolve('/mnt/lab/etc/passwd'));
  });

  it('change texts anywhere in JSON, and nothing else', () => {
    const value = { a: ['x', 1, null, { b: 'x' }], c: true };
    assert.deepEqual(
      withTexts(value, (text) => `${text}!`),
      { a: ['x!', 1, null, { b: 'x!' }], c: true },
    );
  });
});

const WORKER: Announcement = {
  ...{ id: 'pc-1', name: 'pc', version: '1.0.0', platform: 'linux', pid: 1, beat: 1, time: Date.now() },
  backends: [{ engine: 'onnx', device: 'cpu', precision: 'float32', predict: 1e6, train: null }],
  ...{ jobs: ['predict', 'train'], memoryMB: 1, freeMB: 1, folders: ['lab'], devices: [], rests: null },
  served: { high: 0, normal: 0, low: 0 },
};

describe('workers', () => {
  it('are as quick for a job as the devices that do nothing and could do it', () => {
    const card = { engine: 'onnx', device: 'cuda', precision: 'float32', predict: 1e7, train: 20 } as const;
    const both = { ...WORKER, backends: [...WORKER.backends, card] };
    const doing = (gpu: string | null) => [
      { name: 'gpu', job: gpu, since: null },
      { name: 'cpu', job: null, since: null },
    ];
    const speed = (gpu: string | null, job: 'predict' | 'train', wanted: string) =>
      speedWhereFree({ ...both, devices: doing(gpu) }, job, wanted);
    assert.deepEqual([speed(null, 'predict', 'any'), speed('a', 'predict', 'any')], [1e7, 1e6]);
    assert.deepEqual(
      [speed(null, 'train', 'any'), speed('a', 'train', 'any'), speed(null, 'train', 'cpu')],
      [20, 0, 0],
    );
    assert.equal(speedWhereFree({ ...both, devices: doing(null), jobs: ['train'] }, 'predict', 'any'), 0);
  });

  it('live while their numbers go on, whatever clocks show', () => {
    let now = 1e6;
    const list = new WorkerList(() => now);
    const ahead = { ...WORKER, time: Date.now() + 3600_000 };
    const behind = { ...WORKER, id: 'pc-2', time: Date.now() - 3600_000 };
    assert.deepEqual(
      list.see([ahead, behind]).map(({ isAlive }) => isAlive),
      [true, false],
    );
    now += 5000;
    assert.deepEqual(
      list.see([ahead, { ...behind, beat: 2 }]).map(({ isAlive }) => isAlive),
      [true, true],
    );
    now += 25_000;
    assert.deepEqual(
      list.see([ahead, { ...behind, beat: 3 }]).map(({ isAlive }) => isAlive),
      [false, true],
    );
  });

  it('are forgotten when they are gone', () => {
    const list = new WorkerList(() => 1e6);
    const behind = { ...WORKER, time: Date.now() - 3600_000 };
    list.see([behind]);
    assert.equal(list.see([{ ...behind, beat: 2 }])[0].isAlive, true);
    list.see([]);
    assert.equal(list.see([{ ...behind, beat: 2 }])[0].isAlive, false);
  });

  it('are asked for by engine and device, each with the reason that it does not fit', () => {
    const known = (changes: Partial<KnownWorker>): KnownWorker => ({
      ...WORKER,
      isAlive: true,
      silentFor: 0,
      ...changes,
    });
    const any = { engine: 'auto', device: 'auto' } as const;
    const host = { version: '1.0.0', folders: ['lab'] };
    assert.equal(requireWorker([], 'predict', any, host), false);
    assert.equal(requireWorker([known({ isAlive: false, version: '2' })], 'predict', any, host), false);
    assert.equal(requireWorker([known({})], 'predict', any, host), true);
    const refused: Array<[Partial<KnownWorker>, 'predict' | 'train', RegExp]> = [
      [{ version: '2.0.0' }, 'predict', /pc has version 2\.0\.0/],
      [{}, 'train', /pc has no any for train/],
      [{ jobs: ['train'] }, 'predict', /pc has no any for predict/],
      [{ folders: [] }, 'predict', /pc has no shared folder lab/],
    ];
    for (const [changes, job, reason] of refused) {
      assert.throws(
        () => requireWorker([known(changes)], job, any, host),
        (error: SegmenterError) => error.code === 'unsupported' && reason.test(error.message),
      );
    }
    const wanted = wantedBy({ engine: 'onnx', device: 'cuda' });
    assert.ok(wantedOf({ engine: 'onnx', device: 'cuda' }).includes(wanted));
    assert.ok(!wantedOf({ engine: 'tensorflow', device: 'cuda' }).includes(wanted));
  });
});

describe('a job of the queue', () => {
  it('of another version is refused, with both', () => {
    assert.throws(() => checkJobData({ ...jobStamp('2.0.0') }, '1.0.0'), /runs version 1\.0\.0.*is of version 2\.0\.0/);
    assert.throws(() => checkJobData({ ...jobStamp('1.0.0'), schema: 99 }, '1.0.0'), /install the same on both/);
    assert.throws(() => checkJobData(null, '1.0.0'), /install the same/);
    assert.throws(() => checkJobData({ ...jobStamp('1.0.0'), job: 'threshold' }, '1.0.0'), /job of the queue/);
  });

  it('that failed says why; one whose workers ended again and again is a lost worker', () => {
    const failed = (text: string) => verdictOn({ state: 'failed', answer: null, failed: text, told: null });
    const record = JSON.stringify({ name: 'x', code: 'disk-full', message: 'no room' });
    const told = failed(record);
    assert.ok(told.is === 'failed' && told.error.code === 'disk-full' && told.error.message === 'no room');
    const lost = failed('job stalled more than allowable limit');
    assert.ok(lost.is === 'failed' && lost.error.code === 'worker-lost' && /again and again/.test(lost.error.message));
    assert.equal(verdictOn(null).is, 'gone');
  });
});

describe('the folder of results', () => {
  const name = 'a'.repeat(64);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-results-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('keeps the first of the same, whole, and gives it to whoever comes second', async () => {
    const files = ['one', 'two'].map((text) => {
      const from = path.join(folder, `${text}.tif`);
      writeFileSync(from, text);
      return { name: 'probability.ome.tiff', from };
    });
    const results = path.join(folder, 'results');
    const answers = await Promise.all(files.map((file, by) => keepResult(results, name, [file], { by })));
    assert.deepEqual(answers[0], answers[1]);
    const kept = readFileSync(path.join(results, name, 'probability.ome.tiff'), 'utf8');
    assert.equal(kept, ['one', 'two'][answers[0].by]);
    assert.deepEqual(readdirSync(results), [name]);
  });

  it('loses what was not asked for the longest, and only what is a result by its name', async () => {
    mkdirSync(path.join(folder, INPUTS));
    const old = new Date(Date.now() - 24 * 3600_000);
    const names = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
    for (const [i, each] of names.entries()) {
      mkdirSync(path.join(folder, each));
      writeFileSync(path.join(folder, each, 'answer.json'), 'x'.repeat(100_000));
      const time = new Date(old.getTime() + i * 1000);
      utimesSync(path.join(folder, each), time, time);
    }
    const input = path.join(folder, INPUTS, `${'d'.repeat(64)}.ome.tiff`);
    const mine = path.join(folder, INPUTS, 'mine.tif');
    for (const file of [input, mine]) {
      writeFileSync(file, 'x'.repeat(100_000));
      utimesSync(file, 1, 1);
    }
    assert.equal(await tidyResults(folder, 250_000), 2);
    assert.deepEqual(
      [...names.map((each) => existsSync(path.join(folder, each))), existsSync(input), existsSync(mine)],
      [false, true, true, false, true],
    );
    assert.equal(await tidyResults(folder, 1, 48 * 3600_000), 0);
  });
});
