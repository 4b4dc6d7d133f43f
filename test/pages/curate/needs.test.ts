import assert from 'node:assert/strict';
import { whatIsNotShown, whyNoTool, whyNoUse } from '../../../pages/curate/logic/needs';
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
    assert.equal(whyNoUse(image()), 'needs.segmentation');
    assert.equal(whyNoUse(image('seg1')), null);
  });

  it('a mask image that counts and is not shown is told', () => {
    assert.equal(whatIsNotShown({}), null);
    assert.equal(whatIsNotShown({ maskImages: ['merge'] }), 'needs.mergeHidden');
    assert.equal(whatIsNotShown({ maskImages: ['exclude'] }), 'needs.excludeHidden');
    assert.equal(whatIsNotShown({ maskImages: ['merge', 'exclude'] }), 'needs.bothMasksHidden');
  });
});
