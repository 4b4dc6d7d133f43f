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

export type { ImageFacts, SampleFacts } from './facts';
export { gatherFacts, MOST_PIXELS } from './gather';
export { ImageLooks } from './image-looks';
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

/** What a training is checked for; what else must hold it cannot begin without. */
const OF_TRAININGS = ['names', 'channels', 'pixel size', 'intensities', 'duplicates'] as const;

const WEIGHTS: Finding['weight'][] = ['error', 'warning', 'note'];

/** The report on samples that were looked at. */
export function checkSamples(samples: readonly SampleFacts[], now: Date): CheckReport {
  return { samples: samples.length, findings: findingsOf(samples, Object.keys(CHECKS)), made: now.toISOString() };
}

/** What is to be said of the samples of a training. */
export function checkTraining(samples: readonly SampleFacts[]): Finding[] {
  return findingsOf(samples, OF_TRAININGS);
}

/** Errors first, then in the order of the checks. */
function findingsOf(samples: readonly SampleFacts[], checks: readonly (keyof typeof CHECKS)[]): Finding[] {
  const found = checks.flatMap((check): Finding[] => CHECKS[check](samples).map((finding) => ({ check, ...finding })));
  return WEIGHTS.flatMap((weight) => found.filter((finding) => finding.weight === weight));
}
