import path from 'node:path';
import { InvalidInputError, SegmenterError } from '../../src/base/errors';
import type { HostSettings } from '../../src/jobs/job-types';
import { AtomicFile } from '../../src/storage/atomic-file';
import { Scratch } from '../../src/storage/scratch';
import type { AdminRequest } from './request';

/** So much of a file's name is kept, for people who look into the scratch folder. */
const LONGEST_NAME = 60;
const ENDING = /\.[A-Za-z0-9]{1,8}$/;

/**
 * Keeps what a browser sends as a file of the scratch store, piece by piece; whoever asked removes it.
 * @param filename as the browser calls it
 * @param most bytes that are taken
 * @returns its path
 * @throws InvalidInputError for more; SegmenterError `cancelled` where the browser went away, and as the scratch store does
 */
export async function keepUpload(
  request: AdminRequest,
  { scratchFolder, scratchQuotaMB }: Pick<HostSettings, 'scratchFolder' | 'scratchQuotaMB'>,
  filename: string,
  most: number,
): Promise<string> {
  const refuse = (bytes: number): never => {
    throw new InvalidInputError('upload', `a file of at most ${most} bytes`, bytes);
  };
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > most) refuse(stated);
  const name = path.basename(filename);
  const ending = ENDING.exec(name)?.[0] ?? '';
  const store = await Scratch.open({ folder: scratchFolder, quotaMB: scratchQuotaMB, housekeeping: false });
  const hint = name.slice(0, name.length - ending.length).slice(0, LONGEST_NAME) || 'upload';
  const { path: target, options } = await store.newFile(hint, ending, Math.max(stated, 0));
  const file = await AtomicFile.create(target, options);
  try {
    let at = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
      if (at + piece.length > most) refuse(at + piece.length);
      await file.write(piece, at);
      at += piece.length;
    }
    if (at === 0) throw new InvalidInputError('upload', 'a file with something in it', '0 bytes');
    if (stated > 0 && at !== stated) throw new SegmenterError('cancelled', `${name} came only in part`);
  } catch (error) {
    await file.abort();
    throw error;
  }
  await file.commit();
  return target;
}
