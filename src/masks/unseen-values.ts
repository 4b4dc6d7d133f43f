import { foregroundTest, IGNORE_MARKS, type Judgement, MANY_LABELS, type Seen } from './foreground';

/**
 * Makes the test for values that a judgement of some pixels may not hold for: beside few values, and those of a palette,
 * any other one; beside many labels, which go on, only a mark for pixels to be ignored.
 */
export function unseenTest({ histogram, distinct, range, appearance }: Seen): (value: number) => boolean {
  if (histogram && (appearance.palette || (distinct ?? MANY_LABELS) < MANY_LABELS)) {
    const known = new Set(histogram.map(([value]) => value));
    return (value) => !known.has(value);
  }
  const marks = new Set(IGNORE_MARKS.filter((mark) => (range?.max ?? 0) <= mark / 2));
  return (value) => marks.has(value);
}

/** Whether what was given away by a judgement of some pixels holds by that of all of them. */
export function agree(part: Judgement, whole: Judgement): boolean {
  if (part.hasLabels !== whole.hasLabels) return false;
  if (part.rule.kind === 'non-zero' && whole.rule.kind === 'non-zero') return true;
  const [before, after] = [foregroundTest(part.rule), foregroundTest(whole.rule)];
  return part.seen?.histogram?.every(([value]) => before(value) === after(value)) ?? false;
}
