import { InvalidInputError, UnsupportedError } from '../base/errors';
import type { ImageDescription, StagePosition } from '../image/description';
import { applyLinear, type Linear, type Point } from './orientation';

/** A place on the stage in micrometres; null along z: nobody knows. */
export interface StagePlace extends Point {
  z: number | null;
}

/** A place in an image, in pixels from 0 at the centre of the first one; of a plane z is 0. */
export interface ImagePoint extends Point {
  z: number;
}

/** Which point of an image its stage position is of, where the file does not say it. */
export const ANCHORS = ['centre', 'corner'] as const;
export type Anchor = (typeof ANCHORS)[number];

export interface Staging {
  /** from offsets in the image to those of the stage, both in micrometres */
  orientation: Linear;
  /** the slices of a stack go down the stage's z */
  flipZ: boolean;
  anchor: Anchor;
  /** where the stage stood, instead of what the file says */
  position: StagePosition | null;
}

type Staged = Pick<ImageDescription, 'id' | 'shape' | 'level' | 'region' | 'pixelSize' | 'acquisition'>;

/**
 * Makes the function that says where on the stage a point of an image is: the image's stage position, and from its anchor on the
 * offset in micrometres, turned as the stage lies.
 * @throws InvalidInputError where the pixel size or the stage position is not known, UnsupportedError for a smaller level
 */
export function stagePlaces(image: Staged, staging: Staging): (at: ImagePoint) => StagePlace {
  const { id, pixelSize, level, region } = image;
  if (level !== 0)
    throw new UnsupportedError(id, `is level ${level} of its file, stage positions are found at level 0`);
  if (!pixelSize) throw new InvalidInputError(`${id}: pixel size`, 'micrometres that the file states', null);
  const stage = positionOf(image, staging);
  const anchor = anchorOf(image, staging);
  const [startZ, startY, startX] = region ? region.start.slice(2) : [0, 0, 0];
  const up = staging.flipZ ? -1 : 1;
  return ({ z, y, x }) => {
    const offset = applyLinear(staging.orientation, {
      x: (startX + x - anchor.x) * pixelSize.x,
      y: (startY + y - anchor.y) * pixelSize.y,
    });
    const step = z + startZ === 0 ? 0 : pixelSize.z;
    return {
      x: stage.x + offset.x,
      y: stage.y + offset.y,
      z: stage.z === null || step === null ? null : stage.z + up * (z + startZ) * step,
    };
  };
}

/** Makes the function that says where a point is by the fitted map of its own image's pixels; z is not in it. */
export function placesByMap(linear: Linear, offset: Point): (at: ImagePoint) => StagePlace {
  return (at) => {
    const { x, y } = applyLinear(linear, at);
    return { x: x + offset.x, y: y + offset.y, z: null };
  };
}

function positionOf({ id, acquisition }: Staged, { position }: Staging): StagePlace {
  const { x = null, y = null, z = null } = position ?? acquisition?.stage ?? {};
  if (x !== null && y !== null) return { x, y, z };
  const expected = 'x and y in micrometres, from the file or the setting "stage"';
  throw new InvalidInputError(`${id}: stage position`, expected, position ?? acquisition?.stage ?? null);
}

function anchorOf({ id, shape, region, acquisition }: Staged, { anchor, position }: Staging): Point {
  // What the file says is of its own position only.
  const { stageAt } = position ? {} : (acquisition ?? {});
  if (stageAt) return stageAt;
  if (anchor === 'corner') return { x: 0, y: 0 };
  if (region) {
    const expected = 'the whole image: of a part nobody knows where the centre was';
    throw new InvalidInputError(`${id}: region`, expected, region);
  }
  return { x: (shape[4] - 1) / 2, y: (shape[3] - 1) / 2 };
}

/** Gives the point that an image is taken at: its middle, in the first slice. */
export function middleOf({ shape }: Pick<ImageDescription, 'shape'>): ImagePoint {
  return { x: (shape[4] - 1) / 2, y: (shape[3] - 1) / 2, z: 0 };
}
