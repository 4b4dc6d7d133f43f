import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { FORMS } from '../../src/stage/forms';
import { TRAVELS } from '../../src/stage/next-positions';
import { RANKINGS } from '../../src/stage/objects';
import { ANCHORS } from '../../src/stage/place';
import { TEXT_TYPES, typed } from '../node-settings';

/** What a typed input offers for things that are more than a text. */
const THING_TYPES = ['msg', 'json', 'flow', 'global', 'jsonata'] as const;

/** What a node makes positions of. */
export const TAKEN = ['objects', 'image'] as const;

/** How the axes of the stage lie in an image: as set, as calibrated around the image's position, or by points of the image. */
export const ORIENTATIONS = ['axes', 'calibration', 'fiducials'] as const;

export const PositionsSettings = Type.Object({
  of: choice(TAKEN, 'objects'),
  rank: choice(RANKINGS, 'largest'),
  /** positions of an image */
  most: Type.Integer({ minimum: 1, maximum: 1000, default: 10 }),
  /** micrometres between positions, of earlier images of the run, too */
  distance: Type.Number({ minimum: 0, maximum: 1e6, default: 0 }),
  /** leave out objects at the border of the image */
  inside: Type.Boolean({ default: false }),
  travel: choice(TRAVELS, 'nearest'),
  /** how often a place is taken again as an image, in a run */
  scans: Type.Integer({ minimum: 1, maximum: 100, default: 1 }),
  orientation: choice(ORIENTATIONS, 'axes'),
  flipX: Type.Boolean({ default: false }),
  flipY: Type.Boolean({ default: false }),
  /** degrees */
  rotation: Type.Number({ minimum: 0, maximum: 360, default: 0 }),
  /** matched points of calibration and fiducials */
  ...typed('points', THING_TYPES, 'flow', 'calibration'),
  flipZ: Type.Boolean({ default: false }),
  /** where the stage stood, instead of what the file says */
  ...typed('stage', THING_TYPES, 'msg', 'stage'),
  anchor: choice(ANCHORS, 'centre'),
  form: choice(FORMS, 'positions'),
  /** what else an MDASequence says */
  ...typed('sequence', THING_TYPES, 'json', '{"channels": []}'),
  /** whose places are remembered together */
  ...typed('run', TEXT_TYPES, 'msg', 'run'),
});
export type PositionsSettings = (typeof PositionsSettings)['static'];
