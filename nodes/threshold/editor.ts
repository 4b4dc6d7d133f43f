import { readDecimal } from '../../src/base/numbers';
import { IMAGE_ROLES } from '../../src/samples/image-roles';
import { type EditorPage, imageRow, type SettingNames } from '../editor/page';
import type { ThresholdNodeSettings } from './settings';

export const page: EditorPage<SettingNames<(typeof ThresholdNodeSettings)['static']>> = {
  name: 'threshold',
  color: '#D8BFD8',
  rows: [
    imageRow('from', IMAGE_ROLES),
    { name: 'method', icon: 'bar-chart' },
    {
      name: 'value',
      icon: 'minus',
      check: (value, { valueType }) => valueType !== 'num' || readDecimal(value) !== null,
      reason: 'number',
      shownFor: { field: 'method', values: ['value'] },
    },
    { name: 'model', icon: 'cube', models: 'known', shownFor: { field: 'method', values: ['model'] } },
    { name: 'touching', icon: 'object-ungroup' },
    { name: 'minSize', icon: 'filter', reason: 'blankOrWhole0' },
    { name: 'fillHoles' },
    { name: 'label' },
    { name: 'track', shownFor: { field: 'label', values: [true] } },
    {
      section: 'advanced',
      rows: [
        { name: 'connectivity', icon: 'share-alt' },
        { name: 'force', icon: 'refresh' },
      ],
    },
  ],
};
