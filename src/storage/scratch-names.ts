import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { SegmenterError } from '../base/errors';
import { toPath } from './paths';

/** Scratch files lie in a folder of this name below the one that is set, so that no other file is ever touched. */
export const SCRATCH_FOLDER = 'segmenter-scratch';

/** `<hint>_<process>-<16 hex digits><extension>`; what is being written has one more ending. */
const FILE = /_(?<pid>\d+)-[0-9a-f]{16}(?:\.[^.]+)*$/;
const PARTIAL = /\.partial(?:-[0-9a-f]+)?$/;

/** Makes a name that no other file has. @param extension with its dot */
export function newScratchName(hint: string, extension: string): string {
  return `${clean(hint)}_${process.pid}-${randomBytes(8).toString('hex')}${extension}`;
}

/** Gives the name of what any process makes of the same things. @param key tells them apart */
export function keyedScratchName(hint: string, key: string, extension: string): string {
  return `${clean(hint)}_0-${createHash('sha256').update(key).digest('hex').slice(0, 16)}${extension}`;
}

function clean(hint: string): string {
  return hint.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(-60) || 'image';
}

/** Tells whether a file of this name was made by a scratch store; `partial` tells one that is still being written. */
export function parseScratchName(name: string): { pid: number; partial: boolean } | null {
  const pid = FILE.exec(name)?.groups?.pid;
  return pid === undefined ? null : { pid: Number(pid), partial: PARTIAL.test(name) };
}

/** Tells whether the path is that of a file in a scratch store, there or gone. */
export function isScratchPath(file: string): boolean {
  return path.basename(path.dirname(file)) === SCRATCH_FOLDER && parseScratchName(path.basename(file)) !== null;
}

/** Tells whether the path is that of a scratch store's folder, or below one. */
export function isInScratch(place: string): boolean {
  return path.resolve(place).split(path.sep).includes(SCRATCH_FOLDER);
}

/**
 * Makes the error for a file that is not there: of one in a scratch store it says what may have become of it and what
 * to do. Readers throw it in place of the system's message.
 */
export function missingFileError(pathOrUri: string, cause?: unknown): SegmenterError {
  const file = toPath(pathOrUri);
  if (!isScratchPath(file)) return new SegmenterError('not-found', `${file}: no such file`, { path: file }, { cause });
  const text =
    `${file} is no longer in the scratch store: it was removed from outside, or by the store to make room for newer results. ` +
    'Run the step that made it again; to keep an image save it right after it is made, or raise the scratch quota';
  return new SegmenterError('not-found', text, { path: file }, { cause });
}
