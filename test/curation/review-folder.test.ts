import assert from 'node:assert/strict';
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { SegmenterError } from '../../src/base/errors';
import { type Decision, regionsOfShapes } from '../../src/curation/decision';
import { geoJsonOfShapes, maskFile, withoutMaker } from '../../src/curation/mask-files';
import { ConflictError, ReviewFolder } from '../../src/curation/review-folder';
import { readRegionsFile } from '../../src/samples/regions-file';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';
import { DECISION, description, sampleOf } from './samples';

describe('a review folder', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());
  const isCode = (code: string) => (error: unknown) => error instanceof SegmenterError && error.code === code;
  const REJECTED: Decision = { ...DECISION, state: 'rejected', reason: 'blurred', merge: [], strokes: [] };

  it('keeps decisions, with drawings that other programs read', async () => {
    const review = await ReviewFolder.open(folder.at('review'));
    const { record, wasThere } = await review.add(sampleOf('plate/A01'));
    assert.equal(wasThere, false);
    const saved = await review.save('plate/A01', { revision: record.revision, decision: DECISION }, 'Ada');
    assert.deepEqual([saved.revision, saved.by, saved.decision], [1, 'Ada', DECISION]);
    const base = review.pathOf('plate/A01');
    assert.deepEqual(await readdir(review.folder), [
      '.segmenter-review',
      'plate%2FA01.corrections.geojson',
      'plate%2FA01.exclude.geojson',
      'plate%2FA01.json',
      'plate%2FA01.merge.geojson',
    ]);
    assert.deepEqual(await readRegionsFile(maskFile(base, 'exclude')), regionsOfShapes(DECISION.exclude));

    const again = await ReviewFolder.open(review.folder);
    assert.deepEqual(await again.get('plate/A01'), saved);
    const { id, by, at, revision } = saved;
    assert.deepEqual(again.list(), [{ id, state: 'used', reason: null, by, at, revision }]);
    await again.save('plate/A01', { revision: 1, decision: REJECTED }, null);
    assert.deepEqual(await readdir(review.folder), [
      '.segmenter-review',
      'plate%2FA01.exclude.geojson',
      'plate%2FA01.json',
    ]);
  });

  it('refuses what was decided on an older revision, and tells the newer one', async () => {
    const review = await ReviewFolder.open(folder.path);
    const other = await ReviewFolder.open(folder.path);
    await review.add(sampleOf('A'));
    await other.save('A', { revision: 0, decision: REJECTED }, 'Ada');
    await assert.rejects(review.save('A', { revision: 0, decision: DECISION }, 'Bob'), (error) => {
      assert.ok(error instanceof ConflictError && error.code === 'exists');
      assert.match(error.message, /sample A was changed by Ada in between: it has revision 1, .* on 0/);
      assert.deepEqual(error.record.decision, REJECTED);
      return true;
    });
    assert.equal(review.list()[0].state, 'rejected');
    await review.save('A', { revision: 1, decision: DECISION }, 'Bob');
    assert.equal(other.list()[0].state, 'rejected');
    await other.refresh();
    assert.deepEqual([other.list()[0].state, other.list()[0].by], ['used', 'Bob']);
  });

  it('of many saves at once on one revision takes one', async () => {
    const sessions = await Promise.all([1, 2, 3].map(() => ReviewFolder.open(folder.path)));
    await sessions[0].add(sampleOf('A'));
    for (let revision = 0; revision < 3; revision++) {
      const saves = sessions.flatMap((review) =>
        ['Ada', 'Bob'].map((by) => review.save('A', { revision, decision: DECISION }, by)),
      );
      const outcomes = await Promise.allSettled(saves);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      assert.equal(refused.length, saves.length - 1);
      for (const { reason } of refused) assert.ok(reason instanceof ConflictError, String(reason));
    }
    const { revision, history } = await sessions[1].get('A');
    assert.deepEqual([revision, history.length], [3, 3]);
    assert.deepEqual(
      (await readdir(folder.path)).filter((name) => /saving|partial/.test(name)),
      [],
    );
  });

  it('refuses a mask image that does not fit, also on a sample that was decided on', async () => {
    const review = await ReviewFolder.open(folder.path);
    await review.add(sampleOf('A'));
    await review.save('A', { revision: 0, decision: DECISION }, null);
    const misfit = { ...sampleOf('A'), mergeMask: description('mask', [1, 1, 3, 20, 31]) };
    await assert.rejects(review.add(misfit), { code: 'invalid-input', message: /mergeMask of sample A .*to fit raw/ });
    assert.equal((await review.get('A')).revision, 1);
  });

  it('makes drawings again that a crash left behind the record', async () => {
    const review = await ReviewFolder.open(folder.path);
    await review.add(sampleOf('A'));
    await review.save('A', { revision: 0, decision: DECISION }, null);
    const merge = maskFile(review.pathOf('A'), 'merge');
    const text = await readFile(merge, 'utf8');
    await writeFile(merge, geoJsonOfShapes(DECISION.exclude));
    await rm(maskFile(review.pathOf('A'), 'exclude'));
    await ReviewFolder.open(folder.path);
    assert.equal(await readFile(merge, 'utf8'), text);
    assert.equal((await readRegionsFile(maskFile(review.pathOf('A'), 'exclude'))).polygons.length, 1);
  });

  it('takes over drawings of versions before, and leaves those that another program made or changed', async () => {
    const review = await ReviewFolder.open(folder.path);
    await review.add(sampleOf('A'));
    await review.save('A', { revision: 0, decision: DECISION }, null);
    const [merge, exclude] = [maskFile(review.pathOf('A'), 'merge'), maskFile(review.pathOf('A'), 'exclude')];
    await writeFile(merge, withoutMaker(await readFile(merge, 'utf8')));
    const edited = (await readFile(exclude, 'utf8')).replace('"Polygon"', '"MultiPolygon"');
    await writeFile(exclude, edited);
    const again = await ReviewFolder.open(folder.path);
    assert.match(await readFile(merge, 'utf8'), /"madeBy"/);
    assert.match(again.problems.get('A.exclude.geojson') ?? '', /made or changed by another program/);
    await again.save('A', { revision: 1, decision: { ...REJECTED, exclude: [] } }, null);
    assert.deepEqual(await readdir(folder.path), ['.segmenter-review', 'A.exclude.geojson', 'A.json']);
    assert.equal(await readFile(exclude, 'utf8'), edited);
  });

  it('refuses a folder with files of somebody else, and takes one of a version without marks', async () => {
    await folder.write('images/raw.tif', 'mine');
    await folder.write('.hidden', 'mine');
    const message = /holds \.hidden, images and no review; .* choose an empty one/;
    await assert.rejects(ReviewFolder.open(folder.path), { code: 'exists', message });
    assert.deepEqual(await readdir(folder.path), ['.hidden', 'images']);
    const files = ['.DS_Store', 'Thumbs.db', 'README.md'];
    await folder.touch(...files.map((name) => `harmless/${name}`));
    assert.deepEqual((await ReviewFolder.open(folder.at('harmless'))).others, []);
    const review = await ReviewFolder.open(folder.at('old'));
    await review.add(sampleOf('A'));
    await rm(folder.at('old/.segmenter-review'));
    await folder.write('old/notes.txt', 'mine');
    assert.deepEqual((await ReviewFolder.open(folder.at('old'))).others, ['notes.txt']);
    await rm(folder.at('old/A.json'));
    assert.deepEqual((await ReviewFolder.open(folder.at('old'))).list(), []);
    await symlink(folder.at('harmless'), folder.at('old/run'));
    await assert.rejects(ReviewFolder.open(folder.at('old')), {
      code: 'exists',
      message: /old\/run: expected a folder/,
    });
  });

  it('keeps decisions where a sample comes again, on what it is now', async () => {
    const review = await ReviewFolder.open(folder.path);
    const { seg1, raw } = sampleOf('A');
    await review.add({ id: 'A', raw, seg1 });
    await review.save('A', { revision: 0, decision: { ...DECISION, merge: [] } }, 'Ada');
    const same = await review.add({ seg1, raw, id: 'A' });
    assert.deepEqual([same.wasThere, same.record.revision], [true, 1]);
    const { record } = await review.add({ id: 'A', raw, seg1, seg2: description('prediction') });
    assert.deepEqual([record.revision, record.by, record.decision.exclude], [2, null, DECISION.exclude]);
    assert.equal((await review.get('A')).sample.seg2?.id, 'prediction');
    await assert.rejects(review.add(sampleOf('A', [1, 1, 3, 20, 31])), /raw of sample A .*reviewed.*20, 30/);
    await assert.rejects(review.add({ id: 'A', raw, seg2: seg1 }), /decision on sample A\.base: .*got "seg1"/);
  });

  it('tells of files that are no records and goes on', async () => {
    const review = await ReviewFolder.open(folder.path);
    await review.add(sampleOf('A'));
    await folder.write('B.json', '{');
    await folder.write('C.json', await readFile(folder.at('A.json'), 'utf8'));
    const again = await ReviewFolder.open(folder.path);
    assert.deepEqual(
      again.list().map(({ id }) => id),
      ['A'],
    );
    assert.match(again.problems.get('B.json') ?? '', /no record of a review/);
    assert.match(again.problems.get('C.json') ?? '', /holds the review of sample A, whose file has another name/);
    await assert.rejects(again.add(sampleOf('B')), isCode('corrupt-file'));
    await assert.rejects(again.save('B', { revision: 0, decision: DECISION }, null), isCode('corrupt-file'));
    await assert.rejects(again.get('D'), isCode('not-found'));
    await assert.rejects(again.save('D', { revision: 0, decision: DECISION }, null), isCode('not-found'));
    await assert.rejects(again.add(sampleOf('a')), /differs from that of sample A by more than case/);
    await assert.rejects(again.save('A', { revision: 0, decision: DECISION }, ''), /who decided: expected 1 to 200/);
  });

  it('forgets records that are removed, and lists ids in the order of names', async () => {
    const review = await ReviewFolder.open(folder.path);
    for (const id of ['A10', 'A9', 'B1']) await review.add(sampleOf(id));
    assert.deepEqual(
      review.list().map(({ id }) => id),
      ['A9', 'A10', 'B1'],
    );
    const read: string[] = [];
    for await (const { sample } of review.records()) read.push(sample.id);
    assert.deepEqual(read, ['A9', 'A10', 'B1']);
    await rm(folder.at('A10.json'));
    await review.refresh();
    assert.deepEqual(
      review.list().map(({ id }) => id),
      ['A9', 'B1'],
    );
  });
});
