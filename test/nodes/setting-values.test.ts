import assert from 'node:assert/strict';
import { NODE_PAGES } from '../../nodes/editor/pages';
import { fits, readValue, unknownKeywords } from '../../nodes/setting-values';
import { validate } from '../../src/base/schema';

/** What a flow may hold: texts of the editor, and what somebody wrote into a file by hand. */
const VALUES = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1',
    '2',
    '4',
    '6',
    '8',
    '0.25',
    '0.9',
    '0.95',
    '1e-3',
    '1.0',
    '1025',
    '100001',
    '1,5',
    '0x10',
  ],
  ...['many', 'auto', 'seg1', 'msg', 'true', 'false', 'Infinity', 'NaN'],
  ...[0, 1, -4, 4, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, true, false, null, undefined, [], [1], {}],
];

describe('values of settings', () => {
  for (const { page, settings } of NODE_PAGES) {
    it(`fit those of ${page.name} in the editor where the node itself takes them`, () => {
      const verdicts = new Set<boolean>();
      for (const [name, schema] of Object.entries(settings.properties)) {
        assert.deepEqual(unknownKeywords(schema), [], name);
        for (const value of VALUES) {
          const meant = readValue(schema, value);
          const accepted = isAccepted(() => validate(schema, meant, name));
          assert.equal(fits(schema, meant), accepted, `${name}: ${String(value)}`);
          verdicts.add(accepted);
        }
      }
      assert.equal(verdicts.size, 2);
    });
  }

  it('are told apart by every keyword that is known, and by no other', () => {
    assert.deepEqual(unknownKeywords({ type: 'string', pattern: 'a', default: 'b', minLength: 1 }), ['pattern']);
    assert.deepEqual(
      [fits({ minLength: 2 }, 'a'), fits({ minLength: 2 }, 'ab'), fits({ minLength: 2 }, 1)],
      [false, true, true],
    );
    assert.deepEqual([fits({ multipleOf: 4 }, 6), fits({ multipleOf: 4 }, 8)], [false, true]);
  });
});

function isAccepted(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
