/** Endings of files that are read as TIFF, longest first where one ends in another. */
export const TIFF_EXTENSIONS = [
  '.ome.tiff',
  '.ome.tif',
  '.ome.btf',
  '.ome.tf2',
  '.ome.tf8',
  '.tiff',
  '.tif',
  '.btf',
  '.tf2',
  '.tf8',
  '.svs',
  '.qptiff',
] as const;

/** The endings an image file may have; whatever lists or names files goes by these. */
export const IMAGE_EXTENSIONS = [...TIFF_EXTENSIONS, '.czi', '.ome.zarr', '.zarr', '.png', '.jpeg', '.jpg'] as const;
export type ImageExtension = (typeof IMAGE_EXTENSIONS)[number];

/** Endings of images that this package does not read, by the program or maker they are of. */
const UNREAD: Readonly<Record<string, string>> = {
  '.nd2': 'Nikon NIS-Elements',
  '.lif': 'Leica LAS X',
  '.xlef': 'Leica LAS X',
  '.lof': 'Leica LAS X',
  '.lsm': 'ZEISS ZEN black',
  '.zvi': 'ZEISS AxioVision',
  '.oib': 'Olympus FluoView',
  '.oif': 'Olympus FluoView',
  '.oir': 'Evident (Olympus) cellSens and FluoView',
  '.vsi': 'Evident (Olympus) cellSens',
  '.ims': 'Imaris',
  '.stk': 'MetaMorph',
  '.dv': 'DeltaVision',
  '.r3d': 'DeltaVision',
  '.mrc': 'electron microscopes (MRC)',
  '.ndpi': 'Hamamatsu NanoZoomer',
  '.vms': 'Hamamatsu NanoZoomer',
  '.scn': 'Leica SCN',
  '.bif': 'Ventana BIF',
  '.mrxs': '3DHISTECH',
  '.dcm': 'DICOM',
  '.nii': 'NIfTI',
  '.nii.gz': 'NIfTI',
  '.h5': 'HDF5',
  '.hdf5': 'HDF5',
  '.bmp': 'Windows bitmaps',
  '.gif': 'GIF',
  '.webp': 'WebP',
  '.jp2': 'JPEG 2000',
  '.npy': 'NumPy',
  '.npz': 'NumPy',
  '.zarr.zip': 'zipped Zarr',
};
const UNREAD_ENDINGS = Object.keys(UNREAD);

/** What holds the metadata of a set of TIFF files, and no pixels: of OME-TIFF, of NDTiff. */
const COMPANION = /.\.companion\.ome$|(?:^|[\\/])NDTiff\.index$/i;

/** Endings that take no part in an id: those of images, and of polygon files that pair with them. */
const STRIPPED = [...IMAGE_EXTENSIONS, '.npy'];

/** Finds the image ending of a file name in lower case, or null. Case does not matter. */
export function imageExtension(name: string): ImageExtension | null {
  return endingOf(name, IMAGE_EXTENSIONS) ?? null;
}

/** Tells whether a file is named as an image of a format that is not read. */
export function isUnreadImage(name: string): boolean {
  return refusalOf(name) !== null;
}

/**
 * Words why files named like this one are not read, and what to do instead; null for any other. The same text for all of an
 * ending.
 */
export function refusalOf(name: string): string | null {
  const ending = imageExtension(name) === null ? endingOf(name, UNREAD_ENDINGS) : undefined;
  if (ending === undefined) return null;
  return `${ending} is a format of ${UNREAD[ending]} that is not read; export it as OME-TIFF, or convert it with Bio-Formats: bfconvert NAME${ending} NAME.ome.tiff`;
}

/** Tells whether a file is named as the metadata of a set of TIFF files. */
export function isCompanion(name: string): boolean {
  return COMPANION.test(name);
}

/**
 * Strips the image ending off a path below the input root, which makes it an image's id, with `/` between folders.
 * `plate1\A02.ome.tif` gives `plate1/A02`, and `plate1.ome.zarr/A/1/0`, which lies in an image, `plate1/A/1/0`.
 */
export function withoutImageExtension(relativePath: string): string {
  const ending = endingOf(relativePath, STRIPPED) ?? '';
  const withSlashes = relativePath.slice(0, relativePath.length - ending.length).replaceAll('\\', '/');
  return withSlashes.replace(/(?<=[^/])(\.ome)?\.zarr(?=\/)/gi, '');
}

function endingOf<T extends string>(name: string, endings: readonly T[]): T | undefined {
  const lower = name.toLowerCase();
  return endings.find((ending) => lower.endsWith(ending) && lower.length > ending.length);
}

/** What a format that is written is called. */
interface WriteFormatRow {
  /** that a name may have; the first is given to one that has none */
  endings: readonly [string, ...string[]];
  /** an image is a folder of many files */
  isFolder?: true;
}

const ZARR = { endings: ['.ome.zarr', '.zarr'], isFolder: true } as const;

/** Every format that is written; a new one is a row here and a writer in `image-writer.ts`. */
const ROWS = {
  'ome-tiff': { endings: ['.ome.tiff', '.ome.tif'] },
  tiff: { endings: ['.tiff', '.tif'] },
  'ome-zarr': ZARR,
  'ome-zarr-v2': ZARR,
  png: { endings: ['.png'] },
} as const satisfies Record<string, WriteFormatRow>;
export type WriteFormat = keyof typeof ROWS;
export const WRITE_FORMATS: Readonly<Record<WriteFormat, WriteFormatRow>> = ROWS;

/** What each file that this package writes names as its software: in a tag, an attribute, the EXIF data. */
export const OWN_MARK = 'node-red-segmenter';

/** Ends the names of files that say how the result beside them came about. */
export const PROVENANCE_ENDING = '.provenance.json';
