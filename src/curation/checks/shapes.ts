import { byValue, type Check } from './facts';

/** Whether segmentations have the extent of their image and one channel, and whether 2D and 3D images are mixed. */
export const checkShapes: Check = (samples) => {
  const unfit = samples.flatMap(({ id, images: { raw, ...segmentations } }) =>
    Object.entries(segmentations).flatMap(([role, image]) => {
      if (!raw) return [];
      const differs = image.shape.some((n, axis) => axis !== 1 && n !== raw.shape[axis]);
      const problems = [
        ...(differs ? [`shape ${text(image.shape)}, expected T, Z, Y and X of raw, ${text(raw.shape)}`] : []),
        ...(image.shape[1] === 1 ? [] : [`${image.shape[1]} channels, expected 1`]),
      ];
      return problems.map((problem) => ({
        weight: 'error' as const,
        message: `${role} of ${id} has ${problem}`,
        samples: [id],
      }));
    }),
  );
  const kinds = byValue(
    samples.filter(({ images }) => images.raw),
    ({ images }) => (images.raw?.shape[2] === 1 ? '2D' : '3D'),
  );
  if (kinds.length < 2) return unfit;
  const [[common], [rare, few]] = kinds;
  const message = `${few.length} raw images are ${rare}, the others are ${common}: a network is for either`;
  return [...unfit, { weight: 'error', message, samples: few.map(({ id }) => id) }];
};

function text(shape: readonly number[]): string {
  return shape.join(' x ');
}
