import assert from 'node:assert/strict';
import { Type } from '#typebox';
import { parseChannels, parseTime } from '../../nodes/load-image/choices';
import { NUMBER_TYPES, readSettings, typed } from '../../nodes/node-settings';
import { modelRequest } from '../../nodes/typed-property';
import { choice, integerOrBlank, numberOrBlank } from '../../src/base/schema';

const Schema = Type.Object({
  ...typed('value', NUMBER_TYPES, 'num', '0.5'),
  mode: choice(['a', 'b'], 'b'),
  count: Type.Integer({ minimum: 1, default: 8 }),
  ratio: Type.Number({ minimum: 0, maximum: 1, default: 0.25 }),
  size: integerOrBlank({ multipleOf: 4 }),
  minutes: numberOrBlank({ exclusiveMinimum: 0 }),
  flag: Type.Boolean({ default: true }),
});
/** As Node-RED writes it. */
const variable = (name: string) => `$\{${name}}`;
const read = (config: object) => readSettings(Schema, config, 'node');

describe('settings of a node', () => {
  it('have their defaults where nothing is stored', () => {
    assert.deepEqual(read({ id: 'x', type: 'node' }), {
      value: '0.5',
      valueType: 'num',
      mode: 'b',
      count: 8,
      ratio: 0.25,
      size: null,
      minutes: null,
      flag: true,
    });
  });

  it('are read from the text that the editor stores', () => {
    const settings = read({ value: 0.7, count: ' 12 ', ratio: '1e-1', size: '64', minutes: '2.5', flag: 'false' });
    assert.deepEqual(
      [settings.value, settings.count, settings.ratio, settings.size, settings.minutes, settings.flag],
      ['0.7', 12, 0.1, 64, 2.5, false],
    );
    assert.deepEqual([read({ size: '' }).size, read({ minutes: null }).minutes], [null, null]);
  });

  it('are refused with property, value and expectation', () => {
    assert.throws(() => read({ count: '0' }), /^SegmenterError: node\.count: must be >= 1, got 0$/);
    assert.throws(() => read({ count: '' }), /node\.count: must be integer, got ""/);
    assert.throws(() => read({ count: '8.5' }), /node\.count: must be integer, got 8\.5/);
    assert.throws(() => read({ size: '30' }), /node\.size: must be multiple of 4, got 30/);
    assert.throws(
      () => read({ mode: 'c' }),
      /node\.mode: must be equal to one of the allowed values \("a", "b"\), got "c"/,
    );
    assert.throws(() => read({ ratio: 'half' }), /node\.ratio: must be number, got "half"/);
    assert.throws(
      () => read({ ratio: '0,5' }),
      /node\.ratio: must be number with a point, not a comma \(0\.5\), got "0,5"/,
    );
    for (const ratio of ['1e', '1.000,5', '', ' ', 'Infinity', '0.5 µm']) {
      assert.throws(() => read({ ratio }), { message: `node.ratio: must be number, got "${ratio}"` });
    }
  });

  it('say which environment variable is not set', () => {
    const message = /node\.count: expected a value, but the environment variable SEGMENTER_COUNT is not set/;
    assert.throws(() => read({ count: variable('SEGMENTER_COUNT') }), { code: 'invalid-input', message });
    assert.throws(() => read({ value: '$(LEVEL)' }), /node\.value: .* LEVEL is not set/);
    assert.equal(read({ value: variable('a'), valueType: 'jsonata' }).value, variable('a'));
  });
});

describe('choices of load-image', () => {
  it('read channels: number, name, list, all', () => {
    const cases: Array<[string, unknown]> = [
      ['0', 0],
      ['', null],
      ['DAPI', 'DAPI'],
      ['0, 2', [0, 2]],
      ['DAPI, 1', ['DAPI', 1]],
      ['["1", 2]', ['1', 2]],
      ['["a, b"]', 'a, b'],
    ];
    for (const [text, expected] of cases) assert.deepEqual(parseChannels(text, 'rawChannel'), expected);
    for (const wrong of ['-1', '1.5', '0,,1', '[', '[]', '[null]']) {
      assert.throws(() => parseChannels(wrong, 'rawChannel'), /rawChannel: expected/);
    }
  });

  it('read time points: numbers, ranges, all', () => {
    assert.deepEqual(parseTime('0, 2, 5-8', 'time'), [0, 2, 5, 6, 7, 8]);
    assert.equal(parseTime(' ', 'time'), null);
    for (const wrong of ['-1', '3-1', 'x', '1,', '0-9999999999']) {
      assert.throws(() => parseTime(wrong, 'time'), /time: expected time points/);
    }
  });
});

describe('a model', () => {
  it('is looked up by its place, its name and version, or the text as it is', () => {
    const sha256 = 'A'.repeat(64);
    const whole = { name: 'n', version: 'v1', uri: 'file:///m/n/v1', sha256, more: 1 };
    const { more: _, ...known } = { ...whole, sha256: sha256.toLowerCase() };
    assert.deepEqual(modelRequest(whole, 'model'), known);
    for (const version of [1, '1', 'v1', 'V1', ' v1 ']) {
      assert.deepEqual(modelRequest({ name: ' n ', version }, 'model'), { name: 'n', version: 'v1' });
    }
    assert.deepEqual(modelRequest({ name: 'n', version: null, uri: '', sha256: null }, 'model'), { name: 'n' });
    assert.equal(modelRequest(' n@v2 ', 'model'), 'n@v2');
    for (const [wrong, property] of [
      [{ name: 'n', version: 1.5 }, 'version'],
      [{ name: 'n', version: 0 }, 'version'],
      [{ name: 'n', version: true }, 'version'],
      [{ name: 'n', sha256: 12 }, 'sha256'],
      [{ name: 7 }, 'name'],
      [{ uri: ['file:///m'] }, 'uri'],
    ] as const) {
      assert.throws(() => modelRequest(wrong, 'msg.model'), {
        message: new RegExp(`msg\\.model\\.${property}: expected`),
      });
    }
    for (const wrong of ['', undefined, {}, 5])
      assert.throws(() => modelRequest(wrong, 'model'), /model: expected a model/);
  });
});
