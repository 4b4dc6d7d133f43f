import type { EditorPage, SettingNames } from '../editor/page';
import type { GateSettings } from './settings';

export const page: EditorPage<SettingNames<GateSettings>> = {
  name: 'gate',
  color: '#E2D96E',
  outputs: 4,
  rows: [
    { name: 'reviewDice', icon: 'eye', reason: 'share' },
    { name: 'alarmDice', icon: 'ban', reason: 'share' },
    { name: 'unlike', icon: 'random' },
    {
      section: 'bounds',
      rows: [
        { name: 'leastForeground', icon: 'long-arrow-down', reason: 'percent' },
        { name: 'mostForeground', icon: 'long-arrow-up', reason: 'percent' },
        { name: 'leastObjects', icon: 'long-arrow-down', reason: 'whole0' },
        { name: 'mostObjects', icon: 'long-arrow-up', reason: 'whole0' },
      ],
    },
    { section: 'drift', rows: [{ name: 'instrument', icon: 'line-chart' }] },
  ],
};
