import { SegmenterError } from '../base/errors';

/** Who has which folder open in this process. */
const owners = new Map<string, string>();

/**
 * Claims a review folder for one node: two would send each other's samples, and each would forget what the other sent.
 * @param folder its real path
 * @param owner what the node is called in errors
 * @param signal set when the node stops: then the folder is free again
 * @returns a function that gives the folder back before
 * @throws SegmenterError `busy` naming the node that has it
 */
export function claimFolder(folder: string, owner: string, signal: AbortSignal): () => void {
  signal.throwIfAborted();
  const other = owners.get(folder);
  if (other !== undefined) {
    const message = `${folder}: the node ${other} keeps its curation there; expected a folder of this node alone`;
    throw new SegmenterError('busy', message, { folder, other });
  }
  owners.set(folder, owner);
  const release = () => {
    signal.removeEventListener('abort', release);
    owners.delete(folder);
  };
  signal.addEventListener('abort', release);
  return release;
}
