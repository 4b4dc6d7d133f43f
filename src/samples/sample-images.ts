import { SegmenterError, show, toErrorRecord } from '../base/errors';
import type { ImageDescription } from '../image/description';
import { IMAGE_ROLES, type ImageRole, type Sample } from './sample';

/** The sample, marked as failed in a node; what it held stays. */
export function failSample(sample: Sample, node: string, error: unknown): Sample {
  const { name, code, message, details } = toErrorRecord(error);
  return { ...sample, failed: { node, error: { name, code, message, ...(details ? { details } : {}) } } };
}

/**
 * The sample's image of a role.
 * @throws SegmenterError `invalid-input` naming the role and the images that the sample has
 */
export function pickImage(sample: Sample, role: ImageRole): ImageDescription {
  const image = sample[role];
  if (image) return image;
  const present = IMAGE_ROLES.filter((other) => sample[other]);
  const text = `sample ${show(sample.id)} has no image "${role}"; it has ${present.join(', ') || 'none'}`;
  throw new SegmenterError('invalid-input', text, { id: sample.id, role, present });
}

/** The truth a sample is trained on or compared with: the merged target, else seg1. */
export function pickTruth(sample: Sample): ImageDescription {
  return sample.target ?? sample.seg1 ?? pickImage(sample, 'target');
}

/** The segmentation that merging starts from: as asked, else the sample's own choice, else seg1. */
export function baseRole(sample: Sample, asked?: 'seg1' | 'seg2' | null): 'seg1' | 'seg2' {
  return asked ?? sample.base ?? 'seg1';
}
