import path from 'node:path';
import { SegmenterError } from '../../base/errors';
import { PICTURES_FOLDER } from '../../models/training-file';
import { readFile } from '../../storage/outside-files';
import { thinnedHistory } from '../../training/history';
import { JobFiles } from '../io/job-files';
import { findTraining, historyIn, knownTrainings } from '../io/training/known-trainings';
import type { JobImplementation } from '../protocol';

/** Rows of a history that a curve is drawn of. */
const MOST_ROWS = 2000;

/** All trainings of this machine. */
export const listTrainingsJob: JobImplementation<'list-trainings'> = (_, context) =>
  JobFiles.use(context, async (files) => {
    const known = await knownTrainings(context.settings.modelsFolder, files.roots);
    return {
      trainings: known.map(({ id, version, training }) => {
        const { pictures: _pictures, pictureSeconds: _seconds, notes: _notes, ...facts } = training;
        return { id, version, ...facts };
      }),
    };
  });

/** One training, with its epochs. */
export const trainingJob: JobImplementation<'training'> = ({ id }, context) =>
  JobFiles.use(context, async (files) => {
    const { folder, ...known } = await findTraining(context.settings.modelsFolder, id, files.roots);
    return { ...known, history: thinnedHistory(await historyIn(folder), MOST_ROWS) };
  });

/** A picture of a training, as a file that whoever asked removes. */
export const trainingPictureJob: JobImplementation<'training-picture'> = ({ id, file }, context) =>
  JobFiles.use(context, async (files) => {
    const { folder, training } = await findTraining(context.settings.modelsFolder, id, files.roots);
    // A name that is on the list, and no other, becomes a path.
    if (!training.pictures.some((picture) => picture.file === file)) {
      throw new SegmenterError('not-found', `training ${id} has no picture ${file}`, { id, file });
    }
    const place = await files.path(path.join(folder, PICTURES_FOLDER, file));
    const bytes = await readFile(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new SegmenterError('not-found', `training ${id}: the picture ${file} was replaced by newer ones`, {
        id,
        file,
      });
    });
    return { path: await files.scratch.handOver(bytes, 'picture', '.png') };
  });
