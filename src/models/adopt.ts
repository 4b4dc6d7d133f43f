import { CorruptFileError, SegmenterError } from '../base/errors';
import { type ModelCard, ModelCardSchema } from './card';
import { findRequested } from './find-requested';
import { MODEL_FILES, momentsPath, weightsPath } from './layout';
import { hashBytes } from './model-file';
import { publishModel } from './publish';
import { parseCard } from './read-card';
import type { ResolvedModel } from './resolve';
import { isTrainingLogName } from './training-file';

/** What publishing fills in. */
const FILLED_IN = Object.keys(ModelCardSchema.properties).filter((name) =>
  /^(format|formatVersion|version|created|externalData)$|sha256$/i.test(name),
);

/**
 * Publishes a model that another machine trained, from its files: the same bytes under the next version here. One that was
 * asked for as this one was, and is here, is given again.
 * @param files by their names in the model's folder
 * @throws CorruptFileError where a file is not as the card says; as {@link publishModel}
 */
export async function adoptModel(
  modelsFolder: string,
  name: string,
  files: ReadonlyMap<string, Buffer>,
  roots: readonly string[],
): Promise<ResolvedModel> {
  const read = (file: string): Buffer => {
    const bytes = files.get(file);
    if (!bytes) throw new SegmenterError('not-found', `the model ${name} that was sent has no ${file}`, { file });
    return bytes;
  };
  const card = parseCard(read(MODEL_FILES.card).toString('utf8'), MODEL_FILES.card);
  if (card.name !== name) throw new SegmenterError('changed', `expected the model ${name}, was sent ${card.name}`);
  const known = card.request && (await findRequested(modelsFolder, name, card.request, roots));
  if (known) return known;
  const onnx = checked(MODEL_FILES.network, read(MODEL_FILES.network), card.sha256);
  const weights = vectorOf(files, weightsPath('.'), card.weightsSha256);
  const moments = vectorOf(files, momentsPath('.'), card.momentsSha256);
  const report = files.get(MODEL_FILES.report)?.toString('utf8');
  return publishModel(modelsFolder, {
    card: Object.fromEntries(Object.entries(card).filter(([key]) => !FILLED_IN.includes(key))) as ModelCard,
    ...{ onnx, created: new Date(card.created), metricsCsv: read(MODEL_FILES.metrics).toString('utf8') },
    log: new Map([...files].filter(([file]) => isTrainingLogName(file))),
    ...(report === undefined ? {} : { report: ({ version }) => withVersion(report, card, version) }),
    ...(weights ? { weights } : {}),
    ...(moments ? { moments } : {}),
  });
}

/** A report says of which version it is, by a number that counted elsewhere. */
function withVersion(report: string, { name, version: before }: ModelCard, version: string): string {
  return report.replaceAll(`${name}@${before}`, (text, at: number) =>
    /\d/.test(report[at + text.length] ?? '') ? text : `${name}@${version}`,
  );
}

function vectorOf(
  files: ReadonlyMap<string, Buffer>,
  name: string,
  sha256: string | undefined,
): Float32Array<ArrayBuffer> | null {
  const bytes = files.get(name);
  if (!bytes) return null;
  const copy = Uint8Array.from(checked(name, bytes, sha256));
  if (copy.length % Float32Array.BYTES_PER_ELEMENT !== 0) throw new CorruptFileError(name, 'is no list of float32');
  return new Float32Array(copy.buffer);
}

function checked(name: string, bytes: Buffer, expected: string | undefined): Buffer {
  const found = hashBytes(bytes);
  if (found === expected?.toLowerCase()) return bytes;
  throw new CorruptFileError(name, `sha256 is ${found}, its card says ${expected ?? 'none'}`, { expected, found });
}
