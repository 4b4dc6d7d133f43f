import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { isRecord } from '../base/plain-json';
import { readText } from '../storage/outside-files';
import { OWN_MARK, WRITE_FORMATS, type WriteFormat } from './extensions';
import { RandomAccessFile } from './random-access-file';
import { readDocument } from './tiff/document';

/** A PNG's EXIF data stand before its pixels. */
const PNG_HEAD_BYTES = 16_384;

/**
 * Tells whether this package wrote an image and nothing else has written it since: other programs put in their own name, or none.
 * What cannot be read was not.
 * @throws SegmenterError `timeout` where its disk does not answer
 */
export async function isOwnImage(file: string, format: WriteFormat): Promise<boolean> {
  try {
    if (WRITE_FORMATS[format].isFolder) return await isOwnZarr(file);
    return await (format === 'png' ? isOwnPng(file) : isOwnTiff(file));
  } catch (error) {
    if (error instanceof SegmenterError && error.code === 'timeout') throw error;
    return false;
  }
}

async function isOwnTiff(place: string): Promise<boolean> {
  const file = await RandomAccessFile.open(place);
  try {
    return (await readDocument(file)).software === OWN_MARK;
  } finally {
    await file.close();
  }
}

async function isOwnPng(place: string): Promise<boolean> {
  const file = await RandomAccessFile.open(place);
  try {
    const { buffer, byteOffset, byteLength } = file.peek(0, Math.min(file.size, PNG_HEAD_BYTES), 'the beginning');
    return Buffer.from(buffer, byteOffset, byteLength).includes(OWN_MARK);
  } finally {
    await file.close();
  }
}

/** Version 0.5 keeps its attributes in `zarr.json`, 0.4 in `.zattrs`. */
async function isOwnZarr(folder: string): Promise<boolean> {
  const attributes = await readText(path.join(folder, 'zarr.json'))
    .then((text) => (JSON.parse(text) as { attributes?: unknown }).attributes)
    .catch(async () => JSON.parse(await readText(path.join(folder, '.zattrs'))) as unknown);
  return isRecord(attributes) && OWN_MARK in attributes;
}
