import { percent } from '../base/numbers';
import type { Appearance, ForegroundRule } from '../image/description';
import type { ValueFacts } from '../image/value-facts';
import { contradiction, foregroundTest } from './foreground-test';
import { foregroundText } from './foreground-text';
import { noteOnInverted, ruleOfInverted } from './inverted-rule';
import { ruleOfPalette } from './palette-rule';

/** What is known of a segmentation before its foreground is. */
export interface SegmentationFacts extends ValueFacts {
  appearance: Appearance;
  /** stored * scale is a quantity, as in a map of probabilities */
  scale?: number;
  /** the values that are not counted, where somebody said that there nobody knows */
  unknown?: ForegroundRule;
}

/** A segmentation marks objects; a mask says where something holds, which may be everywhere. */
export type Purpose = 'segmentation' | 'mask';

/** What a segmentation's values mean. */
export interface Judgement {
  rule: ForegroundRule;
  /** nobody said so: pixels that do not fit are errors */
  isAssumed: boolean;
  /** each value of the foreground is an object */
  hasLabels: boolean;
  /** what a person should know */
  notes: string[];
  /** of the pixels that were looked at all are foreground, or none is; of the others some may not be so */
  isOneSided?: boolean;
  /** absent: all pixels were looked at */
  seen?: Seen;
}

/** What was looked at of a segmentation where that is not all of it. */
export type Seen = Pick<SegmentationFacts, 'histogram' | 'distinct' | 'range' | 'appearance'>;

/** Why nobody can tell what is foreground, as a predicate. */
export interface Refusal {
  fault: string;
  /** what to do about it, where {@link REMEDY} does not help */
  remedy?: string;
  /** no pixel of those that were looked at is background; one that was not may be */
  isOneSided?: true;
}

export const NON_ZERO: ForegroundRule = { kind: 'non-zero' };

/** What to do about pixels that no rule holds for. */
export const NAN_REMEDY = 'save it with a number in their place, such as 0';

/** What to do about other refusals. */
export const REMEDY =
  'say what is foreground where it is loaded (the setting or column "foreground": for example 2, "1, 3", "> 0" or "not 1"), or save it with 0 outside of objects';

const MARK_REMEDY = `say what is unknown (the setting or column "unknown": for example 255), or ${REMEDY}`;
const BOTH_REMEDY = 'leave it out of one of the two settings or columns';
const NOTHING_KNOWN_REMEDY =
  'say with "unknown" which values mean that nobody said what is there, or leave the image out';
const ALL_FOREGROUND_REMEDY =
  'say which of these values are foreground where it is loaded (the setting or column "foreground": for example 2)';

const COLOUR_REMEDY =
  'choose the channel that tells objects apart where it is loaded, or save it with black outside of objects';

/** The largest values that 8 and 16 bits hold. */
const LIMITS = [255, 65535];
/** Values that mark pixels to be ignored: the largest of a type, which -1 becomes. */
export const IGNORE_MARKS = [...LIMITS, 2 ** 32 - 1];
/** Objects seldom cover more of an image: inverted, most masks would. */
const MOSTLY_FOREGROUND = 0.75;
/** Beyond this share a segmentation is full, which checks of a set tell. */
export const FULL = 0.999;
/** Of a drawn mask with soft edges most pixels lie within this share of the range from either end. */
const NEAR_END = 0.1;
/** A mask with soft edges has at least so many values; with fewer each may be a label. */
const SOFT_VALUES = 8;
/** Labels mostly lie beside their like; where values are fewer, steps of a map do so, too. */
export const MANY_LABELS = 16;
const MOSTLY_UNLIKE = 0.5;

/**
 * Decides what the values of a segmentation mean, by those that are known. Unless somebody said what is foreground: 0 is background; of a palette
 * its index 0; where look-up tables are inverting, what shows as black, but of ImageJ's masks 0; of lossy files, and masks with soft edges, what
 * lies below half of the range.
 * @param stated what somebody said
 */
