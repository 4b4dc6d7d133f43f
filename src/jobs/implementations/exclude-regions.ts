import type { Shape5 } from '../../image/region';
import { NON_ZERO } from '../../masks/foreground';
import { makeWeight, NOTHING_DRAWN } from '../../masks/target';
import { forEachBand, openMask, rowsOfBands } from '../io/bands';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/**
 * The weight of a sample: uint8 [t, 1, z, y, x], 0 inside the excluding mask, 1 elsewhere, or the other way round where only
 * its inside counts; without regions 1 everywhere.
 */
export const excludeRegionsJob: JobImplementation<'exclude-regions'> = (
  { sample, regions, counts = 'outside' },
  context,
) =>
  JobFiles.use(context, async (files) => {
    const { id, raw } = sample;
    const [times, , depth, height, width] = raw.shape;
    const shape: Shape5 = [times, 1, depth, height, width];
    const inside = await openMask(files, regions, 'excluding mask', shape, context.signal);
    const channels = [{ index: 0, name: 'weight' }];
    const { pixelSize, acquisition } = raw;
    const result = await files.create(
      `${id}-weight`,
      { shape, dtype: 'uint8', channels, pixelSize, acquisition },
      { foreground: NON_ZERO },
    );
    const readers = inside?.reader ? [inside.reader] : [];
    await forEachBand(shape, rowsOfBands(readers, shape, context), context, 'excluding', async (band) => {
      const rows = makeWeight(band.rows * width, inside && (await inside.read(band)), NOTHING_DRAWN);
      await result.writer.write(inside && counts === 'inside' ? rows.map((weight) => 1 - weight) : rows);
    });
    return result.finish(id, inside?.reader?.notes);
  });
