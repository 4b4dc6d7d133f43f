import type { ForegroundRule } from '../image/description';
import { foregroundText } from './foreground-text';

/** Whether a value is foreground. @param scale of bounds: they are meant in the quantity, values as stored */
export function foregroundTest(rule: ForegroundRule, scale = 1): (value: number) => boolean {
  switch (rule.kind) {
    case 'non-zero':
      return (value) => value > 0 || value < 0;
    case 'values': {
      const chosen = new Set(rule.values);
      return (value) => chosen.has(value);
    }
    case 'except': {
      const left = new Set(rule.values);
      return (value) => !left.has(value);
    }
    case 'above':
      return (value) => value * scale > rule.value;
    case 'below':
      return (value) => value * scale < rule.value;
  }
}

/**
 * What is said to be foreground and unknown at once, as a person writes it; null where nothing is. A rule for all but some
 * values means those that are known, so only values by their names and equal rules contradict each other.
 * @param scale as in {@link foregroundTest}
 */
export function contradiction(foreground: ForegroundRule, unknown: ForegroundRule, scale?: number): string | null {
  if (foreground.kind === 'values') {
    const both = foreground.values.filter(foregroundTest(unknown, scale));
    return both.length > 0 ? both.join(', ') : null;
  }
  const text = foregroundText(foreground);
  return text === foregroundText(unknown) ? text : null;
}
