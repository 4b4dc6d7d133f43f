/** What went wrong, as a closed set a flow can branch on (`msg.error.code`). */
export type ErrorCode =
  | 'invalid-input' // a value from a user, a message or a file name is not what was expected
  | 'not-found' // a file, model or channel that does not exist
  | 'not-allowed' // a path outside the allowed roots, or no permission
  | 'corrupt-file' // a file that breaks its format's rules or is truncated
  | 'changed' // a file that is no longer the one that was loaded
  | 'unsupported' // a valid file or request that this version does not handle
  | 'exists' // a result that would overwrite another
  | 'busy' // a queue is full
  | 'disk-full' // no room on a disk, or a disk quota is used up
  | 'timeout' // a disk or network share that does not answer
  | 'cancelled' // stopped by the user, a redeploy or a shutdown
  | 'worker-lost' // a child process ended before it answered
  | 'engine' // the compute engine refused or failed
  | 'internal'; // a state that cannot be reached by any input

/** What a disk or share that was taken away answers, instead of not answering. */
const AWAY = { code: 'timeout', text: 'the disk or network share is away, or fails' } as const;
/** What another program has open, or the system has no room to open. */
const TAKEN = { code: 'busy', text: 'in use by another program' } as const;

/** What a failed file operation comes to: the code a flow can branch on, and the words for people, by the system's code. */
export const FILE_ERRORS: Readonly<Record<string, { code: ErrorCode; text: string }>> = {
  ENOENT: { code: 'not-found', text: 'no such file or folder' },
  ENOTDIR: { code: 'not-found', text: 'a part of the path is a file, not a folder' },
  EISDIR: { code: 'invalid-input', text: 'is a folder, expected a file' },
  ENAMETOOLONG: { code: 'invalid-input', text: 'the name is too long for this disk' },
  EACCES: { code: 'not-allowed', text: 'no permission' },
  EPERM: { code: 'not-allowed', text: 'no permission' },
  EROFS: { code: 'not-allowed', text: 'the disk is read-only' },
  ENOSPC: { code: 'disk-full', text: 'the disk is full' },
  EDQUOT: { code: 'disk-full', text: 'the disk quota is used up' },
  EFBIG: { code: 'not-allowed', text: 'the file is larger than this disk or a limit allows' },
  EEXIST: { code: 'exists', text: 'exists already' },
  EMFILE: { code: 'busy', text: 'too many files are open' },
  ENFILE: { code: 'busy', text: 'too many files are open' },
  EBUSY: TAKEN,
  EAGAIN: TAKEN,
  EIO: AWAY,
  ENXIO: AWAY,
  ENODEV: AWAY,
  ESTALE: AWAY,
  ENOTCONN: AWAY,
  ECONNRESET: AWAY,
  ECONNABORTED: AWAY,
  ETIMEDOUT: AWAY,
  EHOSTDOWN: AWAY,
  EHOSTUNREACH: AWAY,
  ENETDOWN: AWAY,
  ENETUNREACH: AWAY,
};
