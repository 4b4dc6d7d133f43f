import path from 'node:path';
import { messageOf, SegmenterError, throwIfCancelled } from '../../base/errors';
import type { ImageDescription } from '../../image/description';
import type { ModelCard } from '../../models/card';
import { MODEL_FILES, modelFolder } from '../../models/layout';
import { readCard } from '../../models/read-card';
import { versionNumber } from '../../models/version-name';
import type { ComparedFile } from '../../reports/evaluation-matter';
import { evaluationReport } from '../../reports/evaluation-report';
import type { ShownPicture } from '../../reports/pictures';
import { readReport, requireReport } from '../../reports/report-file';
import { softwareOf } from '../../reports/software';
import { reportTexts } from '../../reports/texts';
import { writeFileAtomic } from '../../storage/atomic-file';
import { lookAt } from '../../storage/outside-files';
import { toPath } from '../../storage/paths';
import { recordData } from '../../training/data/data-hash';
import { TRAINING_DEFAULTS } from '../../training/settings';
import { openPicture } from '../../views/open-picture';
import { drawOverlay } from '../../views/overlay';
import { CHANNEL_COLOURS } from '../../views/overlay-colours';
import { JobFiles } from '../io/job-files';
import { limitsOf } from '../io/limits';
import type { JobInput } from '../job-types';
import type { JobContext, JobImplementation } from '../protocol';

/** Pixels of the longer side of a picture: about what a page shows. */
const PICTURE = 560;
/** Bytes of files that are hashed, and seconds that it may take. */
const MOST_HASHED = 2 ** 30;
const HASH_SECONDS = 20;

type Input = JobInput<'report'>;
type Context = JobContext<'report'>;

/** Writes the report of a sequence of compared images as one HTML file. */
export const reportJob: JobImplementation<'report'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const total = input.pictures.length + 1;
    const pictures: ShownPicture[] = [];
    for (const picture of input.pictures) {
      pictures.push(await draw(files, input, picture, context));
      context.progress({ done: pictures.length, total, text: 'drawing the pictures of the report' });
    }
    const matter = {
      cards: await cardsOf(files, input),
      pictures,
      files: await hashedFiles(input, context),
      software: softwareOf(),
      defaults: TRAINING_DEFAULTS,
      made: new Date(),
    };
    const page = evaluationReport(input, matter, reportTexts(context.settings.language ?? 'en'));
    const bytes = Buffer.from(page, 'utf8');
    const path = await write(files, input, bytes);
    await keepWithModel(files, input, context, bytes);
    return { path, bytes: bytes.byteLength };
  });

/** What cannot be drawn is said in the picture's place: the numbers are there all the same. */
async function draw(
  files: JobFiles,
  { rows }: Input,
  { kind, row, found, weight }: Input['pictures'][number],
  context: Context,
): Promise<ShownPicture> {
  const { id, dice, raw, truth } = rows[row];
  const shown = { kind, id, dice };
  try {
    if (!raw || !truth) throw new SegmenterError('internal', 'the request does not say where the image is');
    const open = async (image: ImageDescription, purpose: 'segmentation' | null) =>
      openPicture(await files.image(image), purpose, (place) => files.path(place));
    const picture = await open(raw, null);
    const channels = Math.min(picture.shape[1], CHANNEL_COLOURS.length);
    const { png, z } = await drawOverlay(
      {
        raw: picture,
        found: {
          kind: found.kind,
          picture: await open(found.image, found.kind === 'mask' ? 'segmentation' : null),
          threshold: 0.5,
        },
        truth: await open(truth, 'segmentation'),
        weight: weight && (await open(weight, null)),
      },
      {
        ...{ channels: Array.from({ length: channels }, (_, c) => c), t: 0, z: 'middle' },
        ...{ longest: PICTURE, style: 'overlay' },
      },
      { signal: context.signal, limits: limitsOf(context) },
    );
    return { ...shown, png, plane: z === null || picture.shape[2] === 1 ? null : z + 1, missing: null };
  } catch (error) {
    throwIfCancelled(context.signal, 'the report');
    return { ...shown, png: null, plane: null, missing: messageOf(error) };
  }
}

