import type { Decision } from '../../src/curation/decision';
import type { ImageDescription } from '../../src/image/description';
import type { Shape5 } from '../../src/image/region';
import type { Sample } from '../../src/samples/sample';

/** A description of an image that no test opens. */
export function description(id: string, shape: Shape5 = [1, 1, 3, 20, 30]): ImageDescription {
  return {
    id,
    uri: `file:///images/${encodeURIComponent(id)}.tif`,
    format: 'tiff',
    scene: 0,
    level: 0,
    axes: 'TCZYX',
    shape,
    dtype: 'uint16',
    channels: [{ index: 0, name: 'DNA' }],
    pixelSize: null,
  };
}

/** A sample with two segmentations. */
export function sampleOf(id: string, shape?: Shape5): Sample {
  return { id, raw: description(id, shape), seg1: description(`${id}-1`, shape), seg2: description(`${id}-2`, shape) };
}

export const DECISION: Decision = {
  state: 'used',
  reason: null,
  base: 'seg1',
  merge: [
    {
      rings: [
        [
          [1, 2],
          [12.5, 2],
          [12.5, 9],
        ],
        [
          [5, 3],
          [9, 3],
          [9, 5],
          [5, 3],
        ],
      ],
      z: [1, 2],
    },
  ],
  exclude: [
    {
      rings: [
        [
          [20, 10],
          [25, 10],
          [25, 15],
          [20, 15],
        ],
      ],
      z: null,
    },
  ],
  strokes: [
    { points: [[3, 3]], radius: 2, value: 0, z: null },
    {
      points: [
        [3, 3],
        [8, 4.5],
      ],
      radius: 1.5,
      value: 1,
      z: [0, 0],
    },
  ],
};

/** Lengths of the runs of a mask, in turn background and foreground. */
export function runsOf(mask: Iterable<number>): number[] {
  const runs: number[] = [0];
  for (const value of mask) {
    const isForeground = value !== 0;
    if (isForeground === (runs.length % 2 === 0)) runs[runs.length - 1]++;
    else runs.push(1);
  }
  return runs;
}
