import { type EditorPage, icon, type SettingNames } from '../editor/page';
import { stopAsking, tryDevices } from './devices-table';
import type { ComputeNodeSettings } from './settings';

const TRY_DEVICES = `<div class="form-row segmenter-row">
  <label for="segmenter-try-devices">${icon('stethoscope')} <span data-i18n="label.devices"></span></label>
  <button type="button" id="segmenter-try-devices" class="red-ui-button" aria-controls="segmenter-devices" data-i18n="[title]hint.devices;devices.try"></button>
</div>
<div id="segmenter-devices" class="segmenter-answer segmenter-devices" role="status"></div>`;

export const page: EditorPage<SettingNames<(typeof ComputeNodeSettings)['static']>> = {
  name: 'compute',
  rows: [
    { name: 'engine', icon: 'cogs' },
    { name: 'device', icon: 'microchip' },
    { name: 'threads', icon: 'tasks', reason: 'threads' },
    { name: 'precision', icon: 'sliders' },
    { name: 'memory', icon: 'database', reason: 'whole0' },
    { name: 'queue', icon: 'list-ol', reason: 'queue' },
    { html: TRY_DEVICES },
  ],
  opened: (node, { $ }) => {
    $('#segmenter-try-devices').on('click', () => tryDevices(node, $));
  },
  closed: stopAsking,
};
