import { readFile } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import { canonicalJson } from '../../src/base/plain-json';
import type { JobInput } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { asVerdict } from '../../src/trust/verdict';
import { flowOf } from '../results-access';
import { imageOf } from '../sample-message';
import { registerSampleNode } from '../sample-node';
import { placeOf } from '../typed-property';
import type { Work } from '../work';
import { claimPlace } from './saved-places';
import { SaveImageSettings } from './settings';

export = (RED: NodeAPI): void => {
  registerSampleNode(RED, {
    type: 'segmenter-save-image',
    settings: SaveImageSettings,
    isResult: true,
    step: async (work, sample) => {
      const {
        image: role,
        format,
        existing,
        compression,
        layout,
        provenance,
        png,
        pngTo,
        objects,
        objectClass,
        place: where,
      } = work.settings;
      const image = imageOf(sample, role);
      const folder = await work.text('folder');
      if (folder === undefined) throw new InvalidInputError(placeOf(work.property('folder')), 'a folder', folder);
      const filename = (await work.text('filename')) ?? null;
      const settings = {
        folder,
        filename,
        format,
        existing,
        compression,
        layout,
        png,
        ...(role === 'labels' ? { objects, objectClass, place: where } : {}),
      };
      // A name that a person chose may be meant to be replaced by whatever comes.
      const place = filename === null ? canonicalJson([folder, role, format, sample.id]) : null;
      const release = place === null ? () => undefined : claimPlace(place, sample, folder);
      const result = await work
        .run('save-image', {
          image,
          role,
          id: sample.id,
          raw: sample.raw,
          settings,
          known: work.known,
          ...(provenance ? { origin: originOf(work, sample) } : {}),
        })
        .catch((error: unknown) => {
          release();
          throw error;
        });
      for (const note of result.notes ?? []) work.warn(note);
      const saved = { ...sample.saved, [role]: result.path };
      const bytes = png && result.png ? await readFile(result.png) : null;
      return {
        sample: { saved },
        finish: (msg) => bytes && RED.util.setMessageProperty(msg, pngTo, bytes, true),
        isKnown: result.known !== undefined,
        status: { key: result.skipped ? 'skipped' : 'saved' },
      };
    },
  });
};

/** What the record beside the result says of it. */
function originOf(
  { RED, node }: Work<(typeof SaveImageSettings)['static']>,
  { steps = [], verdict: said }: Sample,
): JobInput<'save-image'>['origin'] {
  const { id, type, name = '' } = node;
  const verdict = asVerdict(said);
  return {
    steps,
    ...(verdict ? { verdict } : {}),
    node: { id, type, name, flow: flowOf(RED, node) },
  };
}
