import { rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { Type } from '#typebox';
import { prepareCheck, validate, words } from '../../src/base/schema';
import { EXPORT_FORMATS } from '../../src/exchange/export-formats';
import { OriginSchema } from '../../src/exchange/export-settings';
import { ImportSettingsSchema, readTyped, type TypedSettings } from '../../src/exchange/import-settings';
import { checkModelName } from '../../src/models/model-name';
import { jobAccess } from '../job-host-access';
import { answer, answerOwnSite, changing } from './answer';
import { noteChangeBy } from './changes';
import type { ImportAnswer } from './tab-api';
import { keepUpload } from './upload';

const ROUTE = '/segmenter/models';
/** What a browser may send. */
const MOST_UPLOAD_BYTES = 2 ** 29;
/** Carries what a person should know of a file that is sent, as encoded JSON. */
const NOTES_HEADER = 'x-segmenter-notes';

const ExportSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  format: words(EXPORT_FORMATS),
  author: Type.Optional(Type.String({ maxLength: 200 })),
  licence: Type.Optional(Type.String({ maxLength: 64 })),
});
const text = Type.Optional(Type.String({ maxLength: 1000 }));
/** A person's fields, in the address of what is sent. */
const ImportSchema = Type.Object({
  ...{ name: Type.String({ maxLength: 100 }), file: Type.String({ minLength: 1, maxLength: 1000 }) },
  ...{ axes: text, outputAxes: text, channels: text, normalisation: text, activation: text, output: text },
  ...{ threshold: text, tile: text, step: text, pixelSize: text },
});

/**
 * Serves models for other programs, and takes models of others. What is written or run of them is so in a worker's process;
 * nothing of an upload is read in this one.
 */
export function serveExchange(RED: NodeAPI): void {
  prepareCheck(ExportSchema);
  prepareCheck(ImportSchema);
  prepareCheck(OriginSchema);
  prepareCheck(ImportSettingsSchema);
  const read = RED.auth.needsPermission('segmenter-models.read');
  RED.httpAdmin.get(`${ROUTE}/export`, read, (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal) => {
      const { name, version, format, author = '', licence = '' } = validate(ExportSchema, request.query, 'request');
      const authors = author.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
      const said = {
        ...(authors.length > 0 ? { authors } : {}),
        ...(licence.trim() ? { licence: licence.trim() } : {}),
      };
      const origin = validate(OriginSchema, said, 'request');
      const model = { name: checkModelName(name), version };
      const made = await jobAccess(RED).host.run('export-model', { model, format, origin }, { signal });
      try {
        await new Promise<void>((resolve, reject) => {
          response.set('content-disposition', `attachment; filename="${made.filename}"`);
          response.set(NOTES_HEADER, encodeURIComponent(JSON.stringify(made.notes)));
          response.sendFile(made.path, { dotfiles: 'allow' }, (error?: Error) => (error ? reject(error) : resolve()));
        });
      } finally {
        await rm(made.path, { force: true });
      }
    });
  });
  RED.httpAdmin.post(`${ROUTE}/import`, ...changing(RED, 'segmenter-models.write'), (request, response) => {
    answerOwnSite(response);
    return answer(response, async (signal): Promise<ImportAnswer> => {
      const { file, ...typed } = validate(ImportSchema, request.query, 'request');
      const settings = validate(ImportSettingsSchema, readTyped(typed as TypedSettings), 'request');
      checkModelName(settings.name);
      const { host, settings: folders } = jobAccess(RED);
      const kept = await keepUpload(request, folders, file, MOST_UPLOAD_BYTES);
      try {
        const { model, warnings, tested } = await host.run(
          'import-model',
          { file: kept, called: file, settings },
          { signal },
        );
        const { name, version, sha256 } = model;
        noteChangeBy(RED, request, { what: 'model-import', of: `${name}@${version}`, to: { file, sha256 } });
        return { name, version, warnings, tested };
      } finally {
        await rm(kept, { force: true });
      }
    });
  });
}
