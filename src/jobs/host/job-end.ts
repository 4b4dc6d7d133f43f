/** How a job is told to end: made once, where it comes in, and passed down to its process. */
export interface JobEnd {
  /** set when it shall end with CancelledError, by who asked for it or because its host ends */
  readonly cancel: AbortSignal;
  /** set when it shall finish early with what it has */
  readonly stop?: AbortSignal;
  /** set with either: what has nothing to keep yet ends by both */
  readonly either: AbortSignal;
}

/**
 * Does work that ends with the asker's signals and with its host's. Nothing of it stays at any of them, where
 * AbortSignal.any would leave a trace of every job at signals that live as long as the host.
 */
export async function withJobEnd<T>(
  { signal, stop }: { signal?: AbortSignal; stop?: AbortSignal },
  closing: AbortSignal,
  work: (end: JobEnd) => Promise<T>,
): Promise<T> {
  const [cancelled, ended] = [new AbortController(), new AbortController()];
  const onStop = () => ended.abort();
  const onCancel = () => {
    cancelled.abort();
    ended.abort();
  };
  const listeners = [
    { source: signal, listener: onCancel },
    { source: closing, listener: onCancel },
    { source: stop, listener: onStop },
  ];
  for (const { source, listener } of listeners) {
    if (source?.aborted) listener();
    source?.addEventListener('abort', listener, { once: true });
  }
  try {
    return await work({ cancel: cancelled.signal, stop, either: ended.signal });
  } finally {
    for (const { source, listener } of listeners) source?.removeEventListener('abort', listener);
  }
}
