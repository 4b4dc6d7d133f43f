import { stringify } from '#yaml';
import type { Engine } from '../../engines/engine';
import { formatNpy } from '../../formats/numpy/npy';
import type { ModelCard } from '../../models/card';
import { MODEL_FILES } from '../../models/layout';
import { hashBytes } from '../../models/model-file';
import { zipFiles } from '../../storage/zip/zip-parts';
import type { ExportedModel, Origin } from '../export-settings';
import { normalised } from '../normalised';
import { INSIDE_NOTE, NO_LICENCE } from '../notes';
import { exportGraph } from '../onnx/export-graph';
import { runGraph } from '../run-graph';
import { sampleImage } from '../sample-image';
import { tileShape } from '../tile-shape';
import { drawCover } from './cover';
import { describePackage, type PackageFile, type PackageFiles } from './describe';
import { writeDocumentation } from './documentation';
import { operationsOf } from './operations';

/** What the description of a package is called. */
export const DESCRIPTION_FILE = 'bioimageio.yaml';

/**
 * Writes a model as a package of bioimage.io: a ZIP archive with description, network, test tensors, cover and documentation.
 * @param onnx the bytes of its `model.onnx`
 * @param file names it in errors
 */
export async function writePackage(
  engine: Engine,
  card: ModelCard,
  onnx: Uint8Array,
  file: string,
  origin: Origin,
): Promise<ExportedModel> {
  const axes = ['z', 'y', 'x'].slice(-card.dimensions);
  const preprocessing = operationsOf(card.normalisation, axes);
  const isInside = preprocessing === null;
  const form = { gives: 'probability', channels: 'first', pixels: 'as-stored', size: null } as const;
  const graph = exportGraph(onnx, file, card, { ...form, normalises: isInside });
  const tiles = tileShape(card);
  const channels = card.channels.length;
  const image = sampleImage(card, tiles.size);
  const given = isInside ? image : await normalised(image, channels, card.normalisation, 'the test image');
  const shape = [1, channels, ...tiles.size];
  const output = await runGraph(engine, graph.bytes, given, shape);

  const entries: Array<[string, Uint8Array]> = [];
  const add = (source: string, data: Uint8Array): PackageFile => {
    entries.push([source, data]);
    return { source, sha256: hashBytes(data) };
  };
  const files: PackageFiles = {
    weights: add('model.onnx', graph.bytes),
    testInput: add('test_input.npy', formatNpy(shape, image)),
    testOutput: add('test_output.npy', formatNpy([1, card.outputs?.length ?? 1, ...tiles.size], output)),
    cover: add('cover.png', await drawCover(image, output, tiles.size)),
    documentation: add('README.md', Buffer.from(writeDocumentation(card, isInside, tiles))),
    card: add(MODEL_FILES.card, Buffer.from(`${JSON.stringify(card, null, 2)}\n`)),
  };
  const description = describePackage({ card, origin, graph, preprocessing, tiles, files });
  const text = Buffer.from(stringify(description, { lineWidth: 0 }));
  const notes = isInside ? [INSIDE_NOTE] : [];
  const missing = origin.licence || card.imported?.licence ? [] : [NO_LICENCE];
  return { bytes: zipFiles([[DESCRIPTION_FILE, text], ...entries]), notes: [...notes, ...missing] };
}
