import { InvalidInputError } from '../base/errors';
import type { ImageDescription } from '../image/description';
import type { Region } from '../image/region';
import { PAINTED_NUMBER, UNKNOWN_NUMBER } from '../masks/object-names';
import { openSegmentation, PassingReader, type SegmentationOptions, type SegmentationReader } from './segmentation';

/**
 * Opens a segmentation by the numbers of its objects, uint32: 0 is background, `UNKNOWN_NUMBER` where nobody said what there is; of a
 * mask, which has no more, all is number 1. Close it after use.
 * @throws as `openSegmentation` does; on reading InvalidInputError for numbers that are too large to be told from others
 */
export async function openNumbered(
  image: ImageDescription,
  options: Omit<SegmentationOptions, 'labels' | 'gives'>,
): Promise<SegmentationReader> {
  const reader = await openSegmentation(image, { ...options, labels: true });
  const { judgement } = reader;
  const known = image.unknown ? await openSegmentation(image, { ...options, judgement, gives: 'known' }) : null;
  return new NumberedReader(reader, known, options);
}

class NumberedReader extends PassingReader implements SegmentationReader {
  constructor(
    private readonly numbers: SegmentationReader,
    private readonly known: SegmentationReader | null,
    private readonly options: Pick<SegmentationOptions, 'name' | 'lenient'>,
  ) {
    super(numbers);
  }

  get notes(): readonly string[] {
    return this.numbers.notes;
  }

  get judgement(): SegmentationReader['judgement'] {
    return this.numbers.judgement;
  }

  override get dtype(): 'uint32' {
    return 'uint32';
  }

  async read(region: Region, options?: { signal?: AbortSignal }): Promise<Uint32Array<ArrayBuffer>> {
    const stored = await this.numbers.read(region, options);
    const known = await this.known?.read(region, options);
    const { hasLabels } = this.judgement;
    const { name, lenient = false } = this.options;
    const numbers = new Uint32Array(stored.length);
    for (let i = 0; i < numbers.length; i++) {
      const value = stored[i];
      if (known?.[i] === 0) numbers[i] = UNKNOWN_NUMBER;
      else if (!hasLabels) numbers[i] = value === 0 ? 0 : 1;
      else if (lenient || (value >= 0 && value < PAINTED_NUMBER)) numbers[i] = value;
      else throw new InvalidInputError(`${name}: numbers of objects`, `numbers below ${PAINTED_NUMBER}`, value);
    }
    return numbers;
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.known?.close()]);
  }
}
