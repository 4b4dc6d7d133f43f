/** What stays together when samples are divided: what is coarser comes first. */
export const GROUP_LEVELS = ['acquisition', 'position', 'file'] as const;
export type GroupLevel = (typeof GROUP_LEVELS)[number];

/** What of a sample tells where it was taken. */
export interface Origin {
  /** with `/` between folders */
  id: string;
  /** of the raw image */
  uri: string;
}

/** A well as B03, or as Opera writes it, r02c03. Row P is left out: P01 is a position as a rule. */
const WELL = /(?<=^|[/_\-. ])(?:[A-O](?:0[1-9]|1\d|2[0-4])|r\d\d+c\d\d+)(?=[/_\-. (]|f\d|$)/;
const BEGIN = '(?:^|[/_\\-. ])';
const NUMBER = '[ _-]?\\d+(?=[/_\\-. )]|[A-Za-z]+\\d|$)';
/** One of several images along time, depth or colour. */
const PLANE = new RegExp(`${BEGIN}(?:time|frame|t|z|channel|ch|c|w|wv)${NUMBER}`, 'i');
/** One of several places of a specimen. */
const PLACE = new RegExp(
  `${BEGIN}(?:position|pos|p|scene|series|s|field|fld|f|site|xy|tile|m|time|frame|t|z|channel|ch|c|w|wv)${NUMBER}`,
  'i',
);

/**
 * The group of a sample, by its id:
 * - `acquisition`: all up to a well name (`B03`, `r02c03`) where it has one, else what stands before the first counter
 *   of places, times or planes (`_P1`, `_s2`, `_t003`, `_z10`, `_field 4`, ...);
 * - `position`: what stands before the first counter of times, planes or channels;
 * - `file`: the raw file.
 * An id without well or counter is a group of its own.
 */
export function groupOf({ id, uri }: Origin, level: GroupLevel): string {
  if (level === 'file') return uri;
  const well = WELL.exec(id);
  const wellEnd = well ? well.index + well[0].length : 0;
  if (well && level === 'acquisition') return id.slice(0, wellEnd);
  // A row of a plate may look like a counter (C12).
  const counter = (level === 'acquisition' ? PLACE : PLANE).exec(id.slice(wellEnd));
  return counter ? id.slice(0, wellEnd + counter.index) : id;
}

/**
 * Indices of the samples by group, in the order of the groups' names. Scenes of one file are never apart.
 * @returns lists of indices into `origins`
 */
export function groupsOf(origins: readonly Origin[], level: GroupLevel): number[][] {
  const groupOfFile = new Map<string, string>();
  const groups = new Map<string, number[]>();
  for (const [i, origin] of origins.entries()) {
    const group = groupOfFile.get(origin.uri) ?? groupOf(origin, level);
    groupOfFile.set(origin.uri, group);
    groups.set(group, [...(groups.get(group) ?? []), i]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, indices]) => indices);
}
