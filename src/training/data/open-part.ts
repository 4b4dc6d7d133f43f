import { openDescription } from '../../formats';
import type { RegionReader } from '../../image/coverage';
import type { ImageDescription } from '../../image/description';
import { openSegmentation } from '../../samples/segmentation';

/** An image that stays open until it is closed. */
export interface OpenReader extends RegionReader {
  close(): Promise<void>;
}

/** What a training reads of a sample; the truth by the name that the person gave it under. */
export type PartRole = 'raw' | 'target' | 'seg1' | 'weight';

/** Opens what a training reads of a sample: the image as it is, target and weight non-zero where they hold. */
export type OpenPart = (
  description: ImageDescription,
  part: { role: PartRole; id: string; signal?: AbortSignal },
) => Promise<OpenReader & { readonly notes?: readonly string[] }>;

export const openPart: OpenPart = (description, { role, id, signal }) =>
  role === 'raw'
    ? openDescription(description)
    : openSegmentation(description, {
        name: `${role} of sample ${id}`,
        purpose: role === 'weight' ? 'mask' : 'segmentation',
        signal,
      });
