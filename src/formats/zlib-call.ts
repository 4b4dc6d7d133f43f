/** A function of zlib that works in a thread of its own and tells by a callback. */
export type ZlibFunction = (
  bytes: Uint8Array,
  options: object,
  done: (error: Error | null, result: Uint8Array<ArrayBuffer>) => void,
) => void;

/** Calls a function of zlib. @throws what zlib tells, where the bytes are damaged or more come out than they may */
export function callZlib(work: ZlibFunction, bytes: Uint8Array, options: object): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    work(bytes, options, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
