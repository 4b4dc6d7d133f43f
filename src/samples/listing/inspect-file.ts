import { openImage, type SourceInfo } from '../../formats';
import type { PageAxis } from '../../image/description';
import { findFiles } from './find-files';
import type { PairingCount } from './list-samples';

/** What one of a file's images is like. */
export interface SceneContents
  extends Pick<SourceInfo, 'sceneName' | 'levels' | 'dtype' | 'channels' | 'pixelSize' | 'acquisition' | 'notes'> {
  scene: number;
}

/** What a file holds, for a person who chooses from it. */
export interface FileContents {
  /** absolute, or an address */
  path: string;
  /** name below the folder that was searched */
  file: string;
  /** images that the path, folder or pattern stands for */
  files: number;
  format: string;
  /** number of scenes in the file; of many the first are described */
  scenes: number;
  described: SceneContents[];
  /** how the files of other roles pair with it, or why that cannot be said; absent where there are none */
  pairing?: PairingCount | { fault: string };
}

const MOST_SCENES = 24;

/**
 * Looks into the first image file that a path, folder or glob pattern stands for; no pixel is read.
 * @param pages what the pages of a TIFF are taken for; absent: what it says
 * @throws SegmenterError as finding and opening the file do
 */
export async function inspectFile(raw: string, roots: readonly string[], pages?: PageAxis): Promise<FileContents> {
  const { files } = await findFiles(raw, 'raw', roots);
  const { path, relative, error } = files.find((file) => !file.error) ?? files[0];
  if (error) throw error;
  const described: SceneContents[] = [];
  for (let scene = 0; ; scene++) {
    const { scenes, format, ...info } = await describeScene(path, scene, pages);
    described.push(info);
    if (described.length >= Math.min(scenes, MOST_SCENES)) {
      return { path, file: relative, files: files.length, format, scenes, described };
    }
  }
}

async function describeScene(
  path: string,
  scene: number,
  pages?: PageAxis,
): Promise<SceneContents & Pick<SourceInfo, 'scenes' | 'format'>> {
  const source = await openImage(path, { scene, pages });
  await source.close();
  const { scenes, format, sceneName, levels, dtype, channels, pixelSize, acquisition, notes } = source.info;
  return { scene, scenes, format, sceneName, levels, dtype, channels, pixelSize, acquisition, notes };
}
