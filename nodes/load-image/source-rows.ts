import { parseForeground, parseUnknown } from '../../src/masks/foreground-text';
import { isReadBy, type Row } from '../editor/page';
import { parseTime } from './choices';
import type { LoadImageSettings } from './settings';

type SourceRow = Row<keyof LoadImageSettings>;

const foreground = { icon: 'adjust', check: isReadBy(parseForeground), reason: 'foreground' };

const unknown = { icon: 'question-circle-o', check: isReadBy(parseUnknown), reason: 'unknown' };

/** The rows of what is loaded, and how: load-image's, and of curate those of the samples that it puts up itself. */
export const SOURCE_ROWS = [
  { name: 'raw', icon: 'picture-o', browse: 'images' },
  { name: 'seg1', icon: 'object-group', browse: 'images' },
  { name: 'seg2', icon: 'object-group', browse: 'images' },
  { name: 'mergeMask', icon: 'clone', browse: 'images' },
  { name: 'excludeMask', icon: 'ban', browse: 'images' },
  {
    name: 'manifest',
    icon: 'table',
    browse: 'tables',
    check: (value, { raw }) => value.trim() === '' || String(raw ?? '').trim() === '',
    reason: 'oneSource',
  },
  { name: 'leaveOut' },
  { name: 'rawChannel', icon: 'sliders' },
  { name: 'seg1Channel', icon: 'sliders' },
  { name: 'seg2Channel', icon: 'sliders' },
  { name: 'foreground', ...foreground },
  { name: 'seg2Foreground', ...foreground },
  { name: 'unknown', ...unknown },
  { name: 'seg2Unknown', ...unknown },
  { name: 'scene', icon: 'th-large', reason: 'blankOrWhole0' },
  { name: 'pages', icon: 'files-o' },
  { name: 'time', icon: 'clock-o', check: isReadBy(parseTime), reason: 'time' },
] as const satisfies readonly SourceRow[];

/** The rows of what file names end with and is left out for pairing. */
export const SUFFIX_ROWS = [
  { name: 'rawSuffix', icon: 'scissors' },
  { name: 'seg1Suffix', icon: 'scissors' },
  { name: 'seg2Suffix', icon: 'scissors' },
  { name: 'mergeMaskSuffix', icon: 'scissors' },
  { name: 'excludeMaskSuffix', icon: 'scissors' },
] as const satisfies readonly SourceRow[];
