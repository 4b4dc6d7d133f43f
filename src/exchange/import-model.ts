import path from 'node:path';
import { UnsupportedError } from '../base/errors';
import type { Engine } from '../engines/engine';
import { lookAt, readFile } from '../storage/outside-files';
import { resolveInRoots } from '../storage/roots';
import { readZip } from '../storage/zip/read-zip';
import type { PackageSource } from './bioimageio/read-package';
import { importPackage } from './import-package';
import { importPlain } from './import-plain';
import { type ImportSettings, MOST_IMPORT_BYTES } from './import-settings';
import type { ImportedModel } from './imported-card';

/** Packages hold some dozen files; more than they are said to is never unpacked. */
const ZIP_LIMITS = { files: 1000, bytes: 2 * MOST_IMPORT_BYTES };
const ZIP_BEGINS = Buffer.from('PK');

/**
 * Takes a model from elsewhere: an ONNX file, or a package of bioimage.io, as ZIP file or folder. To be run in a process that may die.
 * @param place of the file or folder
 * @param roots that it must lie in
 * @param called in errors
 * @throws SegmenterError `not-found`, `not-allowed`; as {@link importPlain} and {@link importPackage}
 */
export async function importModel(
  place: string,
  settings: ImportSettings,
  engine: Engine,
  roots: readonly string[],
  called: string = path.basename(place),
): Promise<ImportedModel> {
  const real = await resolveInRoots(place, roots);
  const status = await lookAt(real);
  if (status?.isDirectory()) return importPackage(folderSource(real, called), settings, engine);
  const bytes = await readWhole(real, MOST_IMPORT_BYTES);
  if (bytes.subarray(0, 2).equals(ZIP_BEGINS)) return importPackage(zipSource(bytes, called), settings, engine);
  return importPlain(bytes, called, settings, engine);
}

function zipSource(bytes: Uint8Array, name: string): PackageSource {
  const files = readZip(bytes, name, ZIP_LIMITS);
  const names = [...files.keys()];
  const description = names.find((file) => /(^|\/)(bioimageio|rdf)\.yaml$/.test(file)) ?? '';
  // Some are packed with the folder that they lay in.
  const folder = description.slice(0, description.lastIndexOf('/') + 1);
  return { name, read: async (file) => files.get(folder + file)?.read() ?? null };
}

function folderSource(folder: string, name: string): PackageSource {
  return {
    name,
    read: async (file) => {
      // What a description names, or a link leads to, stays within its folder.
      const real = await resolveInRoots(path.join(folder, file), [folder]);
      return (await lookAt(real)) === null ? null : readWhole(real, MOST_IMPORT_BYTES);
    },
  };
}

async function readWhole(file: string, most: number): Promise<Buffer> {
  const size = (await lookAt(file))?.size ?? 0;
  if (size > most) throw new UnsupportedError(path.basename(file), `${size} bytes; expected at most ${most}`);
  return readFile(file);
}
