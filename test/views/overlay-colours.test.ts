import assert from 'node:assert/strict';
import { OVERLAY_COLOURS, objectColour, type Rgb, rgbOf } from '../../src/views/overlay-colours';

/**
 * How linear red, green and blue look to eyes that lack a kind of cone (Machado, Oliveira and Fernandes, 2009, table of
 * severity 1).
 */
const EYES: Record<string, number[][]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** Differences of CIELAB from some 2 on are seen; colours side by side in small areas take much more. */
const APART = 25;

describe('the colours of objects', () => {
  it('are of near numbers never one, and come again after twelve', () => {
    const colours = Array.from({ length: 24 }, (_, i) => objectColour(i + 1));
    assert.equal(new Set(colours.slice(0, 12)).size, 12);
    assert.deepEqual(colours.slice(12), colours.slice(0, 12));
    for (let i = 1; i < 24; i++) {
      const [a, b] = [colours[i - 1], colours[i]].map((colour) => lab(through(EYES.usual, rgbOf(colour))));
      assert.ok(distance(a, b) >= APART, `${colours[i - 1]} and ${colours[i]}: ${distance(a, b).toFixed(1)}`);
    }
  });
});

describe('the colours of right, missed and surplus', () => {
  const { right, missed, surplus } = OVERLAY_COLOURS;
  for (const [name, eye] of Object.entries(EYES)) {
    it(`keep apart for ${name === 'usual' ? 'usual eyes' : name}`, () => {
      const seen = [right, missed, surplus].map((colour) => lab(through(eye, rgbOf(colour))));
      const distances = [distance(seen[0], seen[1]), distance(seen[0], seen[2]), distance(seen[1], seen[2])];
      assert.ok(Math.min(...distances) >= APART, distances.map((value) => value.toFixed(1)).join(', '));
    });
  }
});

function through(eye: number[][], rgb: Rgb): number[] {
  const linear = rgb.map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return eye.map((row) => Math.min(1, Math.max(0, row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2])));
}

/** CIELAB of linear sRGB, D65. */
function lab([r, g, b]: number[]): number[] {
  const xyz = [
    (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
  ];
  const [x, y, z] = xyz.map((v) => (v > 216 / 24389 ? Math.cbrt(v) : (24389 / 27) * (v / 116) + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: number[], b: number[]): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}
