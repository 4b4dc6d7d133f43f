import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { CancelledError, type ErrorRecord, SegmenterError, toErrorRecord } from '../../src/base/errors';
import { plainJson } from '../../src/base/plain-json';
import { isTransient } from '../../src/base/transient';
import type { SampleEntry, SampleRequest } from '../../src/jobs/job-types';
import { listNames } from '../../src/samples/names';
import type { Sample } from '../../src/samples/sample';
import { patiently, seedOf } from '../failing/retries';
import { FileNotes } from '../file-notes';
import { retriesOf } from '../job-host-access';
import { copyMessage, type MessagePlace, orderOnce } from '../message-copy';
import { type FailedSample, failedSample, jsonOrText } from '../sample-message';
import { labelOf } from '../sample-node';
import { sentSequenceId } from '../sequences/collector';
import { untilAccepted } from '../sequences/pacing';
import { type Parts, readParts } from '../sequences/parts';
import type { Arrival, Work } from '../work';
import { registerWorkNode } from '../work-node';
import { serveContents } from './contents';
import { eventSource } from './event-source';
import { type LoadRequest, loadRequest } from './request';
import { LoadImageSettings } from './settings';

type Loaded = Sample | FailedSample;

export = (RED: NodeAPI): void => {
  serveContents(RED);
  registerWorkNode(RED, {
    type: 'segmenter-load-image',
    settings: LoadImageSettings,
    create: ({ node, settings }) => ({
      isRetried: true,
      refused: (arrival, error) => failEvent(node, settings, arrival, error),
      handle: async (work) => {
        let found: Found;
        try {
          found = await find(work);
        } catch (error) {
          if (work.stopped || work.isTriedAgain(error)) throw error;
          const final = work.final(error);
          failEvent(node, settings, work, final);
          throw final;
        }
        await sendAll(work, found);
      },
    }),
  });
};

interface Found extends LoadRequest {
  /** what came in, as far as it travels with the samples */
  source: { source?: unknown };
  entries: SampleEntry[];
  problems: string[];
}

async function find(work: Work<LoadImageSettings>): Promise<Found> {
  const { request, fromEvent } = await loadRequest(work);
  const source = sourceOf(work.msg.payload, (why) => work.warn(`no source in the samples: ${why}`));
  const { entries, problems } = await work.run('list-samples', request);
  if (problems.length > 0) work.node.warn(listNames(problems, '; '));
  if (entries.length === 0) {
    throw new SegmenterError('not-found', `expected images, found none in ${place(request)}`, { problems });
  }
  return { request, fromEvent, source, entries, problems };
}

/** Who sent a file with the message waits for an answer: it goes on as a failed sample. */
function failEvent(
  node: Node,
  settings: LoadImageSettings,
  { msg, send }: Pick<Arrival, 'msg' | 'send'>,
  error: unknown,
): void {
  if (settings.raw.trim() !== '' || settings.manifest.trim() !== '') return;
  const { payload } = msg;
  const known = {
    id: namedFile(msg),
    ...(payload === undefined || payload instanceof Uint8Array ? {} : { source: jsonOrText(payload) }),
  };
  send({ ...msg, payload: failedSample(known, labelOf(node), error) });
}

/** What the message calls its file; undefined where it names none that can be read. */
function namedFile(msg: NodeMessage): string | undefined {
  try {
    const source = eventSource(msg);
    return 'path' in source ? source.path : source.filename;
  } catch {
    return undefined;
  }
}

async function sendAll(work: Work<LoadImageSettings>, found: Found): Promise<void> {
  const { request, fromEvent, source, entries, problems } = found;
  const { msg, node, status, signal } = work;
  const id = sentSequenceId(work);
  const outer = readParts(msg) ?? undefined;
  const failures: FailedSample[] = [];
  const told = new FileNotes(node);
  const openEntry = entries.length === 1 ? openAlone(work, request) : openPatiently(work, request);
  let samples = 0;
  for (const [index, entry] of entries.entries()) {
    const loaded = await openEntry(entry);
    samples += loaded.length;
    const parts = { id, index, count: entries.length, ...(outer ? { parts: outer } : {}) };
    const alone = fromEvent && entries.length === 1;
    const sceneId = `${id}.${index}`;
    const levels = scenesOf(loaded.length, alone ? outer : parts, sceneId);
    for (const [scene, sample] of loaded.entries()) {
      if (work.stopped) throw new CancelledError('loading');
      if ('failed' in sample && sample.failed) failures.push(sample as FailedSample);
      if ('raw' in sample) told.tell(sample as Sample);
      const first = index === 0 && scene === 0;
      const last = index === entries.length - 1 && scene === loaded.length - 1;
      sendSample(work, { ...sample, ...copyOf(source) }, levels[scene], { first, last });
      if (!last && !signal.aborted) await untilAccepted(alone ? sceneId : id, signal).catch(ignoreCancel);
    }
    status.busy((index + 1) / entries.length);
  }
  told.tellOthers();
  if (failures.length > 0) throw summary(failures, samples);
  const count = entries.length;
  if (problems.length > 0) status.warning('loadedWarned', { count });
  else status.done('loaded', { count });
}

