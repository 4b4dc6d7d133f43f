import assert from 'node:assert/strict';

/** Characters that a status may have to stand below its node. */
export const LONGEST_STATUS = 60;

/** What a status may be filled with at most. */
const LONGEST: Record<string, string> = {
  percent: '100',
  share: '99.9 %',
  at: '999',
  of: '999',
  what: 'save-image plate1_well03_pos2_raw',
  reason: 'x'.repeat(40),
  failed: '999',
  worst: 'x'.repeat(16),
  least: '0.50',
  compared: '999',
  version: 'v100',
  overlap: '0.999',
  result: 'Dice 0.99, v100',
  hours: '48',
  minutes: '90',
  waiting: '1000',
  count: '10000',
  target: '1000000',
  size: '1024x1024x1024',
  epoch: '1000',
  epochs: '1000',
  step: '100000',
  dice: '0.99',
  left: '90 min left',
  fold: '3',
  folds: '3',
  images: '1000',
  // its devices are cpu and cuda
  engine: 'tensorflow',
  device: 'cuda',
  decided: '999',
  total: '999',
  done: '999',
  known: '100000',
  open: '10000',
  seconds: '600',
  try: '10',
  tries: '10',
};

/** A status with the longest values that it may have. */
export function longestStatus(key: string, text: string): string {
  return text.replaceAll(/__(\w+?)__/g, (_, param: string) =>
    String(LONGEST[param] ?? assert.fail(`${key}: how long is ${param}?`)),
  );
}
