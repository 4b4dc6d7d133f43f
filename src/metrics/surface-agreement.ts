/** What rounding of distances may add to a tolerance. */
const ROUNDING = 1e-9;
/** The percentile of HD95. */
const PERCENTILE = 0.95;

/** How well the outlines of a segmentation fit those of the truth; never NaN. */
export interface SurfaceAgreement {
  /** normalised surface Dice: share of the surface voxels of both that are within the tolerance of the other's, 0 to 1 */
  nsd: number;
  /** the larger 95th percentile of both directed distances, by linear interpolation; null: infinite, one has no surface */
  hd95: number | null;
  /** mean distance of the surface voxels of both from the other's; null: infinite */
  meanDistance: number | null;
  /** surface voxels of the prediction and of the truth */
  predicted: number;
  truth: number;
}

/**
 * Computes the agreement of two surfaces. Where neither has a voxel it is 1 and the distances are 0; where one has, it is 0
 * and they are infinite.
 * @param fromPredicted distance of each surface voxel of the prediction to the truth's surface; it is sorted
 * @param fromTruth likewise, of the truth's to the prediction's
 * @param tolerance in the unit of the distances, itself within
 */
export function surfaceAgreement(
  fromPredicted: Float64Array,
  fromTruth: Float64Array,
  tolerance: number,
): SurfaceAgreement {
  const counts = { predicted: fromPredicted.length, truth: fromTruth.length };
  const all = counts.predicted + counts.truth;
  if (all === 0) return { nsd: 1, hd95: 0, meanDistance: 0, ...counts };
  if (counts.predicted === 0 || counts.truth === 0) return { nsd: 0, hd95: null, meanDistance: null, ...counts };
  const directions = [fromPredicted.sort(), fromTruth.sort()];
  const limit = tolerance * (1 + ROUNDING);
  const within = directions.reduce((sum, distances) => sum + countUpTo(distances, limit), 0);
  const total = directions.reduce((sum, distances) => sum + distances.reduce((one, d) => one + d, 0), 0);
  return {
    nsd: within / all,
    hd95: finite(Math.max(...directions.map((distances) => percentile(distances, PERCENTILE)))),
    meanDistance: finite(total / all),
    ...counts,
  };
}

/** Time points in which one of both has no surface make distances infinite. */
function finite(distance: number): number | null {
  return Number.isFinite(distance) ? distance : null;
}

/** How many of ascending numbers are not above a limit. */
function countUpTo(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of ascending numbers, interpolated between the two nearest as numpy does by default. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return above === below ? below : below + (above - below) * (at - Math.floor(at));
}
