import { InvalidInputError } from '../base/errors';
import type { NormalisationRule } from '../image/normalisation';
import type { Imported, ModelCard } from '../models/card';
import { checkModelName } from '../models/model-name';
import type { CardFields } from '../models/publish';
import type { ImportSettings } from './import-settings';
import type { ImportedGraph } from './onnx/import-graph';
import type { tileSizes } from './tile-sizes';

/** A model from elsewhere, ready to be published. */
export interface ImportedModel {
  card: CardFields;
  onnx: Uint8Array;
  /** what a person should know */
  warnings: string[];
}

/** What is found out of a model. */
export interface Found {
  dimensions: 2 | 3;
  graph: ImportedGraph;
  tiles: ReturnType<typeof tileSizes>;
  /** of the input's channels, as its makers say; null: they do not */
  names: string[] | null;
  /** channels of the input */
  count: number;
  /** where nobody says another */
  normalisation: NormalisationRule;
  activation?: NonNullable<ModelCard['output']['activation']>;
  threshold?: number | null;
  halo?: number[];
  pixelSize?: CardFields['pixelSize'];
  imported: Imported;
  /** names it in errors */
  file: string;
}

/**
 * Makes the card of a model from elsewhere; what a person says counts for more than what is found.
 * @throws InvalidInputError where that does not fit the network
 */
export function importedCard(settings: ImportSettings, found: Found): CardFields {
  const { dimensions, graph, tiles, count, imported } = found;
  const names = settings.channels ?? found.names ?? Array.from({ length: count }, (_, i) => `Channel ${i}`);
  if (names.length !== count) throw new InvalidInputError('channels', `${count} names, as the network has`, names);
  const axes = dimensions === 2 ? ('NCYX' as const) : ('NCZYX' as const);
  const activation = settings.activation ?? found.activation ?? 'none';
  return {
    name: checkModelName(settings.name),
    architecture: { type: 'imported' },
    dimensions,
    channels: names.map((name, index) => ({ index, name })),
    pixelSize: pixelSizeOf(settings, dimensions) ?? found.pixelSize ?? null,
    input: { name: graph.input, axes },
    output: { name: graph.output, axes, ...(activation === 'none' ? {} : { activation }) },
    normalisation: settings.normalisation ?? found.normalisation,
    ...tiles,
    ...(found.halo?.some((pixels) => pixels > 0) ? { halo: found.halo } : {}),
    threshold: settings.threshold ?? found.threshold ?? 0.5,
    selection: { how: `imported from ${imported.format}` },
    recipe: {},
    metrics: {},
    imported,
    data: [],
  };
}

/**
 * Finds which channel of the output is the structure.
 * @param wanted its name or number; absent: nobody says
 * @param names of the output's channels; null: they have none
 * @throws InvalidInputError where there are several and nobody says which, or that is none of them
 */
export function outputChannel(
  wanted: string | undefined,
  count: number,
  names: readonly string[] | null,
): { channel?: number } {
  const known = names?.length === count ? names : null;
  const each = known ? known.map((name, index) => `${index} (${name})`).join(', ') : `0 to ${count - 1}`;
  if (wanted === undefined) {
    if (count === 1) return {};
    throw new InvalidInputError(
      'output',
      `which of the ${count} channels of the output is the structure: ${each}`,
      wanted,
    );
  }
  const channel = known?.includes(wanted) ? known.indexOf(wanted) : /^\d+$/.test(wanted) ? Number(wanted) : -1;
  if (channel < 0 || channel >= count)
    throw new InvalidInputError('output', `a channel of the output: ${each}`, wanted);
  return count === 1 ? {} : { channel };
}

function pixelSizeOf({ pixelSize }: ImportSettings, dimensions: 2 | 3): CardFields['pixelSize'] {
  if (!pixelSize) return null;
  if (pixelSize.length !== dimensions) throw new InvalidInputError('pixel size', `${dimensions} numbers`, pixelSize);
  const [z, y, x] = dimensions === 3 ? pixelSize : [null, ...pixelSize];
  return { z: z as number | null, y: y as number, x: x as number };
}
