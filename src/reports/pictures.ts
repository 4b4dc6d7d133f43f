import { OVERLAY_COLOURS } from '../views/overlay-colours';
import { share } from './format';
import { type Html, html } from './html';
import { section } from './page';
import type { ReportTexts } from './texts';

/** Which images are shown: of the lowest Dice, of the middle, of the highest. */
export const PICTURE_KINDS = ['worst', 'median', 'best'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** A picture of an image with its outlines, or why there is none. */
export interface ShownPicture {
  kind: PictureKind;
  id: string;
  dice: number;
  /** PNG */
  png: Uint8Array | null;
  /** of a stack the plane, from 1; null: a single one */
  plane: number | null;
  missing: string | null;
}

/** Colours of outlines, in the order that they are told of. */
const KEY = ['right', 'missed', 'surplus'] as const;

/** Shows images by their Dice, so that a reader sees what the numbers mean. */
export function picturesSection(
  pictures: readonly ShownPicture[],
  { pictures: texts }: ReportTexts,
  note: string | null = null,
): Html | null {
  if (pictures.length === 0) return null;
  const key = html`<p class="key note">${KEY.map((of) => html`<span><i class="swatch" style="background:${OVERLAY_COLOURS[of]}"></i>${texts[of]}</span>`)}</p>`;
  const groups = (['worst', 'median', 'best'] as const).map((kind) => {
    const shown = pictures.filter((picture) => picture.kind === kind);
    return shown.length === 0
      ? null
      : html`<h3>${texts.kinds[kind]}</h3><div class="pictures">${shown.map((picture) => figure(picture, texts))}</div>`;
  });
  return section(texts.heading, note && html`<p>${note}</p>`, key, groups);
}

function figure({ id, dice, png, plane, missing }: ShownPicture, texts: ReportTexts['pictures']): Html {
  const image = png
    ? html`<img alt="${texts.alt(id)}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`
    : html`<p class="note">${texts.missing(missing)}</p>`;
  return html`<figure>${image}<figcaption>${id}<br>Dice ${share(dice)}${plane === null ? null : texts.plane(plane)}</figcaption></figure>`;
}
