import type { Appearance, ForegroundRule } from '../image/description';
import type { ValueFacts } from '../image/value-facts';

type Inverted = NonNullable<Appearance['inverted']>;
type InvertedRule = ForegroundRule | { fault: string };

/** ImageJ's two values of a mask. */
const [OUTSIDE, INSIDE] = [0, 255];

/**
 * What is foreground under an inverting look-up table: what shows as white, as 0 does. But ImageJ, whose "Black background"
 * is off, turns the table and not the pixels (ij.plugin.filter.ParticleAnalyzer): its masks are 255
 * inside of objects, which show as black. Objects that cover more than half of such an image may as well be its background
 * in white, and then nobody can tell.
 * @param isMask of a region, which may cover any share
 */
export function ruleOfInverted(
  { black, byImageJ }: Inverted,
  { histogram, pixels }: ValueFacts,
  isMask: boolean,
): InvertedRule {
  if (black === null) return { fault: 'has an inverting look-up table, and what shows as black is not known' };
  if (!byImageJ) return { kind: 'except', values: [black] };
  const others = histogram?.filter(([value]) => value !== OUTSIDE && value !== INSIDE) ?? [];
  if (histogram === null || others.length > 0) {
    const found = others.length > 0 ? others[0][0] : 'many values';
    return { fault: `has ImageJ's inverting look-up table, and not only 0 and 255, but ${found} too` };
  }
  const inside = histogram.find(([value]) => value === INSIDE)?.[1] ?? 0;
  if (!isMask && inside > pixels / 2 && inside < pixels) {
    const share = `${Math.round((100 * inside) / pixels)} %`;
    return {
      fault: `has ImageJ's inverting look-up table, and ${share} of it are 255, which shows as black: objects, or what is around white ones (foreground "non-zero", or "0")`,
    };
  }
  return { kind: 'non-zero' };
}

/** What a person should know of it before a pixel is read. */
export function noteOnInverted({ black, byImageJ }: Inverted): string {
  return byImageJ
    ? "has ImageJ's inverting look-up table: foreground is 255, which shows as black, as in ImageJ's masks without \"Black " +
        'background"; say foreground "0" where it is what shows as white'
    : 'has an inverting look-up table: foreground is what shows as white or grey, stored as less than ' +
        `${black ?? 'black'}; say foreground "non-zero" where it is what shows as black`;
}
