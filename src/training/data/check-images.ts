import { canonicalJson } from '../../base/plain-json';
import { checkTraining, type ImageFacts, ImageLooks, MOST_PIXELS, type SampleFacts } from '../../curation/checks';
import type { Finding } from '../../curation/page-api';
import type { Band } from '../../image/bands';
import type { Coverage } from '../../image/coverage';
import type { DType, PixelArray } from '../../image/dtype';
import { count, type Shape5 } from '../../image/region';
import { truthRole } from '../../samples/sample';
import type { Preparation } from '../prepare';

/** What checks are made on, without the description of the image. */
export type Looks = Omit<ImageFacts, 'image'>;

/** Looks at the bands of an image while it is measured; of a large one at evenly spaced bands. */
export class FirstLook {
  private readonly looksAt: ImageLooks;
  /** of the bands */
  private readonly share: number;
  private bands = 0;

  constructor({ dtype, shape: [, ...czyx] }: { dtype: DType; shape: Readonly<Shape5> }) {
    const shape: Shape5 = [1, ...czyx];
    this.looksAt = new ImageLooks(dtype, shape, false);
    this.share = Math.min(1, MOST_PIXELS / count(shape));
  }

  see(band: Band, pixels: PixelArray, coverage: Coverage): void {
    const before = Math.floor(this.bands * this.share);
    this.bands++;
    if (Math.floor(this.bands * this.share) > before)
      this.looksAt.add({ t: 0, c: band.c, z: band.z }, pixels, coverage);
  }

  looks(): Looks {
    return this.looksAt.facts(this.share === 1);
  }
}

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
