import type { ImageDescription } from '../../image/description';
import type { Purpose } from '../../masks/foreground';
import { writeFileAtomic } from '../../storage/atomic-file';
import { openPicture } from '../../views/open-picture';
import { drawOverlay } from '../../views/overlay';
import { CHANNEL_COLOURS } from '../../views/overlay-colours';
import { JobFiles } from '../io/job-files';
import { limitsOf } from '../io/limits';
import type { JobImplementation } from '../protocol';

/** A map counts as found from here on where nobody says otherwise. */
const DEFAULT_THRESHOLD = 0.5;

/** Draws a plane of a sample as a PNG in the scratch store. */
export const overlayJob: JobImplementation<'overlay'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const open = async (image: ImageDescription, purpose: Purpose | null) =>
      openPicture(await files.image(image), purpose, (path) => files.path(path));
    const raw = await open(input.raw, null);
    const { found, truth, weight } = input;
    const pictures = {
      raw,
      found: found && {
        kind: found.kind,
        picture: await open(found.image, found.kind === 'mask' ? 'segmentation' : null),
        threshold: found.threshold ?? DEFAULT_THRESHOLD,
      },
      truth: truth && (await open(truth, 'segmentation')),
      weight: weight && (await open(weight, null)),
    };
    const channels = input.channels ?? shownChannels(raw.shape[1]);
    const view = { ...input.view, channels };
    const { png, size, z } = await drawOverlay(pictures, view, { signal: context.signal, limits: limitsOf(context) });
    const file = await files.newFile(`${input.raw.id}-${view.style}`, '.png', png.byteLength);
    await writeFileAtomic(file.path, png, file.options);
    return { path: file.path, size: [size[0], size[1]], bytes: png.byteLength, z };
  });

/** The first ones, as many as have colours. */
function shownChannels(channels: number): number[] {
  return Array.from({ length: Math.min(channels, CHANNEL_COLOURS.length) }, (_, c) => c);
}
