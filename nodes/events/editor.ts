import type { EditorPage, SettingNames } from '../editor/page';
import type { EventsSettings } from './settings';

export const page: EditorPage<SettingNames<EventsSettings>> = {
  name: 'events',
  color: '#C0DEED',
  inputs: 0,
  rows: [{ name: 'from', icon: 'rss' }],
};
