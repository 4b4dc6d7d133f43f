import { SegmenterError, UnsupportedError } from '../base/errors';
import type { Engine } from '../engines/engine';
import type { NpyArray } from '../formats/numpy/npy';
import { hashBytes } from '../models/model-file';
import type { PackageModel, PackageTensor } from './bioimageio/package-model';
import { type PackageSource, readPackage } from './bioimageio/read-package';
import { outputRuleOf, ruleOf } from './bioimageio/rule-of';
import type { ImportSettings } from './import-settings';
import { type ImportedModel, importedCard, outputChannel } from './imported-card';
import { checkForeign } from './onnx/check-foreign';
import { checkLayout, importGraph } from './onnx/import-graph';
import { sampleImage } from './sample-image';
import { withAxes } from './tensor-axes';
import { requireTriable, tileSizes } from './tile-sizes';
import { runOnce, runTest } from './try-model';

/**
 * Takes a package of bioimage.io with ONNX weights: axes, operations and tiles as it describes them. Its test input must give its
 * test output.
 * @throws UnsupportedError, by name, for what there is no place for; SegmenterError `engine` where the test fails
 */
export async function importPackage(
  source: PackageSource,
  settings: ImportSettings,
  engine: Engine,
): Promise<ImportedModel> {
  const file = source.name;
  refuseSaid(settings);
  const { model, onnx, test } = await readPackage(source);
  const { input, output } = model;
  const foreign = checkForeign(onnx, `${file}, ${model.weights.source}`);
  const [axes, outputAxes] = [lettersOf(input), lettersOf(output)];
  const dimensions = checkLayout(axes, foreign.input);
  if (checkLayout(outputAxes, foreign.output) !== dimensions) {
    throw new UnsupportedError(
      file,
      `an output of axes ${outputAxes} for an input of ${axes}; expected the same axes of space`,
    );
  }
  const graph = importGraph(onnx, file, foreign, { input: axes, output: outputAxes });
  const space = ['z', 'y', 'x'].slice(-dimensions);
  const axisOf = (tensor: PackageTensor, letter: string) => tensor.axes.find((axis) => axis.letter === letter);
  const { tile, step } = settings;
  const network = space.map((letter) => foreign.input.shape[axes.indexOf(letter)]);
  const said = space.map((letter) => axisOf(input, letter)?.size ?? null);
  const tested = test ? space.map((letter) => test.input.shape[axes.indexOf(letter)]) : undefined;
  const tiles = tileSizes(dimensions, { network, said, tested, tile, step }, file);
  const names = axisOf(input, 'c')?.names ?? [];
  const ofNetwork = axes.includes('c') ? foreign.input.shape[axes.indexOf('c')] : 1;
  const count = ofNetwork ?? (names.length || (test?.input.shape[axes.indexOf('c')] ?? 1));
  requireTriable(count, tiles.patch, file);
  const { activation, threshold } = outputRuleOf(output, file);
  const imported = { format: 'bioimage.io', sha256: hashBytes(onnx), ...aboutOf(model) };
  const fields = importedCard(settings, {
    ...{ dimensions, graph, tiles, count, file, activation },
    threshold: threshold ?? model.threshold,
    names: names.length === count ? names : null,
    normalisation: ruleOf(input, count, file),
    halo: space.map((letter) => axisOf(output, letter)?.halo ?? 0),
    pixelSize: pixelSizeOf(input),
    imported,
  });
  const outputNames = axisOf(output, 'c')?.names ?? null;
  const withChannel = (channels: number) => ({
    ...fields,
    output: { ...fields.output, ...outputChannel(settings.output, channels, outputNames) },
  });
  if (!test) {
    const size = [tiles.patch.z ?? 1, tiles.patch.y, tiles.patch.x].slice(3 - dimensions);
    const { channels } = await runOnce(
      engine,
      graph.bytes,
      fields,
      sampleImage(fields, size),
      [1, count, ...size],
      file,
    );
    return { card: withChannel(channels), onnx: graph.bytes, warnings: [NO_TEST] };
  }
  const usual = dimensions === 2 ? 'bcyx' : 'bczyx';
  const [given, expected] = [ordered(test.input, axes, usual), ordered(test.output, outputAxes, usual)];
  const tensors = { input: given, output: expected, threshold, tolerance: model.tolerance };
  const ran = await runTest(engine, graph.bytes, fields, tensors, file);
  const card = withChannel(expected.shape[1]);
  return { card: { ...card, imported: { ...imported, tested: ran } }, onnx: graph.bytes, warnings: [] };
}

const NO_TEST = 'the package has no test tensors: it was only tried with a simulated image';

/** What a package says itself is not said again: another word would be another model. */
function refuseSaid(settings: ImportSettings): void {
  for (const field of ['axes', 'outputAxes', 'normalisation', 'activation'] as const) {
    if (settings[field] === undefined) continue;
    throw new SegmenterError('invalid-input', `${field}: expected nothing, for the package says it`, { field });
  }
}

function lettersOf({ axes }: PackageTensor): string {
  return axes.map(({ letter }) => letter).join('');
}

function ordered({ items, shape }: NpyArray, axes: string, wanted: string) {
  return withAxes({ values: items as Float64Array, shape, axes }, wanted);
}

function pixelSizeOf({ axes }: PackageTensor) {
  const of = (letter: string) => axes.find((axis) => axis.letter === letter)?.micrometres ?? null;
  const [z, y, x] = [of('z'), of('y'), of('x')];
  return y === null || x === null ? null : { z, y, x };
}

function aboutOf({ title, id, authors, licence, cite }: PackageModel) {
  return {
    title,
    ...(id ? { id } : {}),
    ...(authors.length > 0 ? { authors } : {}),
    ...(licence ? { licence } : {}),
    ...(cite.length > 0 ? { cite } : {}),
  };
}
