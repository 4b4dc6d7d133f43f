/** Checks on a set of samples before GPU time is spent on it: facts are gathered in one pass an image, then judged. */
import type { CheckReport, Finding } from '../page-api';
import { checkChannels } from './channels';
import { checkDuplicates } from './duplicates';
import type { Check, SampleFacts } from './facts';
import { checkFocus } from './focus';
import { checkIntensities } from './intensities';
import { checkLabels } from './labels';
import { checkNames, checkPairs } from './names';
import { checkPixelSizes } from './pixel-sizes';
import { checkReading } from './reading';
import { checkShapes } from './shapes';

export type { SampleFacts } from './facts';
export { gatherFacts } from './gather';
export { renderReport } from './render-report';

/** Every check, by the name that findings carry; a new one is a row. */
const CHECKS: Record<string, Check> = {
  reading: checkReading,
  pairs: checkPairs,
  names: checkNames,
  shapes: checkShapes,
  channels: checkChannels,
  'pixel size': checkPixelSizes,
  labels: checkLabels,
  intensities: checkIntensities,
  duplicates: checkDuplicates,
  focus: checkFocus,
};

const WEIGHTS: Finding['weight'][] = ['error', 'warning', 'note'];

/** The report on samples that were looked at: errors first, then in the order of the checks. */
export function checkSamples(samples: readonly SampleFacts[], now: Date): CheckReport {
  const found = Object.entries(CHECKS).flatMap(([check, run]): Finding[] =>
    run(samples).map((finding) => ({ check, ...finding })),
  );
  const findings = WEIGHTS.flatMap((weight) => found.filter((finding) => finding.weight === weight));
  return { samples: samples.length, findings, made: now.toISOString() };
}
