import assert from 'node:assert/strict';
import { nameOfWork } from '../../nodes/work-name';

describe('the name of work that others wait for', () => {
  const german = (key: string) =>
    key === '@segmenter/node-red-segmenter/segmenter-train:palette.name' ? 'Training' : 'palette.name';

  it('is that of its node in the language of the reader, and of what', () => {
    assert.equal(nameOfWork('train nuclei 2d', german), 'Training nuclei 2d');
    assert.equal(nameOfWork('train', german), 'Training');
  });

  it('stays what it is where no node has it', () => {
    assert.equal(nameOfWork('list-samples plate', german), 'list-samples plate');
    assert.equal(
      nameOfWork('train nuclei', (key) => key),
      'train nuclei',
    );
  });
});
