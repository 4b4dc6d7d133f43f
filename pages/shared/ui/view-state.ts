import type { Point } from '../../../src/curation/decision';
import type { Picture } from '../../../src/image/picture';
import { type ChannelLook, PLAIN_LOOK } from '../logic/channel-looks';
import type { Contrast } from '../logic/contrast';
import type { ViewTransform } from '../logic/view-transform';

/** An image as the viewer needs it; pages say more of theirs. */
export interface ViewedImage {
  id: string;
  pictures: { raw: Picture };
}

/** What of a page's state is about the image that is seen, and how. */
export interface ViewState {
  /** the sample that is open, or opening where `image` is another's or null */
  openId: string | null;
  image: ViewedImage | null;
  view: 'xy' | 'ortho' | 'max';
  transform: ViewTransform;
  z: number;
  t: number;
  c: number;
  /** where the planes across lie, level-0 pixels */
  cross: Point;
  /** how each channel of the raw image looks */
  looks: ChannelLook[];
  /** several channels together, in colours */
  composite: boolean;
  pointer: Point | null;
  tilesLoading: boolean;
}

export const FIRST_VIEW: ViewState = {
  openId: null,
  image: null,
  view: 'xy',
  transform: { scale: 1, x: 0, y: 0 },
  z: 0,
  t: 0,
  c: 0,
  cross: [0, 0],
  looks: [],
  composite: false,
  pointer: null,
  tilesLoading: false,
};

/** How the channel looks that is open. */
export function lookOf({ looks, c }: ViewState): ChannelLook {
  return looks[c] ?? PLAIN_LOOK;
}

/** The channels that are shown, and how: one in grey, or several in colours, which add up. */
export function shownChannels(state: ViewState): Array<{ c: number; contrast: Contrast; colour?: string }> {
  const { c, composite, looks } = state;
  if (!composite) return [{ c, contrast: lookOf(state).contrast }];
  return looks.flatMap(({ shown, contrast, colour }, i) => (shown ? [{ c: i, contrast, colour }] : []));
}
