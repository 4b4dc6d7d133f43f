import type { EditorPage, SettingNames } from '../editor/page';
import type { PositionsSettings } from './settings';

export const page: EditorPage<SettingNames<PositionsSettings>> = {
  name: 'positions',
  color: '#F3B567',
  outputs: 2,
  rows: [
    { name: 'of', icon: 'crosshairs' },
    { name: 'rank', icon: 'sort-amount-desc', shownFor: { field: 'of', values: ['objects'] } },
    { name: 'most', icon: 'list-ol', reason: 'most', shownFor: { field: 'of', values: ['objects'] } },
    { name: 'inside', shownFor: { field: 'of', values: ['objects'] } },
    { name: 'travel', icon: 'road', shownFor: { field: 'of', values: ['objects'] } },
    { name: 'scans', icon: 'repeat', reason: 'scans', shownFor: { field: 'of', values: ['image'] } },
    { name: 'distance', icon: 'arrows-h', reason: 'number0' },
    { name: 'form', icon: 'share-square-o' },
    { name: 'sequence', icon: 'file-code-o', shownFor: { field: 'form', values: ['useq'] } },
    {
      section: 'stage',
      rows: [
        { name: 'orientation', icon: 'compass' },
        { name: 'flipX', shownFor: { field: 'orientation', values: ['axes'] } },
        { name: 'flipY', shownFor: { field: 'orientation', values: ['axes'] } },
        {
          name: 'rotation',
          icon: 'rotate-right',
          reason: 'degrees',
          shownFor: { field: 'orientation', values: ['axes'] },
        },
        { name: 'points', icon: 'map-pin', shownFor: { field: 'orientation', values: ['calibration', 'fiducials'] } },
        { name: 'flipZ' },
        { name: 'stage', icon: 'map-marker' },
        { name: 'anchor', icon: 'dot-circle-o' },
      ],
    },
    { section: 'run', rows: [{ name: 'run', icon: 'flag-o' }] },
  ],
};
