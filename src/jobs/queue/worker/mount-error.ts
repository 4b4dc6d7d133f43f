import { SegmenterError } from '../../../base/errors';

/**
 * This machine cannot do a job that another may do: a folder is missing or mounted wrongly, or what the job needs cannot be
 * fetched from here.
 */
export class MountError extends SegmenterError {
  override readonly name = 'MountError';
}
