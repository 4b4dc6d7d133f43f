import path from 'node:path';
import { Random } from '../../src/base/random';
import { createImageWriter, type WriteInfo } from '../../src/formats';
import { describeImage } from '../../src/formats/describe-image';
import type { ImageDescription } from '../../src/image/description';
import type { Shape5 } from '../../src/image/region';
import { publishModel } from '../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../src/network';

/** A model with random weights, named `bench`; how long it takes does not depend on what they are. */
export async function publishStandIn(
  modelsFolder: string,
  spec: NetworkSpec,
  patch: { z: number | null; y: number; x: number },
): Promise<void> {
  const axes = spec.dimensions === 3 ? 'NCZYX' : 'NCYX';
  await publishModel(modelsFolder, {
    onnx: buildPredictor(spec, initialParameters(spec, 1)),
    metricsCsv: '',
    card: {
      name: 'bench',
      architecture: { type: 'residual-unet', filters: spec.filters },
      dimensions: spec.dimensions,
      channels: [{ index: 0, name: 'nuclei' }],
      pixelSize: null,
      input: { name: 'input', axes },
      output: { name: 'probability', axes },
      normalisation: { method: 'percentile-zscore', low: 0.5, high: 99.5 },
      patch,
      divisor: divisor(spec),
      threshold: 0.5,
      selection: {},
      recipe: {},
      metrics: {},
      data: [],
    },
  });
}

/** Camera noise on a slope, uint16, written plane by plane so that this process stays small. */
export function writeVolume(
  file: string,
  shape: Shape5,
  compression?: WriteInfo['compression'],
): Promise<ImageDescription> {
  const random = new Random(1);
  const fill = (plane: Uint16Array) => {
    for (let i = 0; i < plane.length; i++) plane[i] = 200 + (i % shape[4]) + random.integer(100);
  };
  return writePlanes(file, shape, fill, compression);
}

/** A mask of discs, 32 pixels from one to the next, as a truth to compare with. */
export function writeDiscs(file: string, shape: Shape5): Promise<ImageDescription> {
  const fromCentre = (n: number) => (n % 32) - 16;
  return writePlanes(file, shape, (plane, z) => {
    // All planes are alike.
    if (z > 0) return;
    for (let i = 0; i < plane.length; i++) {
      const distance = Math.hypot(fromCentre(Math.floor(i / shape[4])), fromCentre(i % shape[4]));
      plane[i] = distance < 10 ? 255 : 0;
    }
  });
}

/**
 * Writes a stack plane by plane, so that this process stays small.
 * @param fill changes the array of the plane before, zeros at first
 */
export async function writePlanes(
  file: string,
  shape: Shape5,
  fill: (plane: Uint16Array, z: number) => void,
  compression?: WriteInfo['compression'],
): Promise<ImageDescription> {
  const channels = [{ index: 0, name: 'nuclei' }];
  const info: WriteInfo = { shape, dtype: 'uint16', channels, pixelSize: null, compression };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  const plane = new Uint16Array(shape[3] * shape[4]);
  for (let z = 0; z < shape[2]; z++) {
    fill(plane, z);
    await writer.write(plane);
  }
  await writer.finish();
  return describeImage(file, { id: path.basename(file, '.ome.tiff') });
}
