import type { TiffDocument } from '../document';
import type { TiffScene } from '../scene';
import { imageJScenes, isImageJ } from './imagej';
import { isMicroManager, microManagerScenes } from './micro-manager';
import { hasNamedPages, namedScenes, plainScenes } from './plain';
import { isScanImage, scanImageScenes } from './scanimage';
import { isScifio, scifioScenes } from './scifio';
import { isTifffile, tifffileScenes } from './tifffile';
import { aperioScenes, isAperio, isQptiff, qptiffScenes } from './whole-slide';

/** A way in which programs say what the pages of their TIFF files are. */
interface Dialect {
  recognises(document: TiffDocument): boolean;
  scenes(document: TiffDocument): TiffScene[];
}

/** The first that recognises a file reads it; a new dialect is a row. */
const DIALECTS: readonly Dialect[] = [
  { recognises: isImageJ, scenes: imageJScenes },
  { recognises: isScifio, scenes: scifioScenes },
  { recognises: isAperio, scenes: aperioScenes },
  { recognises: isQptiff, scenes: qptiffScenes },
  { recognises: isScanImage, scenes: scanImageScenes },
  { recognises: isMicroManager, scenes: microManagerScenes },
  { recognises: isTifffile, scenes: tifffileScenes },
  { recognises: hasNamedPages, scenes: namedScenes },
];

/** Reads the images of a TIFF without OME-XML, by the metadata of the program that wrote it. */
export function dialectScenes(document: TiffDocument): TiffScene[] {
  const dialect = DIALECTS.find(({ recognises }) => recognises(document));
  return dialect ? dialect.scenes(document) : plainScenes(document);
}
