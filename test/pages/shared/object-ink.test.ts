import assert from 'node:assert/strict';
import { objectInk } from '../../../pages/shared/logic/object-ink';
import { paintFill, paintOutline, pixelOf } from '../../../pages/shared/logic/overlay-paint';
import { objectColour } from '../../../src/views/overlay-colours';

describe('the colours of numbered objects', () => {
  const labels = Uint16Array.of(1, 1, 128, 0, 1, 1, 128, 0);
  const [one, other] = [1, 128].map((label) => pixelOf(objectColour(label), 0.5));

  it('are each object’s own, that of number 128 too', () => {
    const filled = new Uint32Array(labels.length);
    paintFill(labels, 4, filled, objectInk(0.5), 'plain');
    assert.deepEqual([...filled], [one, one, other, 0, one, one, other, 0]);
    const outlined = new Uint32Array(labels.length);
    paintOutline(labels, 2, 4, outlined, objectInk(0.5), 'plain');
    assert.deepEqual([...outlined], [0, one, other, 0, 0, one, other, 0]);
    assert.notEqual(one, other);
  });

  it('are one where a layer has one', () => {
    const filled = new Uint32Array(labels.length);
    paintFill(labels, 4, filled, 7, 'plain');
    assert.deepEqual([...filled], [7, 7, 7, 0, 7, 7, 7, 0]);
  });
});
