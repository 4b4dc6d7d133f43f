import type { Decision } from '../../../src/curation/decision';
import type { ImageView } from '../../../src/curation/page-api';
import { resultRoles } from './merged-view';
import type { TextKey } from './texts';

type Needed = Pick<ImageView, 'pictures'>;

/** Why a tool can do nothing on an image; null where it can. */
export function whyNoTool(tool: string, image: Needed | null): TextKey | null {
  if (!image || tool === 'select' || tool.startsWith('exclude')) return null;
  const { seg1, seg2 } = image.pictures;
  if (!seg1 && !seg2) return 'needs.segmentation';
  return tool.startsWith('merge') && !(seg1 && seg2) ? 'needs.two' : null;
}

/** Why an image cannot be used; null where it can. */
export function whyNoUse(image: Needed | null, decision: Pick<Decision, 'base' | 'merge'>): TextKey | null {
  if (!image || resultRoles(image, decision)) return null;
  const { base } = decision;
  const { seg1, seg2 } = image.pictures;
  if (!seg1 && !seg2) return 'needs.segmentation';
  if (!image.pictures[base]) return base === 'seg1' ? 'needs.base1' : 'needs.base2';
  return base === 'seg1' ? 'needs.merged2' : 'needs.merged1';
}
