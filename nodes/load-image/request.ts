import type { NodeMessage } from 'node-red';
import { InvalidInputError } from '../../src/base/errors';
import type { SampleRequest } from '../../src/jobs/job-types';
import { meaningByRole } from '../../src/samples/request';
import { isWebAddress } from '../../src/storage/roots';
import { jobAccess } from '../job-host-access';
import { peek } from '../sample-message';
import { placeOf } from '../typed-property';
import type { Work } from '../work';
import { parseChannels, parseTime } from './choices';
import { eventSource } from './event-source';
import type { LoadImageSettings } from './settings';
import { type Seen, type Settle, untilStable } from './stable-file';

const ROLES = ['raw', 'seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;
const SETTING_NAMES = {
  foreground: 'foreground',
  seg2Foreground: 'seg2Foreground',
  unknown: 'unknown',
  seg2Unknown: 'seg2Unknown',
};
/** What a node needs to load images; not each gets them by events, whose files settle and lie below a watched folder. */
type Watching = 'settle' | 'idsFrom' | 'idsFromType';
type LoadSettings = Omit<LoadImageSettings, Watching> & Partial<Pick<LoadImageSettings, Watching>>;

export interface LoadRequest {
  request: SampleRequest;
  /** whether the message itself named the file: then it is no sequence of its own */
  fromEvent: boolean;
}

/**
 * What to load for a message: the node's raw images or manifest where it has one, else what the message brings.
 * @throws SegmenterError `invalid-input`, `not-allowed`
 */
export async function loadRequest(work: Work<LoadSettings>): Promise<LoadRequest> {
  const { settings } = work;
  const [raw, seg1, seg2, mergeMask, excludeMask, manifest] = await Promise.all([
    ...ROLES.map((role) => work.text(role)),
    work.text('manifest'),
  ]);
  if (raw !== undefined && manifest !== undefined) {
    throw new InvalidInputError(placeOf(work.property('manifest')), 'nothing where Raw is given', manifest);
  }
  const fromEvent = raw === undefined && manifest === undefined;
  const event = fromEvent ? await fromMessage(work) : undefined;
  const named = raw ?? (typeof event === 'string' ? event : undefined);
  if (named !== undefined) await settled(work, named, settings.settle ?? (fromEvent ? 'auto' : 0));
  const choices = {
    ...meaningByRole(settings, SETTING_NAMES),
    rawChannel: parseChannels(settings.rawChannel, 'rawChannel'),
    seg1Channel: parseChannels(settings.seg1Channel, 'seg1Channel'),
    seg2Channel: parseChannels(settings.seg2Channel, 'seg2Channel'),
    ...(settings.leaveOut ? { leaveOut: true } : {}),
    scene: settings.scene,
    ...(settings.pages === 'auto' ? {} : { pages: settings.pages }),
    time: parseTime(settings.time, 'time'),
  };
  const idsFrom = settings.idsFrom === undefined ? undefined : await work.text('idsFrom');
  // What was asked for and names nothing would have images of one name take each other's place.
  if (settings.idsFrom && idsFrom === undefined) {
    throw new InvalidInputError(placeOf(work.property('idsFrom')), 'a folder', idsFrom);
  }
  const files = { raw: raw ?? event, seg1, seg2, mergeMask, excludeMask, manifest, idsFrom };
  return { request: { ...withoutBlank(files), ...choices, suffixes: suffixes(settings) }, fromEvent };
}

async function fromMessage({ RED, msg }: Work<LoadSettings>): Promise<SampleRequest['raw']> {
  const source = eventSource(msg);
  if ('path' in source) return source.path;
  const bytesFile = await jobAccess(RED).storeUpload(source.bytes, source.filename ?? 'upload');
  return { bytesFile, filename: source.filename };
}

async function settled({ host, status, signal, msg }: Work<LoadSettings>, path: string, settle: Settle): Promise<void> {
  if (settle === 0 || isWebAddress(path)) return;
  status.waitingFor('settling');
  const look = (judge: boolean) => host.run('inspect-path', { path, judge }, { signal });
  await untilStable(path, settle, signal, look, seenByWatch(msg));
}

function suffixes(settings: LoadSettings): SampleRequest['suffixes'] {
  return withoutBlank(Object.fromEntries(ROLES.map((role) => [role, settings[`${role}Suffix`]])));
}

function withoutBlank<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as T;
}

/** Watch has waited already. */
function seenByWatch(msg: NodeMessage): Seen | null {
  const version = peek(peek(msg, 'watch'), 'version');
  const [size, modified] = [peek(version, 'size'), peek(version, 'modified')];
  return typeof size === 'number' && typeof modified === 'number' ? { size, modified } : null;
}
