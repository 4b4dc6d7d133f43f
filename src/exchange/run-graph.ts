import type { Engine } from '../engines/engine';

/** Runs a model once. @returns what it gives, in its own order */
export async function runGraph(
  engine: Engine,
  bytes: Uint8Array,
  input: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const session = await engine.createPrediction(bytes);
  try {
    return (await session.predict(input, [...shape])).slice();
  } finally {
    await session.dispose();
  }
}
