import assert from 'node:assert/strict';
import {
  CancelledError,
  CorruptFileError,
  fromErrorRecord,
  InvalidInputError,
  messageOf,
  SegmenterError,
  show,
  throwIfCancelled,
  toErrorRecord,
  UnsupportedError,
} from '../../src/base/errors';

describe('errors', () => {
  it('name the thing, the value and what was expected', () => {
    assert.equal(
      new InvalidInputError('epochs', 'a whole number', 0).message,
      'epochs: expected a whole number, got 0',
    );
    assert.equal(new CorruptFileError('a.tif', 'is cut off').message, 'a.tif: is cut off');
    assert.equal(new UnsupportedError('a.czi', 'is not read yet').code, 'unsupported');
    assert.equal(show('text'), '"text"');
    assert.equal(show(undefined), 'undefined');
    assert.equal(show('x'.repeat(500)).length, 120);
  });

  it('have messages of at most 10,000 characters', () => {
    const { message } = new SegmenterError('invalid-input', 'x'.repeat(1_000_000));
    assert.equal(message.length, 10_003);
  });

  it('cross a process border and come back as errors of the same code', () => {
    const record = JSON.parse(JSON.stringify(new SegmenterError('exists', 'x: exists', { path: 'x' }).toRecord()));
    const back = fromErrorRecord(record);
    assert.deepEqual([back.code, back.message, back.details], ['exists', 'x: exists', { path: 'x' }]);
    const cancelled = fromErrorRecord(new CancelledError('predict').toRecord());
    assert.ok(cancelled instanceof CancelledError);
    assert.equal(cancelled.message, 'predict was cancelled');
  });

  it('give a code to what the system and libraries throw', () => {
    const missing = Object.assign(new Error('gone'), { code: 'ENOENT' });
    assert.deepEqual(toErrorRecord(missing).code, 'not-found');
    assert.deepEqual(toErrorRecord(missing).details, { systemCode: 'ENOENT' });
    assert.equal(toErrorRecord(new TypeError('odd')).code, 'internal');
    assert.equal(toErrorRecord('a text').message, 'a text');
    assert.equal(toErrorRecord(undefined).code, 'internal');
  });

  it('say what anything thrown says', () => {
    // JSONata throws this.
    assert.equal(messageOf({ code: 'S0201', position: 3, message: 'Syntax error: "x"' }), 'Syntax error: "x"');
    assert.equal(messageOf(new RangeError('too long')), 'too long');
    assert.equal(messageOf(new TypeError()), 'TypeError without a message');
    assert.equal(messageOf('a text'), 'a text');
    assert.equal(messageOf({ code: 7 }), '{"code":7}');
    assert.equal(messageOf(null), 'null');
    const trap = {
      get message(): string {
        throw new Error('a trap');
      },
    };
    assert.doesNotMatch(messageOf(trap), /object Object/);
    assert.equal(toErrorRecord({ message: 'thrown as it is' }).message, 'thrown as it is');
  });

  it('of the file system have a code and words', () => {
    const of = (code: string, message: string) => toErrorRecord(Object.assign(new Error(message), { code }));
    assert.deepEqual(
      ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMFILE', 'EIO', 'EPROTO'].map((code) => of(code, 'x').code),
      ['disk-full', 'disk-full', 'not-allowed', 'not-allowed', 'busy', 'timeout', 'internal'],
    );
    const full = of('ENOSPC', 'ENOSPC: no space left on device, write');
    assert.equal(full.message, 'the disk is full (ENOSPC: no space left on device, write)');
    assert.equal(of('constructor', 'odd').code, 'internal');
  });

  it('tell of a signal that is set', () => {
    const controller = new AbortController();
    throwIfCancelled(controller.signal);
    throwIfCancelled(undefined);
    controller.abort();
    assert.throws(() => throwIfCancelled(controller.signal, 'saving'), { code: 'cancelled', message: /^saving was/ });
  });
});
