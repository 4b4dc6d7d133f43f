import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { whyNoTool, whyNoUse } from '../../../pages/curate/logic/needs';
import { PICTURE } from '../../nodes/curation-under-test';

describe('what tools need of an image', () => {
  const image = (...segmentations: string[]) => ({
    pictures: { raw: PICTURE, ...Object.fromEntries(segmentations.map((name) => [name, PICTURE])) },
  });
  const TOOLS = ['select', 'mergePolygon', 'mergeFreehand', 'excludePolygon', 'excludeFreehand', 'brush', 'eraser'];
  const useless = (...segmentations: string[]) => TOOLS.filter((tool) => whyNoTool(tool, image(...segmentations)));

  it('a brush needs a segmentation, merging two', () => {
    assert.deepEqual(useless(), ['mergePolygon', 'mergeFreehand', 'brush', 'eraser']);
    assert.deepEqual(useless('seg2'), ['mergePolygon', 'mergeFreehand']);
    assert.deepEqual(useless('seg1', 'seg2'), []);
    assert.equal(whyNoTool('brush', null), null);
    assert.equal(whyNoTool('brush', image()), 'needs.segmentation');
    assert.equal(whyNoTool('mergePolygon', image('seg1')), 'needs.two');
    assert.equal(whyNoUse(image(), EMPTY_DECISION), 'needs.segmentation');
    assert.equal(whyNoUse(image('seg1'), EMPTY_DECISION), null);
  });

  it('a result needs its base, and the other segmentation where something is merged', () => {
    const base2 = { ...EMPTY_DECISION, base: 'seg2' } as const;
    assert.equal(whyNoUse(image('seg2'), EMPTY_DECISION), 'needs.base1');
    assert.equal(whyNoUse(image('seg1'), base2), 'needs.base2');
    assert.equal(whyNoUse(image('seg2'), base2), null);
    assert.equal(whyNoUse(image('seg1', 'mergeMask'), EMPTY_DECISION), 'needs.merged2');
    assert.equal(whyNoUse(image('seg2', 'mergeMask'), base2), 'needs.merged1');
    assert.equal(whyNoUse(image('seg1', 'seg2', 'mergeMask'), EMPTY_DECISION), null);
    assert.equal(whyNoUse(image('seg1', 'excludeMask'), EMPTY_DECISION), null);
  });
});
