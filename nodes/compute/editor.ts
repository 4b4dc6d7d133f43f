import { queueAddress, withoutCredentials } from '../../src/jobs/queue/address';
import { parseNamedFolders } from '../../src/jobs/queue/named-folders';
import { askerAddress } from '../../src/jobs/queue/transfer/asker-address';
import { type EditorPage, icon, isReadBy, type SettingNames } from '../editor/page';
import { stopAsking, tryDevices } from './devices-table';
import type { ComputeNodeSettings } from './settings';

const TRY_DEVICES = `<div class="form-row segmenter-row">
  <label for="segmenter-try-devices">${icon('stethoscope')} <span data-i18n="label.devices"></span></label>
  <button type="button" id="segmenter-try-devices" class="red-ui-button" aria-controls="segmenter-devices" data-i18n="[title]hint.devices;devices.try"></button>
</div>
<div id="segmenter-devices" class="segmenter-answer segmenter-devices" role="status"></div>`;

const isAddress = (text: string) =>
  text.trim() === '' || isReadBy((one) => queueAddress(withoutCredentials(one)))(text);

const isOwnAddress = (text: string) => text.trim() === '' || isReadBy(askerAddress)(text);

/** Node-RED keeps these apart from the flow. */
const CREDENTIALS = [
  { name: 'user', type: 'text', sign: 'user' },
  { name: 'password', type: 'password', sign: 'key' },
]
  .map(
    ({ name, type, sign }) => `<div class="form-row segmenter-row">
  <label for="node-config-input-${name}">${icon(sign)} <span data-i18n="label.${name}"></span></label>
  <input type="${type}" id="node-config-input-${name}" data-i18n="[title]hint.${name}" autocomplete="off" />
</div>`,
  )
  .join('\n');

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
    {
      section: 'machines',
      rows: [
        { name: 'address', icon: 'server', check: isAddress, reason: 'address' },
        { name: 'folders', icon: 'folder-open', check: isReadBy(parseNamedFolders), reason: 'folders' },
        { name: 'files', icon: 'exchange' },
        { name: 'ownAddress', icon: 'globe', check: isOwnAddress, reason: 'ownAddress' },
        { name: 'priority', icon: 'sort-amount-asc' },
      ],
    },
    { html: CREDENTIALS },
  ],
  credentials: { user: { type: 'text' }, password: { type: 'password' } },
  opened: (node, { $ }) => {
    $('#segmenter-try-devices').on('click', () => tryDevices(node, $));
  },
  closed: stopAsking,
};
