import type { Decision } from '../../../src/curation/decision';
import type { ImageView } from '../../../src/curation/page-api';
import { resultRoles } from './merged-view';

const NO_SEGMENTATION =
  'This image has no segmentation, so there is nothing to paint on or to use: it can be rejected, or brought again with one.';
const ONE_SEGMENTATION = 'This image has one segmentation only: there is nothing to merge.';

type Needed = Pick<ImageView, 'pictures'>;

/** Why a tool can do nothing on an image; null where it can. */
export function whyNoTool(tool: string, image: Needed | null): string | null {
  if (!image || tool === 'select' || tool.startsWith('exclude')) return null;
  const { seg1, seg2 } = image.pictures;
  if (!seg1 && !seg2) return NO_SEGMENTATION;
  return tool.startsWith('merge') && !(seg1 && seg2) ? ONE_SEGMENTATION : null;
}

/** Why an image cannot be used; null where it can. */
export function whyNoUse(image: Needed | null, decision: Pick<Decision, 'base' | 'merge'>): string | null {
  if (!image || resultRoles(image, decision)) return null;
  const { pictures } = image;
  if (!pictures.seg1 && !pictures.seg2) return NO_SEGMENTATION;
  const [base, other] = decision.base === 'seg1' ? ['1', '2'] : ['2', '1'];
  if (!pictures[decision.base])
    return `This image has no segmentation ${base}, which is its base: take segmentation ${other}.`;
  return `Inside the merging mask segmentation ${other} counts, which this image lacks.`;
}
