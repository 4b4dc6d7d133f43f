import assert from 'node:assert/strict';
import { fitWhole, pan, snap, toImage, toScreen, zoomAt } from '../../../pages/shared/logic/view-transform';

const IMAGE = { width: 4096, height: 2048 };
const SCREEN = { width: 1000, height: 800 };

describe('the view of an image', () => {
  it('shows the whole image, centred', () => {
    const view = fitWhole(IMAGE, SCREEN, 8);
    assert.equal(view.scale, 984 / 4096);
    assert.deepEqual(toScreen(view, [2047.5, 1023.5]), { x: 500, y: 400 });
    assert.deepEqual(toScreen(view, [-0.5, -0.5]), { x: 8, y: 400 - 1024 * view.scale });
  });

  it('goes from the screen to the image and back', () => {
    const view = { scale: 3.7, x: -120, y: 45 };
    const { x, y } = toScreen(view, [12.25, 80]);
    const [u, v] = toImage(view, x, y);
    assert.ok(Math.abs(u - 12.25) < 1e-9 && Math.abs(v - 80) < 1e-9);
  });

  it('zooms about the pointer, and no further than it goes', () => {
    const view = fitWhole(IMAGE, SCREEN);
    const at = { x: 300, y: 420 };
    const before = toImage(view, at.x, at.y);
    const nearer = zoomAt(view, 5, at, IMAGE, SCREEN);
    const after = toImage(nearer, at.x, at.y);
    assert.ok(Math.hypot(after[0] - before[0], after[1] - before[1]) < 1e-9);
    assert.equal(zoomAt(view, 1e6, at, IMAGE, SCREEN).scale, 64);
    assert.equal(zoomAt(view, 1e-6, at, IMAGE, SCREEN).scale, view.scale / 4);
  });

  it('never loses the image from sight', () => {
    const view = pan(fitWhole(IMAGE, SCREEN), 1e6, -1e6, IMAGE, SCREEN);
    assert.equal(view.x, SCREEN.width - 48);
    assert.equal(view.y, 48 - IMAGE.height * view.scale);
  });

  it('rounds points to sixteenths', () => assert.deepEqual(snap([1.03, 2.97]), [1, 3]));
});
