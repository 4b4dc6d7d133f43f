import { readFile, rm } from 'node:fs/promises';
import { Type } from '#typebox';
import type { ImageDescription } from '../../src/image/description';
import type { TileRequest } from '../../src/image/picture';
import type { JobRunner } from '../../src/jobs/job-types';
import type { DrawnAs } from '../../src/views/open-picture';
import type { AdminResponse } from './request';

const index = Type.Integer({ minimum: 0 });

/** Makes the schema of what a page asks for of the pictures with these names. */
export function tileSchema<Role extends string>(roles: readonly Role[]) {
  return Type.Object({
    image: Type.Unsafe<Role>({ type: 'string', enum: [...roles] }),
    view: Type.Unsafe<TileRequest['view']>({ type: 'string', enum: ['xy', 'xz', 'yz', 'max'] }),
    t: index,
    c: index,
    at: index,
    level: index,
    row: index,
    column: index,
    version: Type.Optional(Type.Unknown()),
  });
}

/** Sends the pixels of a tile, as {@link TileRequest} says; a job makes them. @param purpose null: as they are stored */
export async function sendTile(
  response: AdminResponse,
  host: JobRunner,
  {
    image,
    purpose,
    tile,
  }: { image: ImageDescription; purpose: DrawnAs | null; tile: Omit<TileRequest, 'image' | 'version'> },
  signal: AbortSignal,
): Promise<void> {
  const job = tile.view === 'xy' ? 'picture' : 'stack-picture';
  const file = await host.run(job, { image, purpose, tile }, { signal });
  const pixels = await readFile(file.path).finally(() => rm(file.path, { force: true }));
  response.set({
    'x-dtype': file.dtype,
    'x-shape': file.shape.join(','),
    'content-type': 'application/octet-stream',
  });
  response.end(pixels);
}
