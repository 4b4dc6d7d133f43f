import assert from 'node:assert/strict';
import { httpStatus } from '../../nodes/admin/answer';

describe('httpStatus', () => {
  it('tells a full disk from a busy server, and all else from what was asked', () => {
    assert.deepEqual([httpStatus('disk-full'), httpStatus('busy'), httpStatus('engine')], [507, 503, 422]);
  });
});
