import { percent } from '../../base/percent';
import type { Finding } from '../page-api';
import { asFarAsSeen, type Check, type ImageFacts, segmentationsOf } from './facts';

/** A segmentation with more foreground is hardly one. */
const FULL = 0.999;

type Remark = Pick<Finding, 'weight' | 'message'>;

/** Whether segmentations hold labels, whole numbers from 0 on, and mark something, but not everything. */
export const checkLabels: Check = (samples) =>
  samples.flatMap((sample) =>
    segmentationsOf(sample).flatMap(({ role, facts }) =>
      remarksOn(facts).map(({ weight, message }) => ({
        weight,
        message: `${role} of ${sample.id} ${message}`,
        samples: [sample.id],
      })),
    ),
  );

function remarksOn(facts: ImageFacts): Remark[] {
  const [{ range, pixels, notFinite, fractional, nonZero, distinct }] = facts.channels;
  const seen = asFarAsSeen(facts);
  if (notFinite > 0) return [{ weight: 'error', message: `has ${notFinite} pixels that are NaN or infinite` }];
  if (!range) return [];
  const { min, max } = range;
  if (fractional > 0) {
    const message = `holds fractions (${min} to ${max}), as a probability does; every non-zero pixel would be foreground: threshold it first`;
    return [{ weight: 'error', message }];
  }
  if (min < 0) return [{ weight: 'error', message: `holds negative values (down to ${min}), expected 0 and more` }];
  if (nonZero === 0) return [{ weight: 'warning', message: `is empty${seen}: no pixel is foreground` }];
  const share = nonZero / pixels;
  if (share > FULL) {
    return [{ weight: 'error', message: `is full${seen}: ${percent(share)} of the pixels are foreground` }];
  }
  // 0 and 1, 0 and 255, or 1 and 2 alone, which some programs write for background and foreground.
  if (min > 0) {
    return [{ weight: 'error', message: `has no background${seen}: its values are ${min} to ${max}, expected 0 too` }];
  }
  if (distinct !== null && distinct <= 2) return [];
  const objects = distinct === null ? 'many' : distinct - 1;
  return [{ weight: 'note', message: `holds ${objects} different labels${seen}; all that is not 0 is foreground` }];
}
