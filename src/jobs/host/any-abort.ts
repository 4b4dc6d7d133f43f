/**
 * Does work with a signal that is set as soon as one of the sources is. Nothing of it stays at a source, where
 * AbortSignal.any would leave a trace of every job at signals that live as long as the host.
 */
export async function withAnyAbort<T>(
  sources: Array<AbortSignal | undefined>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const source of sources) {
    if (source?.aborted) abort();
    source?.addEventListener('abort', abort, { once: true });
  }
  try {
    return await work(controller.signal);
  } finally {
    for (const source of sources) source?.removeEventListener('abort', abort);
  }
}
