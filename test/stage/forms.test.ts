import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { validate } from '../../src/base/schema';
import { type NextPosition, SequenceRestSchema, useqSequence } from '../../src/stage/forms';

/** What pydantic says of useq-schema 0.9.1; the compiled test lies in dist/test/stage. */
const SCHEMA = path.resolve(__dirname, '../../../test/data/references/useq/mda-sequence.schema.json');

const POSITIONS: NextPosition[] = [
  {
    ...{ name: 'a-3', sample: 'a', object: 3, x: 1.5, y: -2, z: null, score: 40 },
    measures: { size: 40, sizeMicrometres: 10, meanIntensity: 99, elongation: null },
  },
  { name: 'b', sample: 'b', object: null, x: 0, y: 1, z: 7.25, score: null, measures: null, reason: 'blurred' },
];

describe('positions as a useq MDASequence', () => {
  const check = new Ajv2020({ strict: false, validateFormats: false }).compile(
    JSON.parse(readFileSync(SCHEMA, 'utf8')),
  );
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

  it('are what the schema of useq 0.9.1 takes, with what else a person says of the sequence', () => {
    const rest = validate(
      SequenceRestSchema,
      {
        channels: [{ config: 'DAPI', exposure: 50 }, { config: 'FITC' }],
        z_plan: { range: 4, step: 0.5 },
        axis_order: ['p', 'z', 'c'],
        metadata: { operator: 'me' },
      },
      'sequence',
    );
    for (const sequence of [useqSequence(POSITIONS), useqSequence(POSITIONS, rest), useqSequence([])]) {
      assert.equal(check(plain(sequence)), true, JSON.stringify(check.errors));
    }
    const { stage_positions, axis_order, metadata, channels } = plain(useqSequence(POSITIONS, rest));
    assert.deepEqual(stage_positions, [
      { x: 1.5, y: -2, z: null, name: 'a-3' },
      { x: 0, y: 1, z: 7.25, name: 'b' },
    ]);
    assert.deepEqual(axis_order, ['p', 'z', 'c']);
    assert.deepEqual(metadata, { operator: 'me', segmenter: { positions: plain(POSITIONS) } });
    assert.equal((channels as unknown[]).length, 2);
    assert.deepEqual(plain(useqSequence(POSITIONS)).axis_order, ['t', 'p', 'g', 'c', 'z']);
  });

  it('are refused by that schema where a place is no number, so that the check can tell', () => {
    const [first, ...others] = POSITIONS;
    const wrong = useqSequence([{ ...first, x: 'far' as unknown as number }, ...others]);
    assert.equal(check(plain(wrong)), false);
  });

  it('keep the positions that were found: those of a person are refused', () => {
    assert.throws(() => validate(SequenceRestSchema, { stage_positions: [] }, 'sequence'), { code: 'invalid-input' });
    assert.throws(() => validate(SequenceRestSchema, [], 'sequence'), { code: 'invalid-input' });
  });
});
