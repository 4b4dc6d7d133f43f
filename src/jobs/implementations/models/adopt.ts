import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptFileError } from '../../../base/errors';
import { adoptModel } from '../../../models/adopt';
import { MODEL_FILES } from '../../../models/layout';
import { readFile } from '../../../storage/outside-files';
import { JobFiles } from '../../io/job-files';
import type { JobImplementation } from '../../protocol';
import { withTexts } from '../../queue/shared-folders';
import { fromSent, type Origins } from '../../queue/transfer/sent-places';

/** Publishes a model that another machine trained for this one, whose files it sent. */
export const adoptModelJob: JobImplementation<'adopt-model'> = ({ name, files: sent, origins }, context) =>
  JobFiles.use(context, async (files) => {
    const contents = new Map<string, Buffer>();
    for (const { name: file, path: place } of sent) contents.set(file, await readFile(await files.path(place)));
    const card = contents.get(MODEL_FILES.card);
    if (card) contents.set(MODEL_FILES.card, withOwnPlaces(card, origins));
    const found = await adoptModel(context.settings.modelsFolder, name, contents, files.roots);
    const report = path.join(found.folder, MODEL_FILES.report);
    const hasReport = (await stat(report).catch(() => null))?.isFile() ?? false;
    return { model: found.reference, ...(hasReport ? { report } : {}) };
  });

/** The card says where its images lie: here, as against where they lay while they were learned from. */
function withOwnPlaces(bytes: Buffer, origins: Origins): Buffer {
  try {
    const card: unknown = JSON.parse(bytes.toString('utf8'));
    return Buffer.from(JSON.stringify(withTexts(card, (text) => fromSent(text, origins))));
  } catch (cause) {
    throw new CorruptFileError(MODEL_FILES.card, 'is no card of a model', {}, { cause });
  }
}
