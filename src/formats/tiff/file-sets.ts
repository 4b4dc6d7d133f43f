import path from 'node:path';
import { RandomAccessFile } from '../random-access-file';
import { isTiff, readDirectory, readHeader } from './directory';
import { INDEX_NAME, isNdTiff, readIndex } from './ndtiff/index-file';
import { isOmeXml, type OmeMetadata, parseOmeXml } from './ome/xml';
import { SiblingFiles } from './sibling-files';
import { TAG } from './tags';

const HEAD_BYTES = 16;

/**
 * Lists, of a set of several TIFF files (OME-TIFF, NDTiff), the names of those that each image lies in; empty for a file that is
 * no part of one. Only the first directory and the index of NDTiff are read: a folder may hold thousands of files.
 * @param file a TIFF of the set
 * @throws SegmenterError as opening the file does, CorruptFileError
 */
export async function filesOfImages(file: string): Promise<string[][]> {
  const { description, isOfIndex } = await beginning(file);
  if (isOfIndex) {
    // Each file of a data set gives all of its images.
    const names = await filesOfIndex(file);
    return names.includes(path.basename(file)) ? [names] : [];
  }
  // Parsing takes long where there are many planes.
  if (!isOmeXml(description) || !/\sFileName\s*=|BinaryOnly/.test(description)) return [];
  const stub = parseOmeXml(description, file);
  const ome =
    stub.metadataFile === null
      ? stub
      : parseOmeXml(await new SiblingFiles(file).metadata(stub.metadataFile), stub.metadataFile);
  return filesNamed(ome);
}

/** Lists the TIFFs that a companion file (`.companion.ome`, `NDTiff.index`) names. @throws as {@link filesOfImages} */
export async function filesOfCompanion(file: string): Promise<string[]> {
  if (path.basename(file) === INDEX_NAME) return filesOfIndex(file);
  const ome = parseOmeXml(await new SiblingFiles(file).metadata(path.basename(file)), file);
  return [...new Set(filesNamed(ome).flat())];
}

function filesNamed({ images }: OmeMetadata): string[][] {
  const named = images.map(({ tiffData }) => tiffData.flatMap(({ fileName }) => (fileName === null ? [] : [fileName])));
  return named.map((names) => [...new Set(names)]);
}

async function filesOfIndex(file: string): Promise<string[]> {
  const index = await readIndex(file);
  return [...new Set(index?.entries.map((entry) => entry.file))];
}

/** What the first directory says, or that an index beside the file says it. */
async function beginning(place: string): Promise<{ description: string; isOfIndex: boolean }> {
  const file = await RandomAccessFile.open(place);
  const nothing = { description: '', isOfIndex: false };
  try {
    if (file.size < HEAD_BYTES) return nothing;
    const { buffer, byteOffset } = file.peek(0, HEAD_BYTES, 'the beginning');
    const head = new Uint8Array(buffer, byteOffset, HEAD_BYTES);
    if (isNdTiff(head)) return { ...nothing, isOfIndex: true };
    if (!isTiff(head)) return nothing;
    const tiff = readHeader(file);
    if (tiff.firstDirectory === 0) return nothing;
    const directory = readDirectory(tiff, tiff.firstDirectory, 'directory 0');
    return { ...nothing, description: directory.text(TAG.ImageDescription) ?? '' };
  } finally {
    await file.close();
  }
}
