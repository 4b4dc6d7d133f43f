import { type Static, Type } from '#typebox';

/** What a model of objects predicts, in the order of its channels; each map is in [0, 1]. */
export const OBJECT_MAPS = ['foreground', 'boundary', 'centre'] as const;
export type ObjectMapName = (typeof OBJECT_MAPS)[number];

/**
 * How maps become objects. A training chooses them on images that the network had not seen and its card keeps them; the
 * defaults are those of torch-em's `watershed_from_center_and_boundary_distances`.
 */
export const DecodingSettingsSchema = Type.Object({
  /** foreground is what has a probability above it */
  foreground: Type.Number({ minimum: 0, maximum: 1, default: 0.5 }),
  /** seeds are where the smoothed distance to the centre (0 there, 1 at the farthest and outside) is below it ... */
  seedCentre: Type.Number({ minimum: 0, maximum: 1, default: 0.5 }),
  /** ... and the smoothed distance to the boundary (0 there and outside, 1 at the deepest) is above it */
  seedBoundary: Type.Number({ minimum: 0, maximum: 1, default: 0.5 }),
  /** sigma of the Gaussian in pixels of a plane; along z it is as long in micrometres. 0: none */
  smoothing: Type.Number({ minimum: 0, maximum: 20, default: 1.6 }),
  /** smaller objects go; pixels of a plane, voxels of a stack */
  minimumSize: Type.Integer({ minimum: 0, default: 0 }),
});
export type DecodingSettings = Static<typeof DecodingSettingsSchema>;

export const DEFAULT_DECODING: Readonly<DecodingSettings> = {
  foreground: 0.5,
  seedCentre: 0.5,
  seedBoundary: 0.5,
  smoothing: 1.6,
  minimumSize: 0,
};
