import assert from 'node:assert/strict';
import { commonRawSuffix, findAffix, stripAffix } from '../../../src/samples/listing/affixes';

const find = (ids: string[], wanted: string[]) => findAffix(ids, new Map(wanted.map((id) => [id, id])));

describe('findAffix', () => {
  it('finds the suffix or prefix that pairs the names', () => {
    assert.deepEqual(find(['a_seg', 'b_seg'], ['a', 'b']), { prefix: '', suffix: '_seg' });
    assert.deepEqual(find(['p/a_cp_masks'], ['p/a', 'p/b']), { prefix: '', suffix: '_cp_masks' });
    assert.deepEqual(find(['excluding_mask_b'], ['a', 'b']), { prefix: 'excluding_mask_', suffix: '' });
    assert.deepEqual(find(['p/mask_b'], ['p/b']), { prefix: 'mask_', suffix: '' });
  });

  it('never takes a number for a suffix', () => {
    assert.equal(find(['img_10', 'img_11'], ['img_1']), null);
    assert.equal(find(['img_1_2'], ['img_1']), null);
    assert.deepEqual(find(['img_1_seg', 'img_10_seg'], ['img_1', 'img_10']), { prefix: '', suffix: '_seg' });
  });

  it('takes the one that pairs most', () => {
    assert.deepEqual(find(['a_x', 'b_seg', 'c_seg'], ['a', 'b', 'c']), { prefix: '', suffix: '_seg' });
    assert.equal(find([], ['a']), null);
    assert.equal(find(['x'], ['a']), null);
  });
});

describe('stripAffix', () => {
  it('strips the last part of the path, and nothing that is not there', () => {
    assert.equal(stripAffix('mask_p/mask_a', { prefix: 'mask_', suffix: '' }), 'mask_p/a');
    assert.equal(stripAffix('p/a_seg', { prefix: '', suffix: '_seg' }), 'p/a');
    assert.equal(stripAffix('p/_seg', { prefix: '', suffix: '_seg' }), null);
    assert.equal(stripAffix('p/a', { prefix: '', suffix: '_seg' }), null);
  });
});

describe('commonRawSuffix', () => {
  it('is an ending for raw images that all names share', () => {
    assert.equal(commonRawSuffix(['a_raw', 'b_raw']), '_raw');
    assert.equal(commonRawSuffix(['a_raw', 'b']), null);
    assert.equal(commonRawSuffix(['a_seg', 'b_seg']), null);
    assert.equal(commonRawSuffix([]), null);
  });
});
