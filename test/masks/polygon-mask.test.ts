import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fillPolygon, type Vertex } from '../../src/masks/polygon-mask';
import { needShared } from '../support/shared-data';

interface GoldenPolygons {
  shapeYX: [number, number];
  polygons: { name: string; verticesYX: Vertex[]; voxels: number; maskRowsHex: string[] }[];
}

/** The pixels of one polygon. */
function polygonMask(ring: readonly Vertex[], height: number, width: number): Uint8Array {
  const mask = new Uint8Array(height * width);
  fillPolygon([ring], height, width, mask);
  return mask;
}

describe('fillPolygon of one ring', () => {
  it('equals scikit-image polygon2mask in every golden case', function () {
    const folder = needShared(this, 'data/golden/polygon');
    const golden = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as GoldenPolygons;
    const [height, width] = golden.shapeYX;
    assert.ok(golden.polygons.length >= 9);
    for (const { name, verticesYX, voxels, maskRowsHex } of golden.polygons) {
      const mask = polygonMask(verticesYX, height, width);
      assert.deepEqual(rowsAsHex(mask, width), maskRowsHex, name);
      assert.equal(
        mask.reduce((sum, v) => sum + v, 0),
        voxels,
        name,
      );
    }
  });

  it('includes edges and vertices of a square on pixel centres', () => {
    const mask = polygonMask(square(1, 1, 3), 5, 6);
    assert.deepEqual(rowsAsText(mask, 6), ['......', '.###..', '.###..', '.###..', '......']);
  });

  it('does not care whether the outline is closed, nor which way it runs', () => {
    const ring: Vertex[] = [
      [0.3, 1],
      [7.7, 3.2],
      [4, 8.5],
    ];
    const mask = polygonMask(ring, 10, 10);
    assert.deepEqual(polygonMask([...ring, ring[0]], 10, 10), mask);
    assert.deepEqual(polygonMask([...ring].reverse(), 10, 10), mask);
  });

  it('fills a star even-odd: its middle stays out', () => {
    const star = Array.from({ length: 5 }, (_, i): Vertex => {
      const angle = (i * 4 * Math.PI) / 5;
      return [20 - 18 * Math.cos(angle), 20 + 18 * Math.sin(angle)];
    });
    const mask = polygonMask(star, 41, 41);
    assert.equal(mask[20 * 41 + 20], 0);
    assert.equal(mask[5 * 41 + 20], 1);
  });

  it('leaves out what lies outside, however far', () => {
    const mask = polygonMask(square(-1e9, -1e9, 2e9), 3, 4);
    assert.equal(
      mask.reduce((sum, v) => sum + v, 0),
      12,
    );
    assert.equal(polygonMask(square(100, 100, 5), 3, 4).indexOf(1), -1);
  });

  it('names the vertex that is not a number', () => {
    const ring: Vertex[] = [...square(0, 0, 2), [Number.NaN, 1]];
    assert.throws(() => polygonMask(ring, 5, 5), /vertex 4: expected finite \[y, x\], got \["NaN","1"\]/);
  });
});

describe('fillPolygon', () => {
  it('cuts holes without their edge and keeps what was there', () => {
    const mask = new Uint8Array(7 * 7);
    mask[0] = 1;
    fillPolygon([square(1, 1, 5), square(2, 2, 3)], 7, 7, mask);
    assert.deepEqual(rowsAsText(mask, 7), [
      '#......',
      '.#####.',
      '.#####.',
      '.##.##.',
      '.#####.',
      '.#####.',
      '.......',
    ]);
  });
});

/** A square with its first corner at [y, x] and `size` pixels on a side. */
function square(y: number, x: number, size: number): Vertex[] {
  const end = size - 1;
  return [
    [y, x],
    [y, x + end],
    [y + end, x + end],
    [y + end, x],
  ];
}

function rowsAsHex(mask: Uint8Array, width: number): string[] {
  return rowsAsText(mask, width).map((row) => {
    const bits = row.replaceAll('#', '1').replaceAll('.', '0');
    return `0x${BigInt(`0b${bits}`).toString(16)}`;
  });
}

function rowsAsText(mask: Uint8Array, width: number): string[] {
  const rows: string[] = [];
  for (let at = 0; at < mask.length; at += width) {
    rows.push(Array.from(mask.subarray(at, at + width), (v) => (v ? '#' : '.')).join(''));
  }
  return rows;
}
