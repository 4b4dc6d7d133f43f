import type { ModelCard } from '../../models/card';
import type { TileShape } from '../tile-shape';
import { outputNames, packageName } from './describe';

/** Writes what a person should know of a model that goes out, in Markdown. */
export function writeDocumentation(card: ModelCard, isInside: boolean, { size, step }: TileShape): string {
  const { name, version, created, channels, pixelSize, threshold, dimensions } = card;
  const um = (['z', 'y', 'x'] as const).flatMap((axis) => {
    const found = pixelSize?.[axis] ?? null;
    return found === null ? [] : [`${axis} ${found} µm`];
  });
  const axes = ['z', 'y', 'x'].slice(-dimensions).join(', ');
  const sizes = step
    ? `at least ${size.join(' x ')} (${axes}), in steps of ${step.join(' x ')}`
    : `exactly ${size.join(' x ')} (${axes})`;
  return `# ${packageName(card)}

\`${name}@${version}\`, made ${created.slice(0, 10)} with node-red-segmenter.

- Input: ${channels.length} ${channels.length === 1 ? 'channel' : 'channels'} (${channels.map((channel) => channel.name).join(', ')}), ${dimensions}D, pixels as the microscope stores them.
- Pixel size of the training: ${um.join(', ') || 'not known'}.
- Output: probabilities from 0 to 1 of ${outputNames(card).join(', ')}. Foreground lies above ${threshold}.
- Tiles: ${sizes}.

${isInside ? INSIDE : OUTSIDE}${card.outputs ? OBJECTS : ''}
Validation: see \`model.json\`, the card of the model, with the images that it was trained on and judged by.
`;
}

const INSIDE = `## Normalisation

It is computed inside the network, from the pixels that a call is given: background and contrast of each channel. So give it raw
pixels and whole images, or tiles that are large enough to hold background and structures; a tile with nothing in it is scaled by
its noise.
`;

const OUTSIDE = `## Normalisation

It is described by the named operations of \`preprocessing\`, from the statistics of the whole image.
`;

const OBJECTS = `
## Objects

The three maps are made into objects by a seeded watershed: seeds where the centre is likely, limits where the foreground ends.
Without it the foreground above the threshold is the mask, in which objects that touch are one.
`;
