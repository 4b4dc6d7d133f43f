import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { REFERENCES } from '../support/shared-data';

/** The list names itself nowhere. */
const LIST = 'SHA256SUMS';

describe('the references of the repository', () => {
  it('are all here, byte for byte: a test that compares with them is never skipped for want of them', () => {
    const listed = readFileSync(path.join(REFERENCES, LIST), 'utf8').trimEnd().split('\n');
    const found = readdirSync(REFERENCES, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name !== LIST && statSync(path.join(REFERENCES, name)).isFile())
      .sort();
    assert.ok(found.length > 150, `${found.length} files`);
    const sums = found.map((name) => {
      const sum = createHash('sha256')
        .update(readFileSync(path.join(REFERENCES, name)))
        .digest('hex');
      return `${sum}  ${name}`;
    });
    const change = `made anew on purpose? (cd test/data/references && find . -type f ! -name ${LIST} | sed 's|^./||' | LC_ALL=C sort | xargs sha256sum > ${LIST})`;
    assert.deepEqual(sums, listed, change);
  });
});
