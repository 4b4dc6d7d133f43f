import { canonicalJson } from '../../base/canonical-hash';
import { checkTraining, type SampleFacts } from '../../curation/checks';
import type { Finding } from '../../curation/page-api';
import { truthRole } from '../../samples/sample';
import type { Preparation } from '../prepare';
import type { Looks } from './first-look';

/** An image that was loaded, one time point of a sample. */
export interface LoadedImage {
  id: string;
  /** of the preparation's samples */
  sample: number;
  use: 'train' | 'val';
  looks: Looks;
}

/** Findings of one check that are told one by one. */
const MOST_OF_A_CHECK = 5;

/** What a person should know of the images of a training. Those for the test are not read, but known by their files. */
export function checkImages(
  loaded: readonly LoadedImage[],
  { samples, split, data }: Pick<Preparation, 'samples' | 'split' | 'data'>,
): { notes: string[]; warnings: string[] } {
  const facts = loaded.map(({ id, sample, use, looks }) => factsOf(samples[sample], id, use, looks));
  const files = data.map(({ images: { raw } }) => canonicalJson({ ...raw, uri: undefined }));
  const tests = split.test.flatMap((test) => {
    const twin = loaded.find(({ sample }) => files[sample] === files[test]);
    return twin ? [factsOf(samples[test], samples[test].id, 'test', twin.looks)] : [];
  });
  const findings = checkTraining([...facts, ...tests]);
  return {
    notes: textsOf(findings.filter(({ severity }) => severity === 'note')),
    warnings: textsOf(findings.filter(({ severity }) => severity !== 'note')),
  };
}

function factsOf(
  sample: Preparation['samples'][number],
  id: string,
  split: SampleFacts['split'],
  looks: Looks,
): SampleFacts {
  const { raw, seg1 } = sample;
  const images = seg1 && truthRole(sample) === 'seg1' ? { raw, seg1 } : { raw };
  return { id, split, images, facts: { raw: { image: raw, ...looks } }, failures: [] };
}

function textsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ check }) => check))].flatMap((check) => {
    const messages = findings.filter((finding) => finding.check === check).map(({ message }) => message);
    return firstOf(messages, check);
  });
}

/** The first messages of one kind, and how many more there are. */
export function firstOf(messages: readonly string[], kind: string): string[] {
  const more = messages.length - MOST_OF_A_CHECK;
  return [...messages.slice(0, MOST_OF_A_CHECK), ...(more > 0 ? [`${kind}: ${more} more like these`] : [])];
}
