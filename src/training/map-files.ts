import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { product } from '../base/numbers';
import { MAPS_FOLDER } from '../models/layout';
import { writeFileAtomic } from '../storage/atomic-file';
import { readFile } from '../storage/outside-files';
import type { ObservedMap, ObservedObjects, PlaceOfImage } from './observer';
import { type KeptMap, type KeptObjects, packMap, packObjects, unpackMap, unpackObjects } from './validation/kept-maps';

/** Voxels of one map, and of all that one training keeps: two bytes each, before they are compressed. */
const MOST_EACH = 2 ** 27;
const MOST = 2 ** 29;

/** Maps in a training's folder, of what is judged by weights that had not learned from it. */
export class MapFiles {
  private kept = 0;

  constructor(private readonly folder: string) {}

  /** Keeps a map in place of the one before; nothing where there is no room. */
  async keepMap(map: ObservedMap): Promise<void> {
    if (this.takes(product(map.pixels.size))) await this.write(map, map.form, await packMap(map));
  }

  /** Keeps what tells objects apart, likewise. */
  async keepObjects(objects: ObservedObjects): Promise<void> {
    if (this.takes(product(objects.size))) await this.write(objects, 'objects', await packObjects(objects));
  }

  /** Reads a map. @returns null where none was kept, or it is damaged: whoever judges by it can do without */
  map(place: PlaceOfImage, form: string): Promise<KeptMap | null> {
    return this.read(place, form, unpackMap);
  }

  /** Reads what tells objects apart, likewise. */
  objects(place: PlaceOfImage): Promise<KeptObjects | null> {
    return this.read(place, 'objects', unpackObjects);
  }

  private takes(voxels: number): boolean {
    if (voxels > MOST_EACH || this.kept + voxels > MOST) return false;
    this.kept += voxels;
    return true;
  }

  private async write(place: PlaceOfImage, form: string, bytes: Uint8Array): Promise<void> {
    await mkdir(path.join(this.folder, MAPS_FOLDER), { recursive: true });
    await writeFileAtomic(this.pathOf(place, form), bytes, { existing: 'replace', sync: false });
  }

  private async read<T>(
    place: PlaceOfImage,
    form: string,
    unpack: (bytes: Uint8Array, name: string) => Promise<T>,
  ): Promise<T | null> {
    const file = this.pathOf(place, form);
    return readFile(file)
      .then((bytes) => unpack(bytes, file))
      .catch(() => null);
  }

  private pathOf({ fold, index }: PlaceOfImage, form: string): string {
    return path.join(this.folder, MAPS_FOLDER, `${fold}-${index}-${form}.map`);
  }
}
