import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { SegmenterError } from '../../src/base/errors';
import { prepareCheck, validate } from '../../src/base/schema';
import { MODEL_DOWNLOADS } from '../../src/models/downloads';
import { type ModelChange, ModelChangeSchema } from '../../src/models/model-changes';
import { existingJobAccess, jobAccess } from '../job-host-access';
import { answer, answerOwnSite, changing } from './answer';
import { noteChangeBy } from './changes';
import { modelUses } from './model-uses';
import { mayWrite } from './request';
import type { ChangeAnswer, ModelsAnswer } from './tab-api';

const ROUTE = '/segmenter/models';
const READ = 'segmenter-models.read';
const WRITE = 'segmenter-models.write';

const FileSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  file: Type.Unsafe<(typeof MODEL_DOWNLOADS)[number]>({ type: 'string', enum: [...MODEL_DOWNLOADS] }),
});

/**
 * Serves the models of this Node-RED: a list, the files of a version, and what a person may do with them. Whatever touches
 * the models folder is done by a worker.
 */
export function serveModels(RED: NodeAPI): void {
  prepareCheck(ModelChangeSchema);
  prepareCheck(FileSchema);
  const read = RED.auth.needsPermission(READ);
  RED.httpAdmin.get(ROUTE, read, (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal): Promise<ModelsAnswer> => {
      const inventory = await jobAccess(RED).host.run('list-models', {}, { signal });
      return { ...inventory, mayWrite: mayWrite(request, WRITE), uses: modelUses(RED), training: modelsInTraining() };
    });
  });
  RED.httpAdmin.get(`${ROUTE}/file`, read, (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal) => {
      const { name, version, file } = validate(FileSchema, request.query, 'request');
      const found = await jobAccess(RED).host.run('find-model-file', { name, version, file }, { signal });
      await new Promise<void>((resolve, reject) => {
        const filename = `${name}-${version}${path.extname(file)}`;
        response.set('content-disposition', `attachment; filename="${filename}"`);
        response.sendFile(found.path, { dotfiles: 'allow' }, (error?: Error) => (error ? reject(error) : resolve()));
      });
    });
  });
  RED.httpAdmin.post(`${ROUTE}/change`, ...changing(RED, WRITE), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (): Promise<ChangeAnswer> => {
      const change = validate(ModelChangeSchema, request.body, 'request');
      refuseInTraining(change);
      // Who asked may go, the change goes on: half of it is not to be.
      const changed = await jobAccess(RED).host.run('change-models', { change });
      const { do: what, ...of } = change;
      noteChangeBy(RED, request, { what: `model-${what}`, to: of });
      return changed;
    });
  });
}

/** Names of the models whose trainings run or wait here. */
function modelsInTraining(): string[] {
  const jobs = existingJobAccess()?.host.jobs() ?? [];
  return [...new Set(jobs.flatMap(({ job, asker }) => (job === 'train' && asker.subject ? [asker.subject] : [])))];
}

/** A training that waits, or has not saved anything yet, leaves no trace in the folder. */
function refuseInTraining(change: ModelChange): void {
  const whole = change.do === 'rename' || (change.do === 'delete' && change.version === null);
  if (!whole || !modelsInTraining().includes(change.name)) return;
  const message = `${change.name} is being trained: end the training first, or wait for it`;
  throw new SegmenterError('busy', message, { name: change.name });
}
