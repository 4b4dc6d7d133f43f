import path from 'node:path';
import { imageId as withoutExtension } from '../formats/extensions';

/**
 * The id of an image: its path below the input root without its image extension, with `/` between folders.
 * @param file absolute path
 * @param root absolute path of the folder that was given
 */
export function imageId(file: string, root: string): string {
  return idOfName(path.relative(root, file));
}

/**
 * The id a file name stands for; the endings of polygon files go too, and what is left of `.ome.tif` in names that
 * Segmenter ML makes of an image's (`excluding_mask_A02.ome.npy`).
 */
export function idOfName(relative: string): string {
  const polygons = /\.(npy|json|geojson)$/i;
  if (!polygons.test(relative)) return withoutExtension(relative);
  return withoutExtension(relative.replace(polygons, '')).replace(/(?<=[^/])\.ome$/i, '');
}

/** The id of one scene; files with one scene keep their id. */
export function sceneId(id: string, scene: number, scenes: number): string {
  return scenes > 1 ? `${id}_s${scene}` : id;
}
