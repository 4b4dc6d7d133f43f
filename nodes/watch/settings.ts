import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { FOLDER_TYPES } from '../curate/settings';
import { typed } from '../node-settings';

export const WatchSettings = Type.Object({
  /** folder with its subfolders, or glob pattern */
  ...typed('folder', FOLDER_TYPES, 'str'),
  /** what becomes of files that are there when the node first looks */
  existing: choice(['pass-over', 'tell'], 'pass-over'),
  /** name of a file beside an acquisition that says that it is complete, * for its own name; blank: none */
  doneFile: Type.String({ default: '' }),
  /** when an acquisition counts as dealt with: its message is out, or comes back to this node */
  answer: choice(['sent', 'returned'], 'sent'),
  /** returned: how many may be on their way at a time */
  most: Type.Integer({ minimum: 1, maximum: 10_000, default: 10 }),
  /** seconds between two looks */
  interval: Type.Number({ minimum: 0.2, maximum: 86_400, default: 2 }),
  /** seconds without a change after which a file that may be complete counts as such */
  quiet: Type.Number({ minimum: 0, maximum: 86_400, default: 5 }),
  /** minutes without a change after which a file counts as complete though its structure does not say so */
  patience: Type.Number({ minimum: 0, maximum: 10_080, default: 30 }),
});
export type WatchSettings = (typeof WatchSettings)['static'];