export function judge(
  facts: SegmentationFacts,
  stated: ForegroundRule | undefined,
  purpose: Purpose = 'segmentation',
): Judgement | Refusal {
  const { notFinite, fractional, range, scale, appearance, unknown } = facts;
  if (unknown && stated) {
    const both = contradiction(stated, unknown, scale);
    if (both !== null) {
      return { fault: `is said to be both foreground and unknown where it is ${both}`, remedy: BOTH_REMEDY };
    }
  }
  if (facts.pixels === 0 && facts.skipped) {
    const fault = `holds nothing that is known: all of it is ${unknown ? foregroundText(unknown) : ''}, said to be unknown`;
    return { fault, remedy: NOTHING_KNOWN_REMEDY, isOneSided: true };
  }
  if (notFinite > 0) return { fault: `has ${notFinite} pixels that are NaN or infinite`, remedy: NAN_REMEDY };
  if (stated) return asStated(facts, stated);
  const { min, max } = range ?? { min: 0, max: 0 };
  if (fractional > 0) {
    return { fault: `holds fractions (${min} to ${max}), as a probability does; threshold it first` };
  }
  if (scale !== undefined && !Number.isInteger(scale)) {
    return {
      fault: `holds a quantity (its values times ${scale}), as a map of probabilities does; threshold it first`,
    };
  }
  if (min < 0) return { fault: `holds negative values (down to ${min}), expected 0 and more` };
  const found = assumed(facts, purpose);
  if ('fault' in found) return found;
  // Of colours only the brightest sample is seen: red on white is one value, and no mask of everything.
  const isEverywhere = purpose === 'mask' && facts.distinct === 1 && !appearance.colour;
  const foreground = foregroundCount(facts, found.rule);
  if (!isEverywhere && foreground === facts.pixels && facts.pixels > 0) {
    const fault = appearance.colour
      ? { fault: 'is a colour picture without a black pixel: nothing of it is background', remedy: COLOUR_REMEDY }
      : unknown
        ? {
            fault: `is foreground wherever it is known: its values there are ${valuesOf(facts)}`,
            remedy: ALL_FOREGROUND_REMEDY,
          }
        : { fault: `has no background: its values are ${valuesOf(facts)}${expectation(found.rule)}` };
    return { ...fault, isOneSided: true };
  }
  const hasLabels = found.hasLabels && mayHaveLabels(found.rule, appearance);
  const notes = purpose === 'mask' ? found.notes : [...found.notes, ...doubts(facts, foreground)];
  return { ...found, notes, isAssumed: true, hasLabels, isOneSided: foreground === 0 };
}

/** What is as no rule forbids, and yet may be meant otherwise. */
function doubts({ appearance, pixels, distinct, unknown }: SegmentationFacts, foreground: number | null): string[] {
  if (foreground === null || pixels === 0) return [];
  if (foreground === 0 && appearance.alpha !== undefined) {
    return ['has no foreground, as nothing opaque in it is brighter than black: save it without transparency'];
  }
  const share = foreground / pixels;
  if (share <= MOSTLY_FOREGROUND || share > FULL || (distinct ?? MANY_LABELS) >= MANY_LABELS) return [];
  if (unknown && foregroundTest(unknown)(0)) return [];
  return [
    `is foreground on ${percent(share)} of its ${unknown ? 'known ' : ''}pixels: where objects are its 0, say so with foreground "0"`,
  ];
}

/** What somebody said holds, and what it comes to where that can hardly be meant. */
function asStated(facts: SegmentationFacts, rule: ForegroundRule): Judgement {
  const foreground = facts.pixels === 0 ? null : foregroundCount(facts, rule, facts.scale);
  const [isAll, isNone] = [foreground === facts.pixels, foreground === 0 && facts.nonZero > 0];
  const known = facts.unknown ? 'known ' : '';
  const said = `as foreground is said to be ${foregroundText(rule)}: its ${known}values are ${valuesOf(facts)}`;
  const where = facts.unknown ? ' wherever it is known' : '';
  const notes = isAll ? [`is all foreground${where}, ${said}`] : isNone ? [`has no foreground${where}, ${said}`] : [];
  // Results of our own, which are said to be non-zero, are not looked at for long.
  const isOneSided = (rule.kind !== 'non-zero' || facts.unknown !== undefined) && (isAll || isNone);
  const hasLabels = mayHaveLabels(rule, facts.appearance) || isOfLabels(rule, facts);
  return { rule, isAssumed: false, hasLabels, notes, isOneSided };
}

type Assumed = Pick<Judgement, 'rule' | 'hasLabels' | 'notes'>;

function assumed(facts: SegmentationFacts, purpose: Purpose): Assumed | Refusal {
  const { appearance, range } = facts;
  const { palette, inverted, lossy, colour } = appearance;
  if (palette) {
    const found = ruleOfPalette(palette, facts.histogram);
    return ('rule' in found && found.hasLabels && ignoreMark(facts)) || found;
  }
  const notes = notesOfFile(appearance);
  if (lossy) return halfOf(facts, notes);
  if (inverted) {
    const rule = ruleOfInverted(inverted, facts, purpose === 'mask');
    return 'fault' in rule ? rule : { rule, hasLabels: false, notes };
  }
  if (!range || range.max === 0 || colour) return { rule: NON_ZERO, hasLabels: true, notes };
  const mark = ignoreMark(facts);
  if (mark) return mark;
  if (hasSoftEdges(facts)) {
    const value = range.max / 2;
    const soft = `is a mask with soft edges: foreground is what lies above ${value}`;
    return { rule: { kind: 'above', value }, hasLabels: false, notes: [...notes, soft] };
  }
  if ((facts.distinct ?? MANY_LABELS) >= MANY_LABELS && (facts.unlike ?? 0) > MOSTLY_UNLIKE) {
    const fault = `looks like a picture or a map of probabilities: ${valuesOf(facts)}, and most neighbours differ`;
    return { fault: `${fault}; threshold it first` };
  }
  return { rule: NON_ZERO, hasLabels: true, notes };
}

