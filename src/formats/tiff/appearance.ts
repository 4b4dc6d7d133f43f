import type { Appearance } from '../../image/description';
import type { Page } from './page';
import { PHOTOMETRIC } from './tags';

const JPEG = 7;
/** ExtraSamples: associated and unassociated alpha. */
const ALPHA = [1, 2];

/**
 * What the tags of a page say of how its values show.
 * @param groups pages of one plane; colours lie in one
 * @param byImageJ whether ImageJ's description stands in the file
 */
export function appearanceOf(page: Page, groups: number, byImageJ: boolean): Appearance {
  const { photometric, samples, extraSamples, type, compression, colourMap } = page;
  const own = samples - extraSamples.length;
  const alpha = extraSamples.findIndex((kind) => ALPHA.includes(kind));
  const inOnePage = groups === 1;
  const isColour = photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.ycbcr;
  return {
    ...(compression === JPEG ? { lossy: true } : {}),
    ...(photometric === PHOTOMETRIC.whiteIsZero && own === 1 && type.bits > 1
      ? { inverted: { black: blackOf(type), ...(byImageJ && type.bits === 8 ? { byImageJ } : {}) } }
      : {}),
    ...(isColour && samples >= 3 && inOnePage ? { colour: true } : {}),
    ...(alpha >= 0 && own + alpha > 0 && inOnePage ? { alpha: own + alpha } : {}),
    ...(colourMap.length >= 3 && own === 1 ? { palette: interleaved(colourMap) } : {}),
  };
}

/** The largest value of unsigned integers; others have no agreed one. */
function blackOf({ kind, bits }: Page['type']): number | null {
  return kind === 'unsigned' && bits <= 32 ? 2 ** bits - 1 : null;
}

function interleaved(colourMap: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = Math.floor(colourMap.length / 3);
  const palette = new Uint8Array(4 * count).fill(255);
  for (let i = 0; i < count; i++) {
    for (let sample = 0; sample < 3; sample++) palette[4 * i + sample] = colourMap[sample * count + i];
  }
  return palette;
}
