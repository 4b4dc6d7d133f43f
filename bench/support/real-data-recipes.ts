/**
 * How a real data set is trained on. Thresholds and the ovules' patch follow cross-validation inside `train/`: one fold,
 * for the ovules two (trained on one ovule, judged on the other; and on held-out planes), whose mean Dice is highest at
 * 0.85. Learning rate and batch size were set, and compared on one fold of the ovules alone. The epochs
 * were set for 8 minutes, 4 for BBBC039, and long ones for 25, on two cores with AVX-512 where a step of two patches takes
 * 0.62 s in 3D and 0.19 s in 2D. What was scored on `test/` with which recipe is in bench/README.md.
 */
export interface RealDataRecipe {
  /** [z or null, y, x] */
  patch: [number | null, number, number];
  /** properties of the train node */
  train: { epochs: number; batchSize: number; learningRate: number; validation: number; tiles: 'patch' | 'large' };
  /** averages predictions over mirrorings */
  mirror: boolean;
  /** fixed beforehand */
  threshold: number;
  /** what a training of 25 minutes on two cores changes */
  long?: { epochs: number };
}

/** The recipe of a data set, or that of its long training. @throws Error naming what there is */
export function recipeOf(dataset: string, length = 'short'): RealDataRecipe {
  const recipe = RECIPES[dataset];
  if (!recipe) throw new Error(`real-data: expected one of ${Object.keys(RECIPES).join(', ')}, got ${dataset}`);
  if (length === 'short') return recipe;
  if (length !== 'long' || !recipe.long) throw new Error(`real-data: ${dataset} has no recipe for ${length}`);
  return { ...recipe, train: { ...recipe.train, ...recipe.long } };
}

const RECIPES: Record<string, RealDataRecipe> = {
  'nuclei2d-bbbc039': {
    patch: [null, 256, 256],
    train: { epochs: 19, batchSize: 2, learningRate: 0.003, validation: 0, tiles: 'patch' },
    mirror: true,
    threshold: 0.65,
    long: { epochs: 120 },
  },
  'sem2d-axons': {
    patch: [null, 256, 256],
    train: { epochs: 50, batchSize: 2, learningRate: 0.003, validation: 0, tiles: 'patch' },
    mirror: true,
    threshold: 0.4,
    long: { epochs: 160 },
  },
  'nuclei3d-embryo': {
    patch: [32, 64, 64],
    train: { epochs: 188, batchSize: 2, learningRate: 0.003, validation: 0, tiles: 'patch' },
    mirror: true,
    threshold: 0.7,
  },
  'nuclei3d-ovule': {
    patch: [32, 64, 64],
    train: { epochs: 94, batchSize: 2, learningRate: 0.003, validation: 0, tiles: 'large' },
    mirror: true,
    threshold: 0.85,
    long: { epochs: 294 },
  },
};
