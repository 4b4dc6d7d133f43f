import assert from 'node:assert/strict';
import { looksOf, MOST_SHOWN } from '../../../pages/shared/logic/channel-looks';
import { GreyTable } from '../../../pages/shared/logic/contrast';
import type { Picture } from '../../../src/image/picture';

const RANGES = { min: 0, 'p0.1': 10, 'p0.5': 20, p1: 30, p50: 50, p99: 70, 'p99.5': 80, 'p99.9': 90, max: 100 };

function picture(channels: Picture['channels'], ranges = RANGES): Picture {
  return {
    shape: [1, channels.length, 1, 8, 8],
    dtype: 'uint8',
    channels,
    pixelSize: null,
    levels: [[8, 8]],
    tile: 512,
    ranges: channels.map(() => ranges),
  };
}

describe('the looks of channels', () => {
  it('begin with the colours of the file, else with ones of their own, and four in sight', () => {
    const channels = [{ name: 'a', color: '#00FF00' }, { name: 'b', color: '#ffffff' }, { name: 'c' }];
    const looks = looksOf(picture([...channels, ...channels]), []);
    assert.equal(looks[0].colour, '#00ff00');
    assert.notEqual(looks[1].colour, '#ffffff');
    assert.equal(new Set(looks.slice(0, 3).map(({ colour }) => colour)).size, 3);
    assert.equal(looks.filter(({ shown }) => shown).length, MOST_SHOWN);
    assert.deepEqual([looks[2].contrast.low, looks[2].contrast.high], [10, 90]);
  });

  it('go on to the next image, with its own black and white points', () => {
    const [first] = looksOf(picture([{ name: 'a' }]), []);
    const changed = { ...first, colour: '#123456', preset: 0, contrast: { ...first.contrast, gamma: 2 } };
    const looks = looksOf(picture([{ name: 'a' }, { name: 'b' }], { ...RANGES, max: 400 }), [changed]);
    assert.deepEqual(looks[0], { ...changed, contrast: { low: 0, high: 400, gamma: 2 } });
    assert.equal(looks[1].contrast.high, 90);
  });

  it('paint white as their colour, half as bright as half of it', () => {
    const rgba = new Uint32Array(3);
    new GreyTable('uint8', { low: 0, high: 200, gamma: 1 }, '#ff8000').paint([0, 100, 200], rgba);
    assert.deepEqual([...new Uint8Array(rgba.buffer)], [0, 0, 0, 255, 128, 64, 0, 255, 255, 128, 0, 255]);
  });
});
