import type { ImageView } from '../../../src/curation/page-api';

const NO_SEGMENTATION =
  'This image has no segmentation, so there is nothing to paint on or to use: it can be rejected, or brought again with one.';
const ONE_SEGMENTATION = 'This image has one segmentation only: there is nothing to merge.';

/** Why a tool can do nothing on an image; null where it can. */
export function whyNoTool(tool: string, image: Pick<ImageView, 'pictures'> | null): string | null {
  if (!image || tool === 'select' || tool.startsWith('exclude')) return null;
  const { seg1, seg2 } = image.pictures;
  if (!seg1 && !seg2) return NO_SEGMENTATION;
  return tool.startsWith('merge') && !(seg1 && seg2) ? ONE_SEGMENTATION : null;
}

/** Why an image cannot be used; null where it can. */
export function whyNoUse(image: Pick<ImageView, 'pictures'> | null): string | null {
  return image && !image.pictures.seg1 && !image.pictures.seg2 ? NO_SEGMENTATION : null;
}

/** What of a sample counts though its picture does not show it. */
export function whatIsNotShown({ maskImages = [] }: Pick<ImageView, 'maskImages'>): string | null {
  if (maskImages.length === 0) return null;
  const names = maskImages.map((kind) => (kind === 'merge' ? 'a merging' : 'an excluding')).join(' and ');
  return `This sample brings ${names} mask as an image. It counts in what is sent on, but is not shown here.`;
}
