import { type Decision, isObjectChange } from '../../../src/curation/decision';
import type { ImageView } from '../../../src/curation/page-api';
import { resultRoles } from './merged-view';
import { hasObjects } from './numbering';
import type { TextKey } from './texts';

/** What a base is called where it was changed, or differs. */
export const BASE_TEXTS: Record<Decision['base'], TextKey> = {
  seg1: 'base.seg1',
  seg2: 'base.seg2',
  none: 'base.none',
};

type Needed = Pick<ImageView, 'pictures'>;

/** Whether a tool works on objects that are told apart. */
export function isObjectTool(tool: string): boolean {
  return tool.startsWith('object');
}

/** Why a tool can do nothing on an image; null where it can. */
export function whyNoTool(tool: string, image: Needed | null, base: Decision['base']): TextKey | null {
  if (!image) return null;
  if (isObjectTool(tool)) return hasObjects(image, base) ? null : 'needs.numbers';
  if (!tool.startsWith('merge')) return null;
  const { seg1, seg2 } = image.pictures;
  if (!seg1 && !seg2) return 'needs.any';
  if (!(seg1 && seg2)) return 'needs.two';
  return base === 'none' ? 'needs.base' : null;
}

/** Why an image cannot be used; null where it can. */
export function whyNoUse(image: Needed | null, decision: Pick<Decision, 'base' | 'merge'>): TextKey | null {
  if (!image || resultRoles(image, decision)) return null;
  const { base } = decision;
  if (base === 'none') return null;
  if (!image.pictures[base]) return base === 'seg1' ? 'needs.base1' : 'needs.base2';
  return base === 'seg1' ? 'needs.merged2' : 'needs.merged1';
}

/** What one should know before one uses an image; null where there is nothing to say. */
export function remarkOnUse(decision: Pick<Decision, 'base' | 'strokes'>): TextKey | null {
  const isEmpty =
    decision.base === 'none' && !decision.strokes.some((mark) => !isObjectChange(mark) && mark.value === 1);
  return isEmpty ? 'needs.painting' : null;
}
