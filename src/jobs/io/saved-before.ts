import { type ImageReader, pathOfImage, WRITE_FORMATS } from '../../formats';
import { wholeHash } from '../../provenance/content-hash';
import { findKnown, noteCopy, noteKnown } from '../../provenance/known-results';
import { describePrograms } from '../../provenance/programs';
import { recordPath } from '../../provenance/record';
import { type ResultKey, readingOf, resultKey } from '../../samples/result-key';
import { passTimeouts } from '../../storage/outside-files';
import type { JobInput } from '../job-types';
import type { JobContext } from '../protocol';
import type { JobFiles } from './job-files';
import { hashOfImage, unlessInVain } from './known';

interface Saving {
  reader: ImageReader;
  /** where it goes */
  target: string;
  input: JobInput<'save-image'>;
  context: JobContext<'save-image'>;
}

/** Whether an image was saved to the same place in the same way before and still lies there, byte for byte, with the same record. */
export class SavedBefore {
  private constructor(
    private readonly files: JobFiles,
    private readonly saving: Saving,
    private readonly key: ResultKey,
    /** of the image's own file */
    private readonly content: string,
  ) {}

  /** @returns null where nobody asks, an existing file is an error whatever it holds, or the image has no one file */
  static async of(files: JobFiles, saving: Saving): Promise<SavedBefore | null> {
    const { reader, target, input, context } = saving;
    const { role, id, raw, origin, settings, known } = input;
    const { folder: _, filename: __, png: ___, existing, ...written } = settings;
    if (!known || existing === 'error' || WRITE_FORMATS[settings.format].isFolder) return null;
    // The files of objects beside it are written with it, whatever lies there.
    if (settings.objects !== undefined && settings.objects !== 'none') return null;
    const content = await hashOfImage(files, reader, context.signal);
    if (content === null) return null;
    const key = resultKey('save-image', content, null, {
      ...{ target, role, id, written, origin: origin ? decisive(origin) : null, raw: raw ?? null },
      image: readingOf(reader.desc),
      programs: await describePrograms(),
    });
    return new SavedBefore(files, saving, key, content);
  }

  /** @returns when it was saved, ISO 8601; null: it was not, or what is there is something else by now */
  async find(): Promise<string | null> {
    const { input, context } = this.saving;
    const known = input.known === 'give' ? await findKnown(this.files.scratch, this.key) : null;
    if (!known) return null;
    const now = this.places.map((file) => wholeHash(file, context.signal).catch(passTimeouts(null)));
    const isSame = (await Promise.all(now)).every((hash, i) => hash !== null && hash === known.files[i]?.sha256);
    return isSame ? known.made : null;
  }

  /** Keeps in mind that it is saved; of a result of the scratch store also that this is a copy of it. */
  async note(): Promise<void> {
    const { reader, target, context } = this.saving;
    const { scratch } = this.files;
    await unlessInVain(async () => {
      const hashed = this.places.map(async (path) => ({ path, sha256: await wholeHash(path, context.signal) }));
      const files = await Promise.all(hashed);
      await noteKnown(scratch, { key: this.key, made: new Date().toISOString(), output: null, files });
      const isWhole = reader.desc.region === undefined && reader.desc.select === undefined;
      if (isWhole && scratch.owns(pathOfImage(reader.desc))) {
        await noteCopy(scratch, this.content, { path: target, sha256: files[0].sha256 });
      }
    });
  }

  /** The result, and the record beside it where there is to be one. */
  private get places(): string[] {
    const { target, input } = this.saving;
    return input.origin && input.raw ? [target, recordPath(target)] : [target];
  }
}

/** What of an origin decides the result and what its record says of it; not when and how quickly it was computed, now or before. */
function decisive({ steps, ...origin }: NonNullable<JobInput<'save-image'>['origin']>) {
  return { ...origin, steps: steps.map(({ at: _, computed: __, ...step }) => step) };
}
