import type { ModelCard } from '../../models/card';
import type { Origin } from '../export-settings';
import type { ExportedGraph } from '../onnx/export-graph';
import type { TileShape } from '../tile-shape';
import type { Operation } from './operations';

/** The version of the specification that is written. */
const FORMAT_VERSION = '0.5.7';
/** Names are of these characters, 5 to 128 of them. */
const NO_NAME = /[^A-Za-z0-9_+\- ()]/g;
/** ONNX Runtime of other machines and versions rounds otherwise. */
const TOLERANCE = { absolute_tolerance: 1e-3, relative_tolerance: 1e-3, mismatched_elements_per_million: 100 };

/** The files of a package beside its description, by name, with sha256. */
export interface PackageFiles {
  weights: PackageFile;
  testInput: PackageFile;
  testOutput: PackageFile;
  cover: PackageFile;
  documentation: PackageFile;
  card: PackageFile;
}
export interface PackageFile {
  source: string;
  sha256: string;
}

/** What the description of a package is made of. */
export interface PackageFacts {
  card: ModelCard;
  origin: Origin;
  graph: ExportedGraph;
  /** of the input; null: the network does it itself */
  preprocessing: Operation[] | null;
  tiles: TileShape;
  files: PackageFiles;
}

/** Describes a model as the bioimage.io specification 0.5 has it (`bioimageio.yaml`). */
export function describePackage({ card, origin, graph, preprocessing, tiles, files }: PackageFacts): object {
  const axes = ['z', 'y', 'x'].slice(-card.dimensions);
  const input = graph.input.name;
  const authors = (origin.authors ?? card.imported?.authors ?? []).map((name) => ({ name }));
  const licence = origin.licence ?? card.imported?.licence;
  return {
    type: 'model',
    format_version: FORMAT_VERSION,
    name: packageName(card),
    description: descriptionOf(card),
    authors,
    ...(licence ? { license: licence } : {}),
    cite: (card.imported?.cite ?? []).flatMap(citation),
    covers: [files.cover.source],
    documentation: files.documentation.source,
    attachments: [files.card],
    tags: ['segmentation', `${card.dimensions}d`, 'fluorescence', 'node-red-segmenter'],
    version: Number(card.version.replace(/^v/, '')) || 1,
    timestamp: card.created,
    inputs: [
      {
        id: input,
        axes: [
          ...leading(card.channels.map(({ name }) => name)),
          ...axes.map((id, axis) => inputAxis(id, axis, card, tiles)),
        ],
        data: { type: 'float32' },
        test_tensor: files.testInput,
        preprocessing: preprocessing ?? [],
      },
    ],
    outputs: [
      {
        id: graph.output.name,
        axes: [...leading(outputNames(card)), ...axes.map((id, axis) => outputAxis(id, axis, input, card, tiles))],
        data: { type: 'float32', range: [0, 1] },
        test_tensor: files.testOutput,
        postprocessing: [],
      },
    ],
    weights: { onnx: { ...files.weights, opset_version: graph.opset } },
    config: {
      bioimageio: { reproducibility_tolerance: [TOLERANCE] },
      segmenter: {
        model: `${card.name}@${card.version}`,
        threshold: card.threshold,
        normalisation: card.normalisation,
        normalisationIsInside: preprocessing === null,
      },
    },
  };
}

/** Names the channels of the output. */
export function outputNames({ outputs }: ModelCard): readonly string[] {
  return outputs ?? ['foreground'];
}

/** Names a model in the specification's characters. */
export function packageName({ name, version }: ModelCard): string {
  const plain = `${name} ${version}`.replace(NO_NAME, ' ');
  return (plain.length < 5 ? `model ${plain}` : plain).slice(0, 128);
}

function descriptionOf(card: ModelCard): string {
  const channels = card.channels.map(({ name }) => name).join(', ');
  const what = card.outputs ? 'objects (foreground, boundary, centre)' : 'foreground';
  return `Segments ${what} in ${card.dimensions}D images of ${channels}.`;
}

function leading(channelNames: readonly string[]): object[] {
  return [{ type: 'batch' }, { type: 'channel', channel_names: [...channelNames] }];
}

function inputAxis(id: string, axis: number, card: ModelCard, { size, step }: TileShape): object {
  const taken = step ? { min: size[axis], step: step[axis] } : size[axis];
  return { type: 'space', id, size: taken, ...scaleOf(id, card) };
}

function outputAxis(id: string, axis: number, input: string, card: ModelCard, { halo }: TileShape): object {
  const around = halo[axis] > 0 ? { halo: halo[axis] } : {};
  return { type: 'space', id, size: { tensor_id: input, axis_id: id }, ...scaleOf(id, card), ...around };
}

function scaleOf(id: string, { pixelSize }: ModelCard): object {
  const size = pixelSize?.[id as 'z' | 'y' | 'x'] ?? null;
  return size === null ? {} : { scale: size, unit: 'micrometer' };
}

/** The specification takes what is to be cited with a DOI or an address only. */
function citation(text: string): object[] {
  const doi = /\b10\.\d{4,9}\/[^\s,;]+/.exec(text)?.[0];
  if (doi) return [{ text, doi }];
  const url = /https?:\/\/[^\s,;]+/.exec(text)?.[0];
  return url ? [{ text, url }] : [];
}
