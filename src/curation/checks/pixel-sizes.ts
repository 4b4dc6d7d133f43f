import { median } from '../../base/arithmetic';
import { percent } from '../../base/percent';
import type { PixelSize } from '../../image/description';
import type { Check } from './facts';

/** Sizes that differ by less are the same, written with other digits. */
const WITHIN_SAMPLE = 0.01;
/** What a network that learned at one size bears in images of another, about; augmentation scales no more. */
const WITHIN_SET = 0.1;
const AXES = ['z', 'y', 'x'] as const;

/** Whether segmentations have the pixel size of their image, and images that of the set. */
export const checkPixelSizes: Check = (samples) => {
  const within = samples.flatMap(({ id, images: { raw, ...segmentations } }) =>
    Object.entries(segmentations).flatMap(([role, image]) => {
      const [own, expected] = [image.pixelSize, raw?.pixelSize];
      if (!own || !expected) return [];
      const axis = AXES.find((axis) => differ(own[axis], expected[axis], WITHIN_SAMPLE));
      if (!axis) return [];
      const message = `${role} of ${id} has pixels of ${text(own)}, its raw image of ${text(expected)}`;
      return [{ weight: 'warning' as const, message, samples: [id] }];
    }),
  );
  const raws = samples.flatMap(({ id, images: { raw } }) => (raw ? [{ id, size: raw.pixelSize }] : []));
  const sized = raws.flatMap(({ id, size }) => (size ? [{ id, size }] : []));
  const unsized = raws.filter(({ size }) => !size).map(({ id }) => id);
  const among = AXES.flatMap((axis) => {
    const known = sized.flatMap(({ id, size }) => (size[axis] === null ? [] : [{ id, size: size[axis] }]));
    if (known.length < 2) return [];
    const common = median(known.map(({ size }) => size));
    const other = known.filter(({ size }) => differ(size, common, WITHIN_SET));
    if (other.length === 0) return [];
    const worst = other.reduce((a, b) => (away(b.size, common) > away(a.size, common) ? b : a));
    const message = `${other.length} of ${known.length} raw images have other pixels along ${axis}, up to ${short(worst.size)} µm (${worst.id}), than the set's ${short(common)} µm, by more than ${percent(WITHIN_SET)}`;
    return [{ weight: 'warning' as const, message, samples: other.map(({ id }) => id) }];
  });
  if (unsized.length === 0 || sized.length === 0) return [...within, ...among];
  const message = `${unsized.length} of ${raws.length} raw images state no pixel size, so it cannot be compared`;
  return [...within, ...among, { weight: 'note', message, samples: unsized }];
};

function differ(a: number | null, b: number | null, tolerance: number): boolean {
  return a !== null && b !== null && Math.max(a, b) > Math.min(a, b) * (1 + tolerance);
}

function away(size: number, common: number): number {
  return Math.abs(Math.log(size / common));
}

function text({ z, y, x }: PixelSize): string {
  return `${[...(z === null ? [] : [z]), y, x].map(short).join(' x ')} µm`;
}

function short(size: number): string {
  return String(Number(size.toPrecision(4)));
}
