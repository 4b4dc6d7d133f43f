import type { DType } from '../../src/image/dtype';
import {
  MomentCollector,
  type Normalisation,
  type NormalisationChunk,
  PercentileCollector,
} from '../../src/image/normalisation';

/** The normalisation of pixels in memory, in one or several pieces of one type. */
export function normalisationOf(dtype: DType, chunks: readonly NormalisationChunk[], name: string): Normalisation {
  const total = chunks.reduce((sum, chunk) => sum + chunk.pixels.length, 0);
  const collector = new PercentileCollector(dtype, total);
  for (const chunk of chunks) collector.add(chunk);
  const { low, high } = collector.limits(name);
  const moments = new MomentCollector(low, high);
  for (const chunk of chunks) moments.add(chunk);
  return moments.normalisation();
}
