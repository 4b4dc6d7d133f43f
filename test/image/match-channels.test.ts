import assert from 'node:assert/strict';
import type { ImageDescription } from '../../src/image/description';
import { channelNames, isOrderGuessed, matchChannels, withChannels } from '../../src/image/match-channels';

describe('matchChannels', () => {
  const places = { kind: 'places' };
  const unlike = (repeated = false) => ({ kind: 'unlike', repeated });
  const cases: Array<[expected: string, found: string, result: unknown]> = [
    ['DAPI,GFP', 'DAPI,GFP', places],
    ['DAPI,GFP', 'dapi,G FP', places],
    ['DAPI,GFP', 'GFP,DAPI', { kind: 'names', order: [1, 0] }],
    ['DAPI,GFP', 'Cy5,gfp,TL,DAPI', { kind: 'names', order: [3, 1] }],
    ['405,488', '488,405', { kind: 'names', order: [1, 0] }],
    ['Dämon', 'X,Da\u0308mon', { kind: 'names', order: [1] }],
    ['DAPI,GFP', 'GFP,mCherry', unlike()],
    ['DAPI', 'Hoechst', unlike()],
    ['DAPI', 'Hoechst,GFP', unlike()],
    ['DAPI,GFP', 'Channel 0,Channel 1', places],
    ['DAPI,GFP', 'C1,ch-2', places],
    ['DAPI,GFP', ',', places],
    ['DAPI', 'Gray', places],
    ['Channel:0:0,Channel:0:1', 'GFP,DAPI', places],
    ['Channel 1,Channel 0', 'Channel 0,Channel 1', places],
    ['DAPI,Channel 1', 'Channel 0,DAPI', unlike()],
    ['DAPI,GFP', 'Channel 0,DAPI', unlike()],
    ['DAPI,GFP', 'GFP,DAPI,GFP', unlike(true)],
    ['DAPI,DAPI', 'DAPI,DAPI', places],
    ['DAPI,DAPI', 'GFP,DAPI', unlike(true)],
    ['DAPI,GFP', 'DAPI', places],
  ];
  for (const [expected, found, result] of cases) {
    it(`${expected} in ${found}`, () => {
      assert.deepEqual(matchChannels(expected.split(','), found.split(',')), result);
    });
  }

  const image = (changes: Partial<ImageDescription>): ImageDescription => ({
    ...{ id: 'a', uri: 'file:///a.tif', format: 'tiff', scene: 0, level: 0, axes: 'TCZYX', dtype: 'uint8' },
    ...{ shape: [1, 3, 1, 4, 4], pixelSize: null },
    channels: ['A', 'B', 'C'].map((name, index) => ({ index, name })),
    ...changes,
  });

  it('describes the chosen channels, after what was selected and cropped before', () => {
    const plain = withChannels(image({}), [2, 0]);
    assert.deepEqual([plain.shape, plain.select, channelNames(plain)], [[1, 2, 1, 4, 4], { c: [2, 0] }, ['C', 'A']]);
    const selected = withChannels(image({ select: { t: [1], c: [7, 5, 3] } }), [1]);
    assert.deepEqual([selected.shape, selected.select], [[1, 1, 1, 4, 4], { t: [1], c: [5] }]);
    const region = { start: [0, 1, 0, 2, 2], size: [1, 3, 1, 4, 4] } as ImageDescription['region'];
    const cropped = withChannels(image({ select: { c: [9, 7, 5, 3] }, region }), [2, 0]);
    assert.deepEqual(cropped.select, { c: [3, 7] });
    assert.deepEqual(cropped.region, { start: [0, 0, 0, 2, 2], size: [1, 2, 1, 4, 4] });
    assert.deepEqual(channelNames(image({ channels: [] })), []);
  });

  it('guesses the order of several where an image names none of its own', () => {
    const several = ['DAPI', 'GFP'];
    assert.ok(isOrderGuessed(several, ['Channel 0', 'C1']));
    assert.ok(isOrderGuessed(several, []));
    assert.ok(!isOrderGuessed(several, ['DAPI', 'Channel 1']));
    assert.ok(!isOrderGuessed(['DAPI'], ['Channel 0']));
    assert.ok(!isOrderGuessed(['Channel 0', 'Channel 1'], ['C0', 'C1']));
  });
});