type OpenEntry = (entry: SampleEntry) => Promise<Loaded[]>;

/** Opens the only file of a message: nothing was sent yet, so where that may help the whole message waits for another try. */
function openAlone(work: Work<LoadImageSettings>, request: SampleRequest): OpenEntry {
  return async (entry) => {
    try {
      return await open(work, entry, request);
    } catch (error) {
      if (work.stopped || work.isTriedAgain(error)) throw error;
      return [failedIn(work, entry.id, toErrorRecord(work.final(error)))];
    }
  };
}

/**
 * Opens files of which others were sent already: each is waited for, but where one is given up the next has one try only,
 * until the disk answers again.
 */
function openPatiently(work: Work<LoadImageSettings>, request: SampleRequest): OpenEntry {
  const { RED, node, msg, status, signal } = work;
  const policy = retriesOf(RED);
  const seed = seedOf(node.id, msg);
  let tries = policy.tries;
  const waits = (ms: number, next: number) =>
    status.waitingFor('retrying', { seconds: Math.ceil(ms / 1000), try: next, tries: policy.tries });
  return async (entry) => {
    try {
      const patience = { policy: { ...policy, tries }, seed, signal };
      const opened = await patiently(() => open(work, entry, request), patience, waits);
      tries = policy.tries;
      return opened;
    } catch (error) {
      if (isTransient(error)) tries = 1;
      return [failedIn(work, entry.id, toErrorRecord(error))];
    }
  };
}

/** An entry's samples, one for each scene; one that cannot be read becomes a failed sample. @throws what holds for all of it */
async function open(work: Work<LoadImageSettings>, entry: SampleEntry, request: SampleRequest): Promise<Loaded[]> {
  if (work.signal.aborted) throw new CancelledError('loading');
  const asker = { node: work.node.id, subject: entry.id, cancel: work.cancel };
  const opened = await work.run('open-sample', { entry, request }, { onProgress: () => undefined, asker });
  return opened.map((each) => ('error' in each ? failedIn(work, each.id, each.error) : each));
}

function failedIn({ node }: Work<LoadImageSettings>, id: string, { name, code, message }: ErrorRecord): FailedSample {
  return { id, failed: { node: labelOf(node), error: { name, code, message } } };
}

/** The parts of each scene of a file: several scenes are a sequence inside that of the files. */
function scenesOf(count: number, parts: Parts | undefined, id: string): Array<Parts | undefined> {
  if (count === 1) return [parts];
  return Array.from({ length: count }, (_, index) => ({ id, index, count, inner: true, ...(parts ? { parts } : {}) }));
}

/** Each sample gets a message with all that came in; the message itself stays as it came, for Catch nodes. */
function sendSample(
  work: Work<LoadImageSettings>,
  sample: Loaded,
  parts: Parts | undefined,
  place: MessagePlace,
): void {
  const { RED, msg, send } = work;
  const { payload: _payload, ...rest } = msg;
  const out = place.last ? { ...rest } : copyMessage(RED, rest);
  orderOnce(out, place);
  out.payload = sample;
  if (parts) out.parts = parts;
  send(out);
}

/** What an event brought travels with the sample, but for bytes, which lie in the scratch store, and what is no JSON. */
function sourceOf(payload: unknown, warn: (why: string) => void): { source?: unknown } {
  if (payload === undefined || payload instanceof Uint8Array) return {};
  try {
    return { source: plainJson(payload, 'msg.payload') };
  } catch (error) {
    warn(toErrorRecord(error).message);
    return {};
  }
}

function copyOf(source: Found['source']): Found['source'] {
  return source.source === undefined ? {} : { source: plainJson(source.source, 'msg.payload') };
}

function summary(failures: FailedSample[], count: number): SegmenterError {
  const shown = failures.slice(0, 20).map(({ id, failed }) => `${id} (${failed.error.message})`);
  const more = failures.length > shown.length ? ` and ${failures.length - shown.length} more` : '';
  const [first] = failures;
  const message =
    count === 1 ? first.failed.error.message : `${failures.length} of ${count} samples: ${shown.join('; ')}${more}`;
  return new SegmenterError(first.failed.error.code as SegmenterError['code'], message, {
    failed: failures.map(({ id }) => id),
  });
}

function place({ raw, manifest }: SampleRequest): string {
  return typeof raw === 'string' ? raw : (manifest ?? raw?.filename ?? 'the upload');
}

function ignoreCancel(error: unknown): void {
  if (!(error instanceof CancelledError)) throw error;
}
