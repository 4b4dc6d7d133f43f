import type { ImageView } from '../../../src/curation/page-api';
import type { TextKey } from './texts';

/** Why a tool can do nothing on an image; null where it can. */
export function whyNoTool(tool: string, image: Pick<ImageView, 'pictures'> | null): TextKey | null {
  if (!image || tool === 'select' || tool.startsWith('exclude')) return null;
  const { seg1, seg2 } = image.pictures;
  if (!seg1 && !seg2) return 'needs.segmentation';
  return tool.startsWith('merge') && !(seg1 && seg2) ? 'needs.two' : null;
}

/** Why an image cannot be used; null where it can. */
export function whyNoUse(image: Pick<ImageView, 'pictures'> | null): TextKey | null {
  return image && !image.pictures.seg1 && !image.pictures.seg2 ? 'needs.segmentation' : null;
}

/** What of a sample counts though its picture does not show it. */
export function whatIsNotShown({ maskImages = [] }: Pick<ImageView, 'maskImages'>): TextKey | null {
  if (maskImages.length === 0) return null;
  const [one, other] = [maskImages.includes('merge'), maskImages.includes('exclude')];
  return one && other ? 'needs.bothMasksHidden' : one ? 'needs.mergeHidden' : 'needs.excludeHidden';
}
