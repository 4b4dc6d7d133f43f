import { CorruptFileError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { asciiAt, int64At } from './binary';

/** A CZI file is a chain of segments; each begins with 32 bytes of id, allocated size and used size. */
export const SEGMENT_HEADER = 32;

export interface Segment {
  id: string;
  /** where its data begin, behind the header */
  start: number;
  /** bytes from `start` to the next segment */
  allocated: number;
  /** bytes that hold data */
  used: number;
}

/** @throws CorruptFileError where no segment header lies at the position */
export function segmentAt(file: RandomAccessFile, position: number, what: string): Segment {
  const view = file.peek(position, SEGMENT_HEADER, `the header of ${what}`);
  const id = asciiAt(view, 0, 16);
  const allocated = int64At(view, 16, file, `the allocated size of ${what}`);
  const used = int64At(view, 24, file, `the used size of ${what}`);
  // Old files state no used size.
  return { id, start: position + SEGMENT_HEADER, allocated, used: used === 0 ? allocated : Math.min(used, allocated) };
}

/** A segment that must have a certain id. @throws CorruptFileError naming what was found at the position */
export function expectSegment(file: RandomAccessFile, position: number, id: string, what: string): Segment {
  const segment = segmentAt(file, position, what);
  if (segment.id === id) return segment;
  throw new CorruptFileError(file.path, `${what} at byte ${position} should be ${id}, found "${segment.id}"`, {
    offset: position,
  });
}

/** All segments from the start of the file; ends quietly at the first that is none, as after a crashed acquisition. */
export function* walkSegments(file: RandomAccessFile): Generator<Segment & { position: number }> {
  for (let position = 0; position + SEGMENT_HEADER <= file.size; ) {
    let segment: Segment;
    try {
      segment = segmentAt(file, position, `the segment at byte ${position}`);
    } catch (error) {
      if (error instanceof CorruptFileError) return;
      throw error;
    }
    if (!/^[A-Z]/.test(segment.id)) return;
    yield { ...segment, position };
    if (segment.allocated <= 0) return;
    position = segment.start + segment.allocated;
  }
}
