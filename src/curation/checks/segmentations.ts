import { median, percent } from '../../base/numbers';
import type { PixelSize } from '../../image/description';
import { channelNames, matchChannels } from '../../image/match-channels';
import { FULL, foregroundCount, judge, REMEDY } from '../../masks/foreground';
import { foregroundTest } from '../../masks/foreground-test';
import { foregroundText } from '../../masks/foreground-text';
import type { Finding } from '../page-api';
import { asFarAsSeen, byValue, type Check, type ImageFacts, segmentationsOf } from './facts';

type Remark = Pick<Finding, 'severity' | 'message'>;

/** Tells whether segmentations hold labels, whole numbers from 0 on, and mark something, but not everything. */
export const checkLabels: Check = (samples) =>
  samples.flatMap((sample) =>
    segmentationsOf(sample).flatMap(({ role, facts }) =>
      remarksOn(facts).map(({ severity, message }) => ({
        severity,
        message: `${role} of ${sample.id} ${message}`,
        samples: [sample.id],
      })),
    ),
  );

function remarksOn(facts: ImageFacts): Remark[] {
  const { appearance = {}, image } = facts;
  const [channel] = facts.channels;
  const seen = asFarAsSeen(facts);
  const { scale, unknown } = image;
  const found = judge({ ...channel, appearance, scale, unknown }, image.foreground);
  if ('fault' in found)
    return [{ severity: 'error', message: `${found.fault}${found.isOneSided ? seen : ''}; ${found.remedy ?? REMEDY}` }];
  const { pixels, distinct } = channel;
  const foreground = foregroundCount(channel, found.rule, scale);
  const remarks = found.notes.map((message): Remark => ({ severity: 'note', message }));
  if (foreground === 0) {
    return [{ severity: 'warning', message: `is empty${seen}: no pixel is foreground` }, ...remarks];
  }
  if (foreground !== null && foreground / pixels > FULL) {
    const message = `is full${seen}: ${percent(foreground / pixels)} of the pixels are foreground`;
    return [{ severity: 'error', message }, ...remarks];
  }
  if (!found.hasLabels || (distinct !== null && distinct <= 2)) return remarks;
  const { rule } = found;
  const isForeground = foregroundTest(rule);
  const labels = channel.histogram?.filter(([value]) => isForeground(value)).length;
  if (labels === 1) return remarks;
  const objects = labels ?? (rule.kind === 'non-zero' && distinct !== null ? distinct - 1 : 'many');
  const which = rule.kind === 'non-zero' ? 'all that is not 0' : foregroundText(rule);
  const message = `holds ${objects} different labels${seen}; foreground is ${which}`;
  return [...remarks, { severity: 'note', message }];
}

/** Tells whether all raw images have as many channels, of the same names, and one pixel type. */
export const checkChannels: Check = (samples) => {
  const raws = samples.flatMap(({ id, images: { raw } }) => (raw ? [{ id, raw }] : []));
  type Raw = (typeof raws)[number];
  const namesOf = ({ raw }: Raw): string => raw.channels.map(({ name }) => name).join(', ');
  const [[, [usual]] = ['', []]] = byValue(raws, namesOf);
  /** what a training and a prediction take by name needs not be in its place */
  const isNamed = ({ raw }: Raw): boolean => matchChannels(channelNames(usual.raw), channelNames(raw)).kind === 'names';
  const properties = [
    { what: 'channels', severity: 'error', of: ({ raw }: Raw) => String(raw.shape[1]) },
    { what: 'channel names', severity: 'warning', of: namesOf },
    { what: 'pixel type', severity: 'warning', of: ({ raw }: Raw) => raw.dtype },
  ] as const;
  return properties.flatMap(({ what, severity, of }) => {
    const [common, ...others] = byValue(raws, of);
    return others.map(([value, items]) => {
      const named = what !== 'pixel type' && items.every(isNamed);
      const remedy = named ? ': they are taken by their names' : '';
      return {
        severity: named ? ('note' as const) : severity,
        message: `raw: ${what} "${value}" in ${items.length} of ${raws.length} images, "${common[0]}" in ${common[1].length}${remedy}`,
        samples: items.map(({ id }) => id),
      };
    });
  });
};

/** Tells whether segmentations have the extent of their image and one channel, and whether 2D and 3D images are mixed. */
export const checkShapes: Check = (samples) => {
  const unfit = samples.flatMap(({ id, images: { raw, ...segmentations } }) =>
    Object.entries(segmentations).flatMap(([role, image]) => {
      if (!raw) return [];
      const differs = image.shape.some((n, axis) => axis !== 1 && n !== raw.shape[axis]);
      const problems = [
        ...(differs ? [`shape ${shapeText(image.shape)}, expected T, Z, Y and X of raw, ${shapeText(raw.shape)}`] : []),
        ...(image.shape[1] === 1 ? [] : [`${image.shape[1]} channels, expected 1`]),
      ];
      return problems.map((problem) => ({
        severity: 'error' as const,
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
  return [...unfit, { severity: 'error', message, samples: few.map(({ id }) => id) }];
};

function shapeText(shape: readonly number[]): string {
  return shape.join(' x ');
}

/** Sizes that differ by less are the same, written with other digits. */
const WITHIN_SAMPLE = 0.01;
/** What a network that learned at one size bears in images of another, about; augmentation scales no more. */
const WITHIN_SET = 0.1;
const AXES = ['z', 'y', 'x'] as const;

/** Tells whether segmentations have the pixel size of their image, and images that of the set. */
export const checkPixelSizes: Check = (samples) => {
  const within = samples.flatMap(({ id, images: { raw, ...segmentations } }) =>
    Object.entries(segmentations).flatMap(([role, image]) => {
      const [own, expected] = [image.pixelSize, raw?.pixelSize];
      if (!own || !expected) return [];
      const axis = AXES.find((axis) => differ(own[axis], expected[axis], WITHIN_SAMPLE));
      if (!axis) return [];
      const message = `${role} of ${id} has pixels of ${sizeText(own)}, its raw image of ${sizeText(expected)}`;
      return [{ severity: 'warning' as const, message, samples: [id] }];
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
    return [{ severity: 'warning' as const, message, samples: other.map(({ id }) => id) }];
  });
  if (unsized.length === 0 || sized.length === 0) return [...within, ...among];
  const message = `${unsized.length} of ${raws.length} raw images state no pixel size, so it cannot be compared`;
  return [...within, ...among, { severity: 'note', message, samples: unsized }];
};

function differ(a: number | null, b: number | null, tolerance: number): boolean {
  return a !== null && b !== null && Math.max(a, b) > Math.min(a, b) * (1 + tolerance);
}

function away(size: number, common: number): number {
  return Math.abs(Math.log(size / common));
}

function sizeText({ z, y, x }: PixelSize): string {
  return `${[...(z === null ? [] : [z]), y, x].map(short).join(' x ')} µm`;
}

function short(size: number): string {
  return String(Number(size.toPrecision(4)));
}
