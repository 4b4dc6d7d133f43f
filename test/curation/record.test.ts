import assert from 'node:assert/strict';
import { SegmenterError } from '../../src/base/errors';
import { changed, formatRecord, newRecord, parseRecord } from '../../src/curation/record';
import type { Shape5 } from '../../src/image/region';
import { DECISION, description, sampleOf } from './samples';

const AT = new Date('2026-03-01T10:00:00Z');
const LATER = new Date('2026-03-02T10:00:00Z');
const isCode = (code: string) => (error: unknown) => error instanceof SegmenterError && error.code === code;

describe('the record of a review', () => {
  it('refuses a mask image that does not fit the raw image', () => {
    const mask = (shape: Shape5) => newRecord({ ...sampleOf('A'), excludeMask: description('mask', shape) }, AT);
    assert.throws(() => mask([1, 1, 3, 20, 31]), /excludeMask of sample A .*to fit raw of shape 1, 1, 3, 20, 30/);
    assert.throws(() => mask([1, 1, 2, 20, 30]), /excludeMask of sample A/);
    assert.equal(mask([1, 1, 1, 20, 30]).revision, 0);
  });

  it('begins with what the sample brings', () => {
    const polygons = {
      polygons: [
        {
          polygon: [
            [2, 1],
            [2, 5],
            [7, 5],
          ],
          z: [0, 1],
        },
      ],
    };
    const { decision, ...record } = newRecord({ ...sampleOf('A'), mergeMask: polygons, base: 'seg2' }, AT);
    assert.equal(record.revision, 0);
    assert.equal(record.at, '2026-03-01T10:00:00.000Z');
    assert.deepEqual(decision, {
      state: 'undecided',
      reason: null,
      base: 'seg2',
      merge: [
        {
          rings: [
            [
              [1, 2],
              [5, 2],
              [5, 7],
            ],
          ],
          z: [0, 1],
        },
      ],
      exclude: [],
      strokes: [],
    });
    const { raw, seg2 } = sampleOf('A');
    assert.equal(newRecord({ id: 'A', raw, seg2 }, AT).decision.base, 'seg2');
    const beyond = { polygons: [{ ...polygons.polygons[0], z: [0, 9] }] };
    assert.throws(() => newRecord({ ...sampleOf('A'), excludeMask: beyond }, AT), /sample A brings\.exclude\[0\]\.z/);
    assert.throws(() => newRecord({ id: 'A' }, AT), isCode('invalid-input'));
  });

  it('remembers who changed it and when', () => {
    const first = changed(newRecord(sampleOf('A'), AT), { decision: DECISION }, 'Ada', AT);
    const second = changed(first, { decision: { ...DECISION, state: 'rejected' } }, null, LATER);
    assert.deepEqual(second.history, [
      { revision: 1, by: 'Ada', at: AT.toISOString(), state: 'used' },
      { revision: 2, by: null, at: LATER.toISOString(), state: 'rejected' },
    ]);
    let record = second;
    for (let i = 0; i < 600; i++) record = changed(record, { decision: DECISION }, 'Ada', AT);
    assert.equal(record.history.length, 500);
    assert.equal(record.history[499].revision, 602);
    assert.deepEqual(parseRecord(formatRecord(record), 'A.json'), record);
  });

  it('of the version before opens as it was, and is of this one after a change', () => {
    const record = changed(newRecord(sampleOf('A'), AT), { decision: DECISION }, 'Ada', AT);
    const old = { ...record, version: 1 as const };
    const read = parseRecord(formatRecord(old), 'A.json');
    assert.deepEqual(read, old);
    assert.deepEqual(changed(read, { decision: DECISION }, null, LATER).version, 3);
  });

  it('keeps what was painted on a sample without a segmentation, in versions that could not use it too', () => {
    const { raw } = sampleOf('A');
    const first = newRecord({ id: 'A', raw }, AT);
    assert.equal(first.decision.base, 'none');
    const { strokes } = DECISION;
    const text = formatRecord({ ...first, version: 1, decision: { ...first.decision, base: 'seg1', strokes } });
    assert.deepEqual(parseRecord(text, 'A.json').decision, { ...first.decision, strokes });
  });

  it('is not read from what is no record', () => {
    const record = changed(newRecord(sampleOf('A'), AT), { decision: DECISION }, 'Ada', AT);
    const text = (change: object) => JSON.stringify({ ...record, ...change });
    const wrong: [string, string, RegExp][] = [
      [formatRecord(record).slice(0, -20), 'corrupt-file', /^A\.json: no record of a review: /],
      [text({ version: 4 }), 'unsupported', /A\.json: a review of version 4/],
      [text({ revision: -1 }), 'corrupt-file', /record\.revision/],
      [text({ id: 'B' }), 'corrupt-file', /record\.sample\.id: expected B, got "A"/],
      [text({ at: 'yesterday' }), 'corrupt-file', /record\.at/],
      [text({ decision: { ...DECISION, base: 'raw' } }), 'corrupt-file', /record\.decision\.base/],
      ['[]', 'corrupt-file', /must be object/],
    ];
    for (const [content, code, message] of wrong) {
      assert.throws(
        () => parseRecord(content, 'A.json'),
        (error) => isCode(code)(error) && message.test((error as Error).message),
      );
    }
  });
});
