/** What names of one role have in front of or behind the id, in the last part of the path; one of them is empty. */
export interface Affix {
  prefix: string;
  suffix: string;
}

/** `_seg`, `-mask`, `_cp_masks`: set off, and more than a number, which would tell images apart. */
const SUFFIX = /^[_\-. ][^/A-Za-z]*[A-Za-z][^/]*$/;
/** `excluding_mask_` */
const PREFIX = /^[^/A-Za-z]*[A-Za-z][^/]*(?<=[_\-. ])$/;
/** What a raw image's own name may end in. */
const RAW_ENDING = /[_\-. ](raw|image|img|im|intensity)$/i;

/** So many names are looked at for what they may have around an id. */
const LOOKED_AT = 50;
/** Affixes that all names are tried with, the shortest of those found. */
const MOST_TRIED = 100;

/**
 * The affix that turns most ids into wanted ones; the shortest where several do; null where none turns any.
 */
export function findAffix(ids: readonly string[], wanted: ReadonlySet<string>): Affix | null {
  const candidates = new Map<string, Affix>();
  for (const id of ids.slice(0, LOOKED_AT)) {
    for (const other of wanted) {
      const affix = affixBetween(id, other);
      if (affix) candidates.set(`${affix.prefix}/${affix.suffix}`, affix);
    }
  }
  let best: Affix | null = null;
  let most = 0;
  const shortest = [...candidates.values()].sort((a, b) => length(a) - length(b)).slice(0, MOST_TRIED);
  for (const affix of shortest) {
    const met = ids.filter((id) => wanted.has(stripAffix(id, affix) ?? '')).length;
    if (met > most) [best, most] = [affix, met];
  }
  return best;
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
  const [folder, name] = splitId(id);
  const [wantedFolder, wantedName] = splitId(wanted);
  if (folder !== wantedFolder || !name.endsWith(wantedName)) return null;
  const prefix = name.slice(0, name.length - wantedName.length);
  return PREFIX.test(prefix) ? { prefix, suffix: '' } : null;
}

function length({ prefix, suffix }: Affix): number {
  return prefix.length + suffix.length;
}

function splitId(id: string): [folder: string, name: string] {
  const at = id.lastIndexOf('/') + 1;
  return [id.slice(0, at), id.slice(at)];
}
