import { pathOfImage } from '../formats';
import type { ForegroundRule, ImageDescription } from '../image/description';
import { foregroundText } from '../masks/foreground-text';
import { parseSceneId } from '../samples/sample-id';
import { fileNameOf } from '../storage/portable-names';
import { maskImage } from './curated-sample';
import type { Shape } from './decision';
import { geoJsonOfShapes, npyOfShapes } from './mask-files';
import type { ReviewRecord } from './record';

/** A used sample as a row of a table with Segmenter ML's columns; paths absolute, masks by their names below the table. */
export interface ManifestRow {
  raw: string;
  seg1: string | null;
  seg2: string | null;
  merge_mask: string | null;
  exclude_mask: string | null;
  base_image: 'seg1' | 'seg2';
  /** of a file of several */
  scene: string | null;
  /** what the pages of its files are taken for, where somebody said so */
  pages: string | null;
  /** what is foreground in seg1 and seg2, where somebody said so */
  foreground: string | null;
  seg2_foreground: string | null;
  /** which of their values are unknown, where there are any */
  unknown: string | null;
  seg2_unknown: string | null;
}

/** A row, the mask files that it names, and what a person should know of it. */
export interface RowParts {
  row: ManifestRow;
  masks: { name: string; content: Uint8Array }[];
  remarks: string[];
}

/** The file of a sample's target, and what of it is unknown. */
export interface MadeTarget extends Pick<ImageDescription, 'unknown'> {
  file: string;
}

/** Tells whether it takes the finished target to say what was decided: polygons through all planes do not tell it. */
export function needsTarget(record: ReviewRecord): boolean {
  const { sample, decision } = record;
  const { base, merge, strokes } = decision;
  return (
    base === 'none' ||
    strokes.length > 0 ||
    merge.some(({ z }) => z) ||
    (merge.length > 0 && maskImage(sample, 'mergeMask') !== null)
  );
}

/**
 * Makes the row of a used sample. What polygons through all planes cannot say (strokes, planes of a merging mask) is
 * said by the finished target, which then stands as seg1. Polygons go as .npy for Segmenter ML, those with planes as
 * GeoJSON, which this project reads and Segmenter ML does not.
 * @param target of the sample, where one was made
 * @returns the row, or why a table cannot hold the sample
 */
export function manifestRow(record: ReviewRecord, target: MadeTarget | null): RowParts | string {
  const { id, sample, decision } = record;
  const { raw, seg1, seg2 } = sample;
  const images = [raw, seg1, seg2].filter((image) => image !== undefined);
  const isPart = images.find((image) => !isWholeScene(image));
  if (isPart) return `${id}: left out, a table names whole scenes of files and ${isPart.uri} is meant in part`;
  // A file of one image serves any scene.
  const other = images.find(({ scene }) => scene !== 0 && scene !== raw.scene);
  if (other)
    return `${id}: left out, a row is of one scene, and ${other.uri} is scene ${other.scene}, not ${raw.scene}`;
  const [pages = null, ...otherPages] = new Set(images.flatMap((image) => image.pages ?? []));
  if (otherPages.length > 0)
    return `${id}: left out, a row says once what pages are: ${[pages, ...otherPages].join(', ')}`;
  const { merge, exclude } = decision;
  const [mergeImage, excludeImage] = [maskImage(sample, 'mergeMask'), maskImage(sample, 'excludeMask')];
  if (excludeImage && exclude.length > 0) return `${id}: left out, it has both a mask image and polygons to exclude`;
  const isMade = needsTarget(record);
  if (isMade && target === null) return `${id}: left out, its target is needed for what was drawn and is not there`;
  const masks: RowParts['masks'] = [];
  const remarks: string[] = [];
  const isOfSeveral = raw.scene > 0 || parseSceneId(id)?.scene === raw.scene;
  if (isOfSeveral) remarks.push(`${id}: is scene ${raw.scene} of its file, of which Segmenter ML does not know`);
  const draw = (shapes: readonly Shape[], image: ImageDescription | null, kind: string) => {
    if (shapes.length === 0) return image && pathOfImage(image);
    const inPlanes = shapes.some(({ z }) => z);
    const name = `masks/${kind}_mask_${fileNameOf(id)}.${inPlanes ? 'geojson' : 'npy'}`;
    if (inPlanes) remarks.push(`${id}: its ${kind} mask has planes of its own, which Segmenter ML does not read`);
    masks.push({ name, content: inPlanes ? Buffer.from(geoJsonOfShapes(shapes)) : npyOfShapes(shapes) });
    return name;
  };
  if (seg1?.unknown || seg2?.unknown) remarks.push(`${id}: has unknown pixels, of which Segmenter ML does not know`);
  const row: ManifestRow = {
    raw: pathOfImage(raw),
    seg1: seg1 ? pathOfImage(seg1) : null,
    seg2: seg2 ? pathOfImage(seg2) : null,
    merge_mask: null,
    exclude_mask: draw(exclude, excludeImage, 'excluding'),
    base_image: decision.base === 'none' ? 'seg1' : decision.base,
    scene: isOfSeveral ? `${raw.scene}` : null,
    pages,
    foreground: textOf(seg1?.foreground),
    seg2_foreground: textOf(seg2?.foreground),
    unknown: textOf(seg1?.unknown),
    seg2_unknown: textOf(seg2?.unknown) ?? (seg1?.unknown && seg2 ? 'none' : null),
  };
  // Every row of a table needs a seg1.
  const { seg2: path2, seg2_foreground: foreground2, seg2_unknown: unknown2 } = row;
  const alone = { seg2: null, base_image: 'seg1', seg2_foreground: null, seg2_unknown: null } as const;
  if (isMade && target)
    Object.assign(row, { ...alone, seg1: target.file, foreground: null, unknown: textOf(target.unknown) });
  else if (row.seg1 === null) Object.assign(row, { ...alone, seg1: path2, foreground: foreground2, unknown: unknown2 });
  else row.merge_mask = draw(merge, mergeImage, 'merging');
  return { row, masks, remarks };
}

function textOf(rule: ForegroundRule | undefined): string | null {
  return rule ? foregroundText(rule) : null;
}

/** One scene of one time series is what a row stands for; the channel is chosen where the table is loaded. */
function isWholeScene({ region, select }: ImageDescription): boolean {
  return region === undefined && select?.t === undefined;
}
