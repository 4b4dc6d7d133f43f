import type { DType } from '../../src/image/dtype';
import { type Normalisation, type NormalisationRule, streamNormalisation } from '../../src/image/normalisation';
import type { NormalisationChunk } from '../../src/image/pixel-collector';

/** What models were trained with before, and what the cards in tests say. */
export const PERCENTILE_ZSCORE: NormalisationRule = { method: 'percentile-zscore', low: 0.5, high: 99.5 };

/** The normalisation of pixels in memory, in one or several pieces of one type. */
export async function normalisationOf(
  dtype: DType,
  chunks: readonly NormalisationChunk[],
  name: string,
  rule: NormalisationRule = PERCENTILE_ZSCORE,
): Promise<Normalisation> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.pixels.length, 0);
  async function* stream() {
    yield* chunks;
  }
  return streamNormalisation(rule, dtype, total, stream, name);
}