/** Lossy files: what lies above half of the range, below where that shows as white. */
function halfOf(facts: SegmentationFacts, notes: string[]): Assumed | Refusal {
  const { range, appearance, histogram } = facts;
  const limit = (range?.max ?? 0) > LIMITS[0] ? LIMITS[1] : LIMITS[0];
  const { low, middle, high } = zones(histogram ?? [], limit);
  const isMask =
    range !== null && (range.max === 0 || (range.max > limit / 2 && middle <= low + high && middle <= 2 * high));
  if (range && range.min < limit / 2 && !isMask) {
    const fault = `is compressed with losses, and its values (${valuesOf(facts)}) do not lie near 0 and ${limit}`;
    return { fault: `${fault}, as those of a mask would` };
  }
  const value = limit / 2;
  return { rule: { kind: appearance.inverted ? 'below' : 'above', value }, hasLabels: false, notes };
}

/** The largest number of a type, far above all other values, marks pixels to be ignored more often than objects. */
function ignoreMark({ second, range, nonZero, atMax }: SegmentationFacts): Refusal | null {
  const max = range?.max ?? 0;
  if (!IGNORE_MARKS.includes(max) || nonZero === atMax) return null;
  const remedy = MARK_REMEDY;
  if (second === null)
    return max === IGNORE_MARKS[2] ? { fault: `holds ${max}, as -1 for pixels to be ignored`, remedy } : null;
  if (second > max / 2) return null;
  return { fault: `holds ${max} beside values up to ${second}, as a mark for pixels to be ignored`, remedy };
}

function hasSoftEdges({ histogram, range, distinct }: SegmentationFacts): boolean {
  const max = range?.max ?? 0;
  if (!histogram || !LIMITS.includes(max)) return false;
  const { low, middle, high } = zones(histogram, max);
  // Without anything below half there is nothing to decide but whether values are objects.
  const isAllHigh = low === 0 && middle === 0 && (distinct ?? 0) > 2;
  return isAllHigh || ((distinct ?? 0) >= SOFT_VALUES && middle <= high);
}

/** Pixels near 0, but not 0, near the limit, and between. */
function zones(histogram: ReadonlyArray<[number, number]>, limit: number): Record<'low' | 'middle' | 'high', number> {
  const found = { low: 0, middle: 0, high: 0 };
  for (const [value, pixels] of histogram) {
    if (value === 0) continue;
    found[value < NEAR_END * limit ? 'low' : value > (1 - NEAR_END) * limit ? 'high' : 'middle'] += pixels;
  }
  return found;
}

/** What a file says of itself that a person should know who gives it as a segmentation, before a pixel is read. */
export function notesOfFile({ lossy, inverted, colour, alpha, palette }: Appearance): string[] {
  const notes: string[] = [];
  if (palette) return notes;
  if (lossy) notes.push('is compressed with losses: foreground is what lies beyond half of the range');
  if (inverted) notes.push(noteOnInverted(inverted));
  if (colour) notes.push('is a colour picture: foreground is what is not black');
  if (alpha !== undefined) notes.push('has transparency: what is less than half opaque is background');
  return notes;
}

/** Above 0 are the objects of a label image, and the foreground of a mask; a picture and soft edges are no labels. */
function isOfLabels(rule: ForegroundRule, facts: SegmentationFacts): boolean {
  if (rule.kind !== 'above' || rule.value < 0 || rule.value >= 1) return false;
  const { appearance, fractional, scale = 1, distinct, unlike } = facts;
  const isPicture = (distinct ?? MANY_LABELS) >= MANY_LABELS && (unlike ?? 0) > MOSTLY_UNLIKE;
  if (fractional > 0 || scale !== 1 || isPicture || hasSoftEdges(facts)) return false;
  return !appearance.lossy && !appearance.colour && !appearance.palette && !appearance.inverted;
}

function mayHaveLabels({ kind }: ForegroundRule, { colour }: Appearance): boolean {
  return !colour && (kind === 'non-zero' || kind === 'values' || kind === 'except');
}

/**
 * How many of the pixels that were looked at are foreground; null where single values were not kept.
 * @param scale of bounds, as in {@link foregroundTest}
 */
export function foregroundCount(
  { pixels, nonZero, histogram, range }: ValueFacts,
  rule: ForegroundRule,
  scale?: number,
): number | null {
  if (rule.kind === 'non-zero') return nonZero;
  const isForeground = foregroundTest(rule, scale);
  if (histogram) return histogram.reduce((sum, [value, count]) => sum + (isForeground(value) ? count : 0), 0);
  // Of many values an end of the range is all that is needed here: whether what shows as black is there.
  const ends = range ? [range.min, range.max] : [];
  return rule.kind === 'except' && !ends.some((end) => !isForeground(end)) ? pixels : null;
}

/** Values for a message: a few one by one, more as a range. */
function valuesOf({ histogram, range }: ValueFacts): string {
  if (histogram && histogram.length <= 6) return histogram.map(([value]) => value).join(', ');
  if (!range) return 'none';
  return range.min === range.max ? `${range.min}` : `${range.min} to ${range.max}`;
}

function expectation(rule: ForegroundRule): string {
  if (rule.kind === 'non-zero') return ', expected 0 too';
  return rule.kind === 'except' ? `, expected ${rule.values[0]} too` : '';
}
