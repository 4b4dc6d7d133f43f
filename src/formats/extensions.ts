/** The endings an image file may have, longest first where one ends in another. */
export const IMAGE_EXTENSIONS = [
  '.ome.tiff',
  '.ome.tif',
  '.ome.zarr',
  '.tiff',
  '.tif',
  '.czi',
  '.zarr',
  '.png',
  '.jpeg',
  '.jpg',
] as const;
export type ImageExtension = (typeof IMAGE_EXTENSIONS)[number];

/** Endings that take no part in an id: those of images, and of polygon files that pair with them. */
const STRIPPED = [...IMAGE_EXTENSIONS, '.npy'];

/** The image ending of a file name in lower case, or null. Case does not matter. */
export function imageExtension(name: string): ImageExtension | null {
  const lower = name.toLowerCase();
  return IMAGE_EXTENSIONS.find((extension) => lower.endsWith(extension) && lower.length > extension.length) ?? null;
}

/**
 * A path below the input root as an image's id: without its image ending, with `/` between folders.
 * `plate1\A02.ome.tif` gives `plate1/A02`, and `plate1.ome.zarr/A/1/0`, which lies in an image, `plate1/A/1/0`.
 */
export function imageId(relativePath: string): string {
  const lower = relativePath.toLowerCase();
  const ending = STRIPPED.find((extension) => lower.endsWith(extension) && lower.length > extension.length) ?? '';
  const withSlashes = relativePath.slice(0, relativePath.length - ending.length).replaceAll('\\', '/');
  return withSlashes.replace(/(?<=[^/])(\.ome)?\.zarr(?=\/)/gi, '');
}
