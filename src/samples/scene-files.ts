import { SegmenterError } from '../base/errors';
import type { OtherRole, SampleEntry } from './request';

const SEGMENTATIONS = ['seg1', 'seg2'] as const;
const OTHER_ROLES = ['seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;

/** Which scenes of an entry's raw file are samples. */
export interface ChosenScenes {
  scenes: number[];
  /** what a person should know: scenes that are left out */
  notes: string[];
}

/**
 * The scenes that an entry stands for: the one it names, else all; where segmentations are of single scenes, those that
 * have theirs. A scene that a file is named for and the raw file does not have is among them: opening it fails.
 * @param count how many scenes the raw file has
 */
export function scenesOf(entry: SampleEntry, count: number): ChosenScenes {
  if (entry.scene !== null) return { scenes: [entry.scene], notes: [] };
  const all = Array.from({ length: count }, (_, scene) => scene);
  const { ofScenes = [] } = entry;
  // The one scene of a file takes what is named for any.
  if (count === 1 && ofScenes.length <= 1) return { scenes: all, notes: [] };
  const lacking = (scene: number) => SEGMENTATIONS.filter((role) => isSplit(entry, role) && !has(entry, role, scene));
  const scenes = all.filter((scene) => lacking(scene).length === 0);
  const left = all.filter((scene) => lacking(scene).length > 0);
  const unknown = ofScenes.map(({ scene }) => scene).filter((scene) => scene >= count);
  const roles = SEGMENTATIONS.filter((role) => left.some((scene) => lacking(scene).includes(role)));
  const notes =
    left.length === 0 ? [] : [`left out for want of ${roles.join(' and ')}: ${ranges(left)} of ${entry.raw}`];
  return { scenes: [...scenes, ...unknown].sort((a, b) => a - b), notes };
}

/**
 * The files of one scene: its own where it has some, else those of the whole raw file.
 * @throws SegmenterError `not-found` where all segmentations of a role belong to other scenes, `invalid-input` for the
 *   files of a scene that the raw file does not have
 */
export function filesOfScene(entry: SampleEntry, scene: number, count: number): Partial<Record<OtherRole, string>> {
  const { ofScenes = [] } = entry;
  const only = count === 1 && ofScenes.length === 1 ? ofScenes[0] : undefined;
  const own = ofScenes.find((each) => each.scene === scene) ?? only;
  if (entry.scene === null && scene >= count) throw beyond(entry, scene, count);
  const files: Partial<Record<OtherRole, string>> = {};
  for (const role of OTHER_ROLES) {
    const file = own?.[role] ?? entry[role];
    if (file !== undefined) files[role] = file;
    else if (isSegmentation(role) && isSplit(entry, role)) throw missing(entry, role, scene);
  }
  return files;
}

function isSegmentation(role: OtherRole): boolean {
  return (SEGMENTATIONS as readonly OtherRole[]).includes(role);
}

/** Whether a file belongs to this scene and no other: the entry is of that scene, or the file is named so. */
export function isOfScene(entry: SampleEntry, file: string, scene: number): boolean {
  if (entry.scene !== null) return true;
  const own = (entry.ofScenes ?? []).find((each) => each.scene === scene);
  return own !== undefined && OTHER_ROLES.some((role) => own[role] === file);
}

/** Whether a role has files of single scenes. */
function isSplit({ ofScenes = [] }: SampleEntry, role: OtherRole): boolean {
  return ofScenes.some((each) => each[role] !== undefined);
}

function has(entry: SampleEntry, role: OtherRole, scene: number): boolean {
  return entry[role] !== undefined || (entry.ofScenes ?? []).some((each) => each.scene === scene && each[role]);
}

function beyond({ raw, ofScenes = [] }: SampleEntry, scene: number, count: number): SegmenterError {
  const own = ofScenes.find((each) => each.scene === scene);
  const file = OTHER_ROLES.map((role) => own?.[role]).find((each) => each !== undefined);
  const text = `${file} is named for scene ${scene}; ${raw} has ${count === 1 ? 'one scene, 0' : `scenes 0 to ${count - 1}`}`;
  return new SegmenterError('invalid-input', text, { scene, path: file, raw });
}

function missing({ id, raw, ofScenes = [] }: SampleEntry, role: OtherRole, scene: number): SegmenterError {
  const others = ofScenes.filter((each) => each[role] !== undefined).map((each) => each.scene);
  const text = `${role} of scene ${scene} of ${raw}: expected a file named ${id}_s${scene}, found those of ${ranges(others)}`;
  return new SegmenterError('not-found', text, { role, scene, path: raw });
}

/** `scenes 0, 2-5` */
function ranges(scenes: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < scenes.length; i++) {
    const from = scenes[i];
    while (scenes[i + 1] === scenes[i] + 1) i++;
    parts.push(from === scenes[i] ? `${from}` : `${from}-${scenes[i]}`);
  }
  return `scene${scenes.length === 1 ? '' : 's'} ${parts.join(', ')}`;
}
