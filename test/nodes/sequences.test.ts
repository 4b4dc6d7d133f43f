import assert from 'node:assert/strict';
import { SequenceCollector } from '../../nodes/sequences/collector';
import { type Parts, readParts, sequenceLevel, withoutSequence } from '../../nodes/sequences/parts';
import { throwing } from '../support/poison';

const part = (index: number, count?: number, rest: Partial<Parts> = {}): Parts => ({ id: 'q', index, count, ...rest });

describe('sequences', () => {
  it('complete when all their parts are there, whatever order they come in', () => {
    const collector = new SequenceCollector<string>();
    assert.equal(collector.add(part(2, 3), 'c', false), null);
    assert.equal(collector.add(part(0, 3), 'a', false), null);
    assert.deepEqual(collector.add(part(1, 3), 'b', false), ['a', 'b', 'c']);
  });

  it('learn their length from any part', () => {
    const collector = new SequenceCollector<string>();
    assert.equal(collector.add(part(0), 'a', false), null);
    assert.deepEqual(collector.add(part(1, 2), 'b', false), ['a', 'b']);
  });

  it('take a repeated part once', () => {
    const collector = new SequenceCollector<string>();
    collector.add(part(0, 2), 'a', false);
    assert.equal(collector.add(part(0, 2), 'again', false), null);
    assert.deepEqual(collector.add(part(1, 2), 'b', false), ['a', 'b']);
  });

  it('are taken back where the message that completed them comes again', () => {
    const collector = new SequenceCollector<string>();
    collector.add(part(0, 2), 'a', false);
    assert.deepEqual(collector.add(part(1, 2), 'b', false), ['a', 'b']);
    collector.reopen();
    assert.equal(collector.total, 2);
    assert.deepEqual(collector.add(part(1, 2), 'b', false), ['a', 'b']);
    collector.add(null, 'x', false);
    assert.deepEqual(collector.add(null, 'y', true), ['x', 'y']);
    collector.reopen();
    collector.reopen();
    assert.deepEqual(collector.add(null, 'y', true), ['x', 'y']);
    collector.reopen();
    assert.deepEqual(collector.add(null, null, true), ['x']);
  });

  it('keep apart by id, and end early on request', () => {
    const collector = new SequenceCollector<string>();
    collector.add(part(0, 2), 'a', false);
    collector.add({ id: 'r', index: 0, count: 2 }, 'x', false);
    assert.deepEqual(collector.add({ id: 'r', index: 1, count: 9 }, 'y', true), ['x', 'y']);
    assert.deepEqual(collector.add(part(1, 2), 'b', false), ['a', 'b']);
  });

  it('without parts are one until their end is said', () => {
    const collector = new SequenceCollector<string>();
    collector.add(null, 'a', false);
    collector.add(null, 'b', false);
    assert.equal(collector.size(null), 2);
    assert.deepEqual(collector.add(null, null, true), ['a', 'b']);
    assert.equal(collector.size(null), 0);
  });

  it('wait for all images when the parts are inside one image', () => {
    const collector = new SequenceCollector<string>();
    const patch = (image: number, index: number): Parts => ({
      id: `p${image}`,
      index,
      count: 2,
      inner: true,
      parts: part(image, 2),
    });
    assert.equal(collector.add(patch(1, 0), '1.0', false), null);
    assert.equal(collector.add(patch(1, 1), '1.1', false), null);
    assert.equal(collector.add(patch(0, 1), '0.1', false), null);
    assert.deepEqual(collector.add(patch(0, 0), '0.0', false), ['0.0', '0.1', '1.0', '1.1']);
  });

  it('mixes images with one scene and with several', () => {
    const collector = new SequenceCollector<string>();
    collector.add({ id: 's', index: 0, count: 2, inner: true, parts: part(1, 2) }, 'b0', false);
    assert.equal(collector.add(part(0, 2), 'a', false), null);
    const last: Parts = { id: 's', index: 1, count: 2, inner: true, parts: part(1, 2) };
    assert.deepEqual(collector.add(last, 'b1', false), ['a', 'b0', 'b1']);
  });

  it('stay within what may be collected', () => {
    const collector = new SequenceCollector<string>({ maxItems: 2 });
    collector.add(part(0, 5), 'a', false);
    collector.add(part(1, 5), 'b', false);
    assert.throws(() => collector.add(part(2, 5), 'c', false), /expected at most 2 collected messages/);
    assert.equal(collector.clear(), 2);
  });

  it('are given up, the oldest first, where too many are incomplete', () => {
    const dropped: Array<[string, number]> = [];
    const collector = new SequenceCollector<string>({ dropped: (id, items) => dropped.push([id, items]) });
    const start = (id: string) => collector.add({ id, index: 0, count: 2 }, `${id}0`, false);
    for (let i = 0; i < 100; i++) start(`s${i}`);
    collector.add({ id: 's0', index: 0, count: 2 }, 's0 again', false);
    assert.deepEqual(dropped, []);
    start('one more');
    assert.deepEqual(dropped, [['msg.parts.id s1', 1]]);
    assert.deepEqual(collector.add({ id: 's0', index: 1, count: 2 }, 's01', false), ['s00', 's01']);
    assert.equal(collector.total, 99);
  });

  it('take a good item in place of a failed one while they are open, and none in place of a good one', () => {
    const collector = new SequenceCollector<string>({ isFailed: (item) => item.startsWith('failed') });
    collector.add(part(0, 3), 'failed a', false);
    collector.add(part(1, 3), 'b', false);
    collector.add(part(0, 3), 'a', false);
    collector.add(part(1, 3), 'failed b', false);
    assert.deepEqual(collector.add(part(2, 3), 'c', false), ['a', 'b', 'c']);
  });

  it('go on where a predecessor left off', () => {
    const before = new SequenceCollector<string>();
    before.add(part(0, 2), 'a', false);
    const after = new SequenceCollector<string>({ open: before.open });
    assert.equal(after.total, 1);
    assert.deepEqual(after.add(part(1, 2), 'b', false), ['a', 'b']);
  });

  it('leave the sequence around them when they are answered', () => {
    const outer = { id: 'o', index: 3, count: 4 };
    const msg: { parts?: unknown } = { parts: part(0, 1) };
    withoutSequence(msg as never, { id: 'i', index: 0, inner: true, parts: part(0, 1, { parts: outer }) });
    assert.deepEqual(msg.parts, outer);
    withoutSequence(msg as never, part(0, 1));
    assert.equal('parts' in msg, false);
    assert.equal(sequenceLevel({ id: 'i', index: 0, inner: true }).id, 'i');
  });

  it('refuse parts that are none', () => {
    assert.equal(readParts({}), null);
    assert.throws(
      () => readParts({ parts: { id: 'q', index: -1 } } as never),
      /msg\.parts\.index: must be >= 0, got -1/,
    );
    const nested = { parts: { id: 'q', index: 0, parts: { id: 5, index: 0 } } };
    assert.throws(() => readParts(nested as never), /msg\.parts\.parts\.id: must be string, got 5/);
    const endless: Record<string, unknown> = { id: 'q', index: 0 };
    endless.parts = endless;
    assert.throws(() => readParts({ parts: endless } as never), /msg\.parts: expected at most 20 sequences/);
    assert.throws(() => readParts({ parts: throwing() } as never), { code: 'invalid-input' });
  });
});
