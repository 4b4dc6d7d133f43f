import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { remarkOnUse, whyNoTool, whyNoUse } from '../../../pages/curate/logic/needs';
import type { Decision, Point } from '../../../src/curation/decision';
import { PICTURE } from '../../nodes/curation-under-test';

describe('what tools need of an image', () => {
  const image = (...segmentations: string[]) => ({
    pictures: { raw: PICTURE, ...Object.fromEntries(segmentations.map((name) => [name, PICTURE])) },
  });
  const TOOLS = [
    'select',
    'mergePolygon',
    'mergeFreehand',
    'excludePolygon',
    'brush',
    'eraser',
    'paintPolygon',
    'fill',
  ];
  const useless = (base: Decision['base'], ...segmentations: string[]) =>
    TOOLS.filter((tool) => whyNoTool(tool, image(...segmentations), base));

  it('merging needs two and a base, painting nothing', () => {
    const merging = ['mergePolygon', 'mergeFreehand'];
    assert.deepEqual(useless('none'), merging);
    assert.deepEqual(useless('seg2', 'seg2'), merging);
    assert.deepEqual(useless('seg1', 'seg1', 'seg2'), []);
    assert.deepEqual(useless('none', 'seg1', 'seg2'), merging);
    assert.equal(whyNoTool('mergePolygon', null, 'seg1'), null);
    assert.equal(whyNoTool('mergePolygon', image(), 'none'), 'needs.any');
    assert.equal(whyNoTool('mergePolygon', image('seg1'), 'seg1'), 'needs.two');
    assert.equal(whyNoTool('mergePolygon', image('seg1', 'seg2'), 'none'), 'needs.base');
  });

  it('an image that is painted from nothing can be used, and is told to be empty while it is', () => {
    const nothing = { ...EMPTY_DECISION, base: 'none' } as const;
    const stroke = { points: [[1, 1]] as Point[], radius: 2, z: null };
    assert.equal(whyNoUse(image(), nothing), null);
    assert.equal(whyNoUse(image('seg1', 'seg2', 'mergeMask'), nothing), null);
    assert.equal(whyNoUse(image('seg1'), EMPTY_DECISION), null);
    assert.equal(remarkOnUse(nothing), 'needs.painting');
    assert.equal(remarkOnUse({ ...nothing, strokes: [{ ...stroke, value: 0 }] }), 'needs.painting');
    assert.equal(remarkOnUse({ ...nothing, strokes: [{ ...stroke, value: 1 }] }), null);
    assert.equal(remarkOnUse(EMPTY_DECISION), null);
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
