import { parseSceneId } from '../sample-id';

/** What names of one role have in front of or behind the id, in the last part of the path; one of them is empty. */
export interface Affix {
  prefix: string;
  suffix: string;
}

/** The image that a name stands for, and the scene where the name has one. */
export interface Owner {
  id: string;
  scene: number | null;
}

/** `_seg`, `-mask`, `_cp_masks`: set off, and more than a number, which would tell images apart. */
const SUFFIX = /^[_\-. ][^/A-Za-z]*[A-Za-z][^/]*$/;
/** `excluding_mask_` */
const PREFIX = /^[^/A-Za-z]*[A-Za-z][^/]*(?<=[_\-. ])$/;
/** What a raw image's own name may end in. */
const RAW_ENDING = /[_\-. ](raw|image|img|im|intensity)$/i;
/** What `sceneId` puts behind an id. */
const SCENE = /_s\d{1,6}(?![A-Za-z0-9])/g;

/** So many names are looked at for what they may have around an id. */
const LOOKED_AT = 50;
/** Affixes that all names are tried with, the shortest of those found. */
const MOST_TRIED = 100;

/**
 * The affix that turns most ids into wanted ones, or into those of their scenes; the shortest where several do; null
 * where none turns any.
 * @param wanted ids by the names that stand for them
 */
export function findAffix(ids: readonly string[], wanted: ReadonlyMap<string, string>): Affix | null {
  const candidates = new Map<string, Affix>();
  for (const id of ids.slice(0, LOOKED_AT)) {
    const scenes = ['', ...(id.match(SCENE) ?? [])];
    for (const other of wanted.keys()) {
      for (const scene of scenes) {
        const affix = affixBetween(id, other + scene);
        if (affix) candidates.set(`${affix.prefix}/${affix.suffix}`, affix);
      }
    }
  }
  let best: Affix | null = null;
  let most = 0;
  const shortest = [...candidates.values()].sort((a, b) => length(a) - length(b)).slice(0, MOST_TRIED);
  for (const affix of shortest) {
    const met = ids.filter((id) => ownerOf(id, affix, wanted) !== null).length;
    if (met > most) [best, most] = [affix, met];
  }
  return best;
}

/** The wanted id that an id stands for without the affix, itself or by one of its scenes (`slide_s1`); null for none. */
export function ownerOf(id: string, affix: Affix | null, wanted: ReadonlyMap<string, string>): Owner | null {
  const bare = affix ? stripAffix(id, affix) : id;
  if (bare === null) return null;
  const whole = wanted.get(bare);
  if (whole !== undefined) return { id: whole, scene: null };
  const ofScene = parseSceneId(bare);
  const file = ofScene && wanted.get(ofScene.id);
  return ofScene && file ? { id: file, scene: ofScene.scene } : null;
}

/** The scene of a raw image that a file of its own is named for (`slide_s1_mask` of `slide`), by names without folders; null for none. */
export function sceneNamed(name: string, raw: string): number | null {
  for (const known of [raw, raw.slice(0, raw.length - (commonRawSuffix([raw])?.length ?? 0))]) {
    const wanted = new Map([[known, known]]);
    const owner = ownerOf(name, null, wanted) ?? ownerOf(name, findAffix([name], wanted), wanted);
    if (owner) return owner.scene;
  }
  return null;
}

/** The id without the affix, or null where it does not have it. */
export function stripAffix(id: string, { prefix, suffix }: Affix): string | null {
  const start = id.lastIndexOf('/') + 1;
  const name = id.slice(start);
  if (name.length <= prefix.length + suffix.length || !name.startsWith(prefix) || !name.endsWith(suffix)) return null;
  return id.slice(0, start) + name.slice(prefix.length, name.length - suffix.length);
}

/** The ending such as `_raw` that all ids share, or null. */
export function commonRawSuffix(ids: readonly string[]): string | null {
  const ending = RAW_ENDING.exec(ids[0] ?? '')?.[0];
  return ending !== undefined && ids.every((id) => id.endsWith(ending) && id.length > ending.length) ? ending : null;
}

function affixBetween(id: string, wanted: string): Affix | null {
  if (id.startsWith(wanted)) {
    const suffix = id.slice(wanted.length);
    return SUFFIX.test(suffix) ? { prefix: '', suffix } : null;
  }
  // Most names have nothing in common.
  const name = wanted.slice(wanted.lastIndexOf('/') + 1);
  if (!id.endsWith(name)) return null;
  const [folder, whole] = splitId(id);
  if (folder.length + name.length !== wanted.length || !wanted.startsWith(folder) || !whole.endsWith(name)) return null;
  const prefix = whole.slice(0, whole.length - name.length);
  return PREFIX.test(prefix) ? { prefix, suffix: '' } : null;
}

function length({ prefix, suffix }: Affix): number {
  return prefix.length + suffix.length;
}

function splitId(id: string): [folder: string, name: string] {
  const at = id.lastIndexOf('/') + 1;
  return [id.slice(0, at), id.slice(at)];
}
