import { RandomAccessFile } from '../random-access-file';
import { isCzi, readFileHeader } from './file-header';

const HEAD_BYTES = 16;

/** Whether a file is the second or a later part of a CZI of several files. @throws SegmenterError as opening does */
export async function isLaterPart(path: string): Promise<boolean> {
  const file = await RandomAccessFile.open(path);
  try {
    if (file.size < HEAD_BYTES) return false;
    const { buffer, byteOffset } = file.peek(0, HEAD_BYTES, 'the beginning');
    return isCzi(new Uint8Array(buffer, byteOffset, HEAD_BYTES)) && readFileHeader(file).filePart > 0;
  } finally {
    await file.close();
  }
}
