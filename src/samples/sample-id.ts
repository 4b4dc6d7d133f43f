import path from 'node:path';
import { withoutImageExtension } from '../formats/extensions';
import { composed } from './names';

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
 * Segmenter ML makes of an image's (`excluding_mask_A02.ome.npy`). However a disk spells it, it is one id.
 */
export function idOfName(relative: string): string {
  const name = composed(relative);
  const polygons = /\.(npy|json|geojson)$/i;
  if (!polygons.test(name)) return withoutImageExtension(name);
  return withoutImageExtension(name.replace(polygons, '')).replace(/(?<=[^/])\.ome$/i, '');
}

/** The id of the image that a segmentation belongs to: `labels/NAME` in an OME-Zarr image are its segmentations. */
export function idOfSegmentation(relative: string): string {
  const labels = /^(.*)\/labels\/[^/]+$/.exec(relative.replaceAll('\\', '/'));
  const isInImage = labels !== null && /[^/]\.zarr(\/|$)/i.test(labels[1]);
  return idOfName(isInImage ? labels[1] : relative);
}

/** The id of one scene; files with one scene keep their id. */
export function sceneId(id: string, scene: number, scenes: number): string {
  return scenes > 1 ? `${id}_s${scene}` : id;
}

/** The file's id and the scene in what {@link sceneId} made; null for any other id. */
export function parseSceneId(id: string): { id: string; scene: number } | null {
  const match = /^(.*[^/])_s(\d{1,6})$/.exec(id);
  return match && { id: match[1], scene: Number(match[2]) };
}
