import assert from 'node:assert/strict';
import { Type } from '#typebox';
import { isRecord } from '../../src/base/plain-json';
import { prepareCheck, validate } from '../../src/base/schema';
import { computedMs } from '../support/computed';

const Schema = Type.Object(
  { size: Type.Integer({ minimum: 1 }), format: Type.Unsafe<string>({ type: 'string', enum: ['tiff', 'png'] }) },
  { additionalProperties: false },
);

describe('validate', () => {
  it('gives the value back where it fits', () => {
    prepareCheck(Schema);
    const value = { size: 2, format: 'png' };
    assert.equal(validate(Schema, value, 'settings'), value);
  });

  it('names every property that does not fit, what was expected and the value', () => {
    assert.throws(
      () => validate(Schema, { size: 0, format: 'bmp', more: 1 }, 'settings'),
      (error: Error) => {
        assert.match(error.message, /settings\.size: must be >= 1, got 0/);
        assert.match(error.message, /settings\.format: must be equal to one of .*\("tiff", "png"\), got "bmp"/);
        assert.match(error.message, /settings: must NOT have additional properties \("more"\)/);
        return true;
      },
    );
    assert.throws(() => validate(Schema, null, 'settings'), {
      code: 'invalid-input',
      message: /settings: must be object/,
    });
  });

  it('lists a few of many problems, and ends soon', () => {
    const List = Type.Object({ list: Type.Array(Type.Integer()) });
    prepareCheck(List);
    const wrong = (length: number) => ({ list: new Array<string>(length).fill('wrong') });
    const messageOf = (value: unknown): string => {
      try {
        validate(List, value, 'msg');
      } catch (error) {
        return (error as Error).message;
      }
      return assert.fail('was taken');
    };
    assert.match(messageOf(wrong(1000)), /^msg\.list\.0: must be integer, got "wrong".*; and 992 more$/);
    const million = wrong(1_000_000);
    const before = process.cpuUsage();
    assert.match(messageOf(million), /^msg\.list\.0: must be integer, got "wrong"$/);
    assert.ok(computedMs(before) < 200);
  });
});

describe('isRecord', () => {
  it('takes objects with names, no lists, bytes or nothing', () => {
    assert.ok(isRecord({}));
    for (const other of [null, undefined, 'a', 1, [], Buffer.alloc(1), new Float32Array(1)])
      assert.ok(!isRecord(other));
  });
});