/** Models that lie elsewhere now are told of by their names alone. */
async function cardsOf(files: JobFiles, { models }: Input): Promise<ModelCard[]> {
  const cards: ModelCard[] = [];
  for (const { uri, sha256 } of models) {
    const card = await files
      .path(uri)
      .then((folder) => readCard(folder, files.roots))
      .catch(() => null);
    if (card?.sha256 === sha256) cards.push(card);
  }
  return cards;
}

/** Lists the compared files, with hashes as far as there is time for them. */
async function hashedFiles({ rows }: Input, { signal }: Context): Promise<ComparedFile[]> {
  const end = performance.now() + 1000 * HASH_SECONDS;
  let bytes = 0;
  const listed: ComparedFile[] = [];
  for (const { id, raw, truth } of rows) {
    if (!raw || !truth) continue;
    throwIfCancelled(signal, 'the report');
    bytes += (raw.file?.size ?? 0) + (truth.file?.size ?? 0);
    const isCheap = bytes <= MOST_HASHED && performance.now() < end;
    // A file that is gone, or was overwritten, is no longer the one that was compared.
    const records = isCheap ? await recordData([{ id, raw, target: truth }], () => '').catch(() => []) : [];
    const images = records[0]?.images;
    listed.push({
      id,
      raw: { uri: raw.uri, sha256: images?.raw?.sha256 ?? null },
      truth: { uri: truth.uri, sha256: images?.target?.sha256 ?? null },
    });
  }
  return listed;
}

/**
 * Writes the page where it was asked for, or into the scratch store.
 * @throws SegmenterError `exists` for a file that is no report: only a report gives way to another
 */
async function write(files: JobFiles, { file, title }: Input, bytes: Buffer): Promise<string> {
  if (file === null) {
    const scratch = await files.newFile(title || 'report', '.html', bytes.byteLength);
    await writeFileAtomic(scratch.path, bytes, scratch.options);
    return scratch.path;
  }
  const named = toPath(file);
  const target = await files.path(/\.html?$/i.test(named) ? named : `${named}.html`);
  if (await lookAt(target)) await requireReport(target);
  await writeFileAtomic(target, bytes, { existing: 'replace' });
  return target;
}

/**
 * Leaves a copy with the model that found all that was compared, where it lies in the models folder: what is in the scratch store
 * goes one day. A folder that takes none, and a model that is gone, cost no report.
 */
async function keepWithModel(
  files: JobFiles,
  { models, isOfOneModel }: Input,
  { settings }: Context,
  bytes: Buffer,
): Promise<void> {
  const [model] = models;
  if (!isOfOneModel || versionNumber(model.version) === null) return;
  try {
    const folder = await files.path(model.uri);
    const own = await files.path(path.join(modelFolder(settings.modelsFolder, model.name), model.version));
    if (folder !== own || (await readCard(folder, files.roots)).sha256 !== model.sha256) return;
    const target = path.join(folder, MODEL_FILES.evaluation);
    if (await lookAt(target)) await requireReport(target);
    await writeFileAtomic(target, bytes, { existing: 'replace' });
  } catch {
    // The report itself is where it was asked for.
  }
}

/** Hands a report over for being shown: of nothing but what this package wrote. */
export const readReportJob: JobImplementation<'read-report'> = (input, context) =>
  JobFiles.use(context, async (files) => {
    const file = 'file' in input ? input.file : reportOfModel(context.settings.modelsFolder, input);
    const bytes = await readReport(await files.path(file));
    return { path: await files.scratch.handOver(bytes, 'report', '.html') };
  });

function reportOfModel(
  modelsFolder: string,
  { model: { name, version }, of }: Extract<JobInput<'read-report'>, { model: unknown }>,
): string {
  if (versionNumber(version) === null) {
    throw new SegmenterError('not-found', `model ${name}: expected a version such as v3, got ${version}`, {
      name,
      version,
    });
  }
  return path.join(modelFolder(modelsFolder, name), version, MODEL_FILES[of === 'training' ? 'report' : 'evaluation']);
}
