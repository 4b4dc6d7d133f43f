import { InvalidInputError } from '../base/errors';
import type { Engine } from '../engines/engine';
import { hashBytes } from '../models/model-file';
import type { CardFields } from '../models/publish';
import { type ImportSettings, NORMALISATIONS } from './import-settings';
import { type ImportedModel, importedCard, outputChannel } from './imported-card';
import { checkForeign } from './onnx/check-foreign';
import { checkLayout, importGraph } from './onnx/import-graph';
import { sampleImage } from './sample-image';
import { requireTriable, tileSizes } from './tile-sizes';
import { runOnce } from './try-model';

/**
 * Takes an ONNX file from anybody, of which a person says what its axes are; it is run once on a simulated image.
 * @param file names it in errors
 * @throws UnsupportedError, by name, for what there is no place for; InvalidInputError for what is not said, or does not fit
 */
export async function importPlain(
  onnx: Uint8Array,
  file: string,
  settings: ImportSettings,
  engine: Engine,
): Promise<ImportedModel> {
  const model = checkForeign(onnx, file);
  const { axes, outputAxes = axes } = settings;
  if (axes === undefined || outputAxes === undefined) {
    const sizes = model.input.shape.map((size) => size ?? 'any').join(' x ');
    throw new InvalidInputError(
      'axes',
      `a letter of b, c, z, y, x for each axis of ${model.input.name} (${sizes})`,
      axes,
    );
  }
  const { normalisation } = settings;
  if (!normalisation)
    throw new InvalidInputError('normalisation', `what the network was trained with: ${NORMALISATIONS}`, normalisation);
  const dimensions = checkLayout(axes, model.input);
  if (checkLayout(outputAxes, model.output) !== dimensions) {
    throw new InvalidInputError('output axes', `${dimensions} axes of space, as the input has`, outputAxes);
  }
  const graph = importGraph(onnx, file, model, { input: axes, output: outputAxes });
  const space = ['z', 'y', 'x'].slice(-dimensions);
  const { tile, step, channels: names } = settings;
  const network = space.map((letter) => model.input.shape[axes.indexOf(letter)]);
  const tiles = tileSizes(dimensions, { network, said: space.map(() => null), tile, step }, file);
  const inputs = axes.includes('c') ? model.input.shape[axes.indexOf('c')] : 1;
  const count = inputs ?? names?.length ?? 1;
  requireTriable(count, tiles.patch, file);
  const sha256 = hashBytes(onnx);
  const fields: CardFields = importedCard(settings, {
    ...{ dimensions, graph, tiles, names: null, count, file },
    normalisation,
    imported: { format: 'ONNX', sha256 },
  });
  const size = [tiles.patch.z ?? 1, tiles.patch.y, tiles.patch.x].slice(3 - dimensions);
  const shape = [1, count, ...size];
  const { channels } = await runOnce(engine, graph.bytes, fields, sampleImage(fields, size), shape, file);
  const card = { ...fields, output: { ...fields.output, ...outputChannel(settings.output, channels, null) } };
  return { card, onnx: graph.bytes, warnings: [] };
}
