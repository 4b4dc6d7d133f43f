import assert from 'node:assert/strict';
import { groupOf, groupsOf } from '../../src/curation/acquisition-groups';

const at = (id: string) => ({ id, uri: `file:///${id}` });

describe('groups of acquisition', () => {
  it('are wells, else what stands before counters', () => {
    const expected: [id: string, acquisition: string, position: string][] = [
      ['plate1/B03_s1_w2', 'plate1/B03', 'plate1/B03_s1'],
      ['plate_C12_T0001F001', 'plate_C12', 'plate_C12'],
      ['r02c03f04p01-ch1', 'r02c03', 'r02c03f04p01'],
      ['embryo_P1_t003', 'embryo', 'embryo_P1'],
      ['embryo_P12_z10', 'embryo', 'embryo_P12'],
      ['day 2/field 4/c1', 'day 2', 'day 2/field 4'],
      ['scan-pos3-time 12', 'scan', 'scan-pos3'],
      ['cells_t1', 'cells', 'cells'],
      ['0042', '0042', '0042'],
      ['series_of_stacks', 'series_of_stacks', 'series_of_stacks'],
      ['B3', 'B3', 'B3'],
    ];
    for (const [id, acquisition, position] of expected) {
      assert.deepEqual([id, groupOf(at(id), 'acquisition'), groupOf(at(id), 'position')], [id, acquisition, position]);
    }
    assert.equal(groupOf(at('x'), 'file'), 'file:///x');
  });

  it('never part the scenes of one file', () => {
    const scenes = ['a_x', 'b_x', 'c_x'].map((id) => ({ id, uri: 'file:///one.czi' }));
    assert.deepEqual(groupsOf([...scenes, at('d')], 'acquisition'), [[0, 1, 2], [3]]);
  });
});
