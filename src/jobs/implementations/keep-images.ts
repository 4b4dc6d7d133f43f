import { stat } from 'node:fs/promises';
import path from 'node:path';
import { throwIfCancelled } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import { validate } from '../../base/schema';
import { pathOfImage } from '../../formats';
import { type ImageDescription, ImageDescriptionSchema } from '../../image/description';
import type { Sample } from '../../samples/sample';
import { copyFileAtomic } from '../../storage/atomic-file';
import { noteOwnFile } from '../../storage/own-files';
import { toUri } from '../../storage/paths';
import { isWebAddress } from '../../storage/roots';
import { JobFiles } from '../io/job-files';
import type { JobImplementation } from '../protocol';

/**
 * Copies those images of a sample that lie in the scratch store into a folder, where they cannot be evicted, whole or not
 * at all; all others stay where they are. @returns the sample with the images' new places
 */
export const keepImagesJob: JobImplementation<'keep-images'> = ({ sample: given, folder }, context) =>
  JobFiles.use(context, async (files): Promise<Sample> => {
    const sample: Sample = { ...given };
    const target = await files.path(folder);
    for (const [name, value] of Object.entries(sample)) {
      if (!isRecord(value) || typeof value.uri !== 'string' || !Array.isArray(value.shape)) continue;
      throwIfCancelled(context.signal, 'copying images');
      const image: ImageDescription = validate(ImageDescriptionSchema, value, `sample.${name}`);
      const file = await files.path(pathOfImage(image));
      if (isWebAddress(file) || !files.scratch.owns(file)) continue;
      await files.image(image);
      // Names in the scratch store are never given twice: what is there is the same image.
      const copy = path.join(target, path.basename(file));
      if (!(await stat(copy).catch(() => null))) {
        await noteOwnFile(target, path.basename(copy));
        await copyFileAtomic(file, copy);
      }
      Object.assign(sample, { [name]: { ...image, uri: toUri(copy) } });
    }
    return sample;
  });
