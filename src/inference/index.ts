/** Sliding-window prediction: tiles, blending, images larger than memory, warm models. */
export { ModelCache, sessionKey } from './model-cache';
export { openSession } from './open-session';
export {
  type PredictImageRequest,
  type PredictionInfo,
  type ProbabilityType,
  predictImage,
  probabilityInfo,
} from './predict-image';
export { type PredictVolumeOptions, predictVolume } from './predict-volume';
export { planTiles, type Shape3, type TileGeometry, type TilePlan, tileCount } from './tiles';
export type { RegionReader } from './time-point';
