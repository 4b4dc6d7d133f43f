import { OVERLAY_COLOURS } from '../views/overlay-colours';
import type { PICTURE_KINDS } from './evaluation-request';
import { share } from './format';
import { type Html, html } from './html';
import { section } from './page';

/** A picture of an image with its outlines, or why there is none. */
export interface ShownPicture {
  kind: (typeof PICTURE_KINDS)[number];
  id: string;
  dice: number;
  /** PNG */
  png: Uint8Array | null;
  /** of a stack the plane, from 1; null: a single one */
  plane: number | null;
  missing: string | null;
}

const HEADINGS = { worst: 'The lowest Dice', median: 'In the middle', best: 'The highest Dice' } as const;
const KEY = [
  { colour: OVERLAY_COLOURS.right, says: 'found and true' },
  { colour: OVERLAY_COLOURS.missed, says: 'missed' },
  { colour: OVERLAY_COLOURS.surplus, says: 'found, not true' },
] as const;

/** Shows images by their Dice, so that a reader sees what the numbers mean. */
export function picturesSection(pictures: readonly ShownPicture[], note: string | null = null): Html | null {
  if (pictures.length === 0) return null;
  const key = html`<p class="key note">${KEY.map(({ colour, says }) => html`<span><i class="swatch" style="background:${colour}"></i>${says}</span>`)}</p>`;
  const groups = (['worst', 'median', 'best'] as const).map((kind) => {
    const shown = pictures.filter((picture) => picture.kind === kind);
    return shown.length === 0 ? null : html`<h3>${HEADINGS[kind]}</h3><div class="pictures">${shown.map(figure)}</div>`;
  });
  return section('Pictures', note && html`<p>${note}</p>`, key, groups);
}

function figure({ id, dice, png, plane, missing }: ShownPicture): Html {
  const image = png
    ? html`<img alt="${`${id} with outlines`}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`
    : html`<p class="note">No picture: ${missing ?? 'it was not drawn'}</p>`;
  return html`<figure>${image}<figcaption>${id}<br>Dice ${share(dice)}${plane === null ? null : `, plane ${plane}`}</figcaption></figure>`;
}
