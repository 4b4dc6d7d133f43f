import assert from 'node:assert/strict';
import { type Parts, readParts, SequenceCollector, sequenceLevel, withoutSequence } from '../../nodes/sequences';

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
    const collector = new SequenceCollector<string>(2);
    collector.add(part(0, 5), 'a', false);
    collector.add(part(1, 5), 'b', false);
    assert.throws(() => collector.add(part(2, 5), 'c', false), /expected at most 2 collected messages/);
    assert.equal(collector.clear(), 2);
    const many = new SequenceCollector<string>();
    for (let i = 0; i < 100; i++) many.add({ id: `s${i}`, index: 0, count: 2 }, 'x', false);
    assert.throws(() => many.add({ id: 'one more', index: 0, count: 2 }, 'x', false), /at most 100 unfinished/);
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
  });
});
