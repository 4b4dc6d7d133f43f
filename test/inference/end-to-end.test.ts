import assert from 'node:assert/strict';
import path from 'node:path';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { createImageWriter, describeImage, openDescription, readAll, type WriteInfo } from '../../src/formats';
import type { PixelArray } from '../../src/image/dtype';
import { applyNormalisation } from '../../src/image/normalisation';
import { predictImage, probabilityInfo } from '../../src/inference/predict-image';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { publishModel } from '../../src/models/publish';
import { resolveModel } from '../../src/models/resolve';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../src/network';
import { cardFields, modelCard, scratchFolder } from '../models/support';
import { normalisationOf } from '../support/normalisation-of';
import { MemoryReader, randomPixels } from './support';

describe('prediction with a real network', () => {
  const folder = scratchFolder();

  for (const dimensions of [2, 3] as const) {
    const spec: NetworkSpec = { dimensions, inChannels: 1, filters: [4, 8] };
    const patch = { z: dimensions === 2 ? null : 8, y: 16, x: 16 };
    const fields = cardFields({ name: `net-${dimensions}d`, dimensions, patch, divisor: divisor(spec) });

    it(`${dimensions}D: from a published model to a probability map`, async () => {
      const onnx = buildPredictor(spec, initialParameters(spec, 1));
      await publishModel(folder(), { card: fields, onnx, metricsCsv: '' });
      const { card, network } = await resolveModel(folder(), fields.name, [folder()]);
      const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      const session = await engine.createPrediction(network);
      try {
        const pixels = Uint16Array.from(randomPixels(12 * 30 * 26), (v) => 1000 + 100 * v);
        const reader = new MemoryReader(pixels, [1, 1, 12, 30, 26], 'uint16');
        const map = new Float32Array(pixels.length);
        let written = 0;
        const info = await predictImage({
          image: reader.description(),
          reader,
          card,
          session,
          overlap: 0.25,
          memoryMB: 1000,
          write: async (planes) => {
            map.set(planes, written);
            written += planes.length;
          },
        });
        assert.equal(written, pixels.length);
        assert.ok(map.every((value) => value > 0 && value < 1));
        assert.ok(new Set(map).size > 1000);
        assert.equal(info.tiles.count > 1, true);
      } finally {
        await session.dispose();
      }
    });

    it(`${dimensions}D: gives a constant tile the same bits alone and beside any others`, async () => {
      const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      const session = await engine.createPrediction(buildPredictor(spec, initialParameters(spec, 1)));
      try {
        const tile = dimensions === 2 ? [16, 16] : [8, 16, 16];
        const size = tile.reduce((product, n) => product * n, 1);
        const flat = new Float32Array(size).fill(-0.75);
        const batch = new Float32Array(3 * size);
        batch.set(randomPixels(size), 0);
        batch.set(flat, size);
        batch.set(randomPixels(size, 2), 2 * size);
        const alone = (await session.predict(flat, [1, 1, ...tile])).slice();
        const among = await session.predict(batch, [3, 1, ...tile]);
        assert.deepEqual(among.slice(size, 2 * size), alone);
      } finally {
        await session.dispose();
      }
    });

    it(`${dimensions}D: from a file to a file, mirrored, with its scale and pixel size`, async () => {
      const [raw, result] = [`raw-${dimensions}.ome.tiff`, `map-${dimensions}.ome.tiff`].map((n) =>
        path.join(folder(), n),
      );
      const pixels = Uint16Array.from(randomPixels(2 * 6 * 21 * 33), (v) => 1000 + 100 * v);
      const info: WriteInfo = {
        shape: [2, 1, 6, 21, 33],
        dtype: 'uint16',
        channels: [{ index: 0, name: 'dna' }],
        pixelSize: { z: 1, y: 0.5, x: 0.5 },
      };
      const rawWriter = await createImageWriter(raw, info, 'ome-tiff');
      await rawWriter.write(pixels);
      await rawWriter.finish();

      const image = await describeImage(raw, { id: 'field1' });
      const card = modelCard({ ...fields, mirror: true });
      const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      const session = await engine.createPrediction(buildPredictor(spec, initialParameters(spec, 3)));
      const reader = await openDescription(image);
      const writer = await createImageWriter(result, probabilityInfo(image, 'uint16'), 'ome-tiff');
      const write = (planes: PixelArray) => writer.write(planes);
      await predictImage({ image, reader, card, session, overlap: 0.5, memoryMB: 100, type: 'uint16', write });
      await writer.finish();
      await reader.close();

      const found = await describeImage(result, { id: 'map' });
      assert.deepEqual(found.shape, [2, 1, 6, 21, 33]);
      assert.deepEqual(found.pixelSize, info.pixelSize);
      const { data } = await readAll(found);
      const plan = planTiles(card, [6, 21, 33], 0.5);
      const volume = 6 * 21 * 33;
      for (let t = 0; t < 2; t++) {
        const one = pixels.subarray(t * volume, (t + 1) * volume);
        const normalised = applyNormalisation(one, await normalisationOf('uint16', [{ pixels: one }], 'test'));
        const expected = await predictVolume(session, normalised, [1, 6, 21, 33], plan, { mirror: true });
        expected.forEach((value, i) => {
          assert.ok(Math.abs(data[t * volume + i] / 65535 - value) <= 0.5001 / 65535);
        });
      }
      await session.dispose();
    });

    it(`${dimensions}D: a batch gives each tile what it gives alone`, async () => {
      const engine = await onnxOnCpu.open({ threads: 2, precision: 'float32' });
      const session = await engine.createPrediction(buildPredictor(spec, initialParameters(spec, 2)));
      try {
        const plan = planTiles(fields, [9, 33, 40], 0.25);
        const pixels = randomPixels(9 * 33 * 40);
        const alone = await predictVolume(session, pixels, [1, 9, 33, 40], plan);
        assert.deepEqual(await predictVolume(session, pixels, [1, 9, 33, 40], plan, { batch: 5 }), alone);
      } finally {
        await session.dispose();
      }
    });
  }
});
