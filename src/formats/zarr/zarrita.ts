import { bytesPerPixel, DTYPES } from '../../image/dtype';
import { count } from '../../image/region';
import { checkBlosc, checkLz4, crc32c, gunzip, inflate, unzstd } from './byte-codecs';

export type Zarrita = typeof import('zarrita', { with: { 'resolution-mode': 'import' }});
type Bytes = Uint8Array<ArrayBuffer>;
type Codec = Awaited<ReturnType<NonNullable<ReturnType<Zarrita['registry']['get']>>>>;
type ChunkFacts = Parameters<Codec['fromConfig']>[1];

/** Bytes that a chunk may have between two codecs beyond its pixels: headers, checksums, what does not compress. */
const EXTRA_BYTES = 64 * 1024;

let loaded: Promise<Zarrita> | null = null;

/**
 * zarrita, which is a module only `import()` can load. Its decoders of compressed bytes are replaced on first use by
 * ones on Node's zlib and by guards, since its own decode whatever a chunk claims to hold and skip checksums.
 */
export function loadZarrita(): Promise<Zarrita> {
  loaded ??= import('zarrita').then((zarrita) => {
    const { registry } = zarrita;
    const guarded = (check: (bytes: Uint8Array, size: number) => void, names: string[]) => {
      const original = registry.get(names[0]);
      if (original) set(registry, names, async () => guard(await original(), check));
    };
    guarded(checkBlosc, ['blosc', 'numcodecs.blosc']);
    guarded(checkLz4, ['lz4', 'numcodecs.lz4']);
    set(registry, ['gzip', 'numcodecs.gzip'], async () => decoder(gunzip));
    set(registry, ['zlib', 'numcodecs.zlib'], async () => decoder(inflate));
    set(registry, ['zstd', 'numcodecs.zstd'], async () => decoder(unzstd));
    set(registry, ['crc32c'], async () => checksum());
    return zarrita;
  });
  return loaded;
}

function set(registry: Zarrita['registry'], names: string[], load: () => Promise<Codec>): void {
  for (const name of names) registry.set(name, load);
}

/** Bytes that the decoded chunk has at most at any step. */
function limitOf({ dataType, shape }: ChunkFacts): number {
  const size = count(shape) * bytesOfType(dataType);
  return size + Math.ceil(size / 8) + EXTRA_BYTES;
}

function bytesOfType(dataType: string): number {
  if (dataType === 'int64' || dataType === 'uint64') return 8;
  const found = DTYPES.find((dtype) => dtype === dataType);
  return found ? bytesPerPixel(found) : 8;
}

const notWritten = (): never => {
  throw new Error('internal: chunks are encoded elsewhere');
};

function decoder(decode: (bytes: Uint8Array, size: number) => Promise<Bytes>): Codec {
  return {
    fromConfig: (_, facts) => ({
      kind: 'bytes_to_bytes',
      encode: notWritten,
      decode: (bytes: Uint8Array) => decode(bytes, limitOf(facts)),
    }),
  };
}

function guard(original: Codec, check: (bytes: Uint8Array, size: number) => void): Codec {
  return {
    fromConfig(configuration, facts) {
      const codec = original.fromConfig(configuration, facts);
      return {
        kind: 'bytes_to_bytes',
        encode: notWritten,
        decode(bytes: Uint8Array) {
          check(bytes, limitOf(facts));
          return codec.decode(bytes);
        },
      };
    },
  };
}

/** Four bytes behind the data hold its CRC-32C. */
function checksum(): Codec {
  return {
    fromConfig: () => ({
      kind: 'bytes_to_bytes',
      encode: notWritten,
      computeEncodedSize: (size: number) => size + 4,
      decode(bytes: Uint8Array) {
        const end = bytes.byteLength - 4;
        if (end < 0) throw new Error('ends before its checksum');
        const data = bytes.subarray(0, end);
        const stored = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true);
        if (crc32c(data) !== stored) throw new Error('its checksum (CRC-32C) does not fit its bytes');
        return data;
      },
    }),
  };
}
