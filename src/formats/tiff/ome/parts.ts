import path from 'node:path';
import { RandomAccessFile } from '../../random-access-file';
import { readDirectory } from '../directory';
import { isTiff, readHeader } from '../header';
import { SiblingFiles } from '../sibling-files';
import { TAG } from '../tags';
import { isOmeXml, type OmeMetadata, parseOmeXml } from './xml';

const HEAD_BYTES = 16;

/**
 * Of an OME-TIFF set of several files the names of those that each image lies in; empty for a file that is no part of
 * one. Only the first directory is read: a folder may hold thousands of files.
 * @param file a TIFF of the set
 * @throws SegmenterError as opening the file does, CorruptFileError
 */
export async function filesOfImages(file: string): Promise<string[][]> {
  const description = await firstDescription(file);
  // Parsing takes long where there are many planes.
  if (!isOmeXml(description) || !/\sFileName\s*=|BinaryOnly/.test(description)) return [];
  const stub = parseOmeXml(description, file);
  const ome =
    stub.metadataFile === null
      ? stub
      : parseOmeXml(await new SiblingFiles(file).metadata(stub.metadataFile), stub.metadataFile);
  return filesNamed(ome);
}

/** The TIFFs that a companion file (`.companion.ome`) names. @throws as {@link filesOfImages} */
export async function filesOfCompanion(file: string): Promise<string[]> {
  const ome = parseOmeXml(await new SiblingFiles(file).metadata(path.basename(file)), file);
  return [...new Set(filesNamed(ome).flat())];
}

function filesNamed({ images }: OmeMetadata): string[][] {
  const named = images.map(({ tiffData }) => tiffData.flatMap(({ fileName }) => (fileName === null ? [] : [fileName])));
  return named.map((names) => [...new Set(names)]);
}

async function firstDescription(place: string): Promise<string> {
  const file = await RandomAccessFile.open(place);
  try {
    if (file.size < HEAD_BYTES) return '';
    const { buffer, byteOffset } = file.peek(0, HEAD_BYTES, 'the beginning');
    if (!isTiff(new Uint8Array(buffer, byteOffset, HEAD_BYTES))) return '';
    const tiff = readHeader(file);
    if (tiff.firstDirectory === 0) return '';
    return readDirectory(tiff, tiff.firstDirectory, 'directory 0').text(TAG.ImageDescription) ?? '';
  } finally {
    await file.close();
  }
}
