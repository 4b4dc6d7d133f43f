import { openDescription } from '../formats';
import type { ImageDescription } from '../image/description';
import { openSegmentation } from '../samples/segmentation';
import type { RegionReader } from './region-reader';

/** Opens what a training reads of a sample: the image as it is, target and weight non-zero where they hold. */
export type OpenPart = (
  description: ImageDescription,
  part: { role: 'raw' | 'target' | 'weight'; id: string; signal?: AbortSignal },
) => Promise<RegionReader & { readonly notes?: readonly string[] }>;

export const openPart: OpenPart = (description, { role, id, signal }) =>
  role === 'raw'
    ? openDescription(description)
    : openSegmentation(description, {
        name: `${role} of sample ${id}`,
        purpose: role === 'target' ? 'segmentation' : 'mask',
        signal,
      });
