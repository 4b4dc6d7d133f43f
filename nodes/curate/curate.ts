import type { NodeAPI } from 'node-red';
import { type ErrorRecord, SegmenterError, toErrorRecord } from '../../src/base/errors';
import { listNames } from '../../src/samples/names';
import { FileNotes } from '../file-notes';
import { loadRequest } from '../load-image/request';
import { isSampleLike, readFailed, readSample } from '../sample-message';
import { labelOf } from '../sample-node';
import { type OpenSequences, SequenceCollector } from '../sequences/collector';
import { type Parts, readParts } from '../sequences/parts';
import type { Work } from '../work';
import { registerWorkNode } from '../work-node';
import { type CurateNode, Curation } from './curation';
import { prepareCurateChecks, serveCuration } from './routes';
import { CurateSettings } from './settings';

export = (RED: NodeAPI): void => {
  serveCuration(RED);
  registerWorkNode(RED, {
    type: 'segmenter-curate',
    settings: CurateSettings,
    create: (context) => {
      prepareCurateChecks();
      const curation = new Curation(context);
      const node: CurateNode = context.node;
      node.curation = curation;
      // What is sent before all nodes have started is lost.
      const resume = () => void curation.resume().catch((error: unknown) => node.error(error));
      RED.events.once('flows:started', resume);
      const arrivals = new SequenceCollector<string>({
        open: (context.inherited as OpenSequences<string> | null) ?? undefined,
      });
      return {
        handle: async (work) => {
          const complete = await take(work, curation, arrivals);
          if (work.stopped) return;
          if (complete) await curation.begin((fraction) => work.status.busy(fraction));
          await curation.showStatus();
        },
        cancelled: () => {
          arrivals.clear();
        },
        gathered: () => ({ open: arrivals.open, items: arrivals.open.size }),
        closed: () => {
          RED.events.off('flows:started', resume);
          curation.close();
          node.curation = null;
        },
      };
    },
  });
};

/** Takes what a message brings. @returns whether the samples are complete now */
async function take(
  work: Work<CurateSettings>,
  curation: Curation,
  arrivals: SequenceCollector<string>,
): Promise<boolean> {
  const { msg, settings } = work;
  if (msg.reset) {
    arrivals.clear();
    await curation.reset();
    // What is made of one message begins anew with its first sample.
    if (!isSampleLike(msg.payload)) return false;
  }
  if (msg.finish) {
    await curation.finishNews();
    return false;
  }
  const end = Boolean(msg.complete);
  if (!isSampleLike(msg.payload)) {
    if (settings.raw.trim() === '' && settings.manifest.trim() === '') {
      if (!end) readSample(msg);
      const parts = readParts(msg);
      if (parts) noteArrival(arrivals, parts, true);
      return true;
    }
    await list(work, curation);
    return true;
  }
  const failed = readFailed(msg);
  const parts = readParts(msg);
  let complete = end;
  try {
    if (failed) await curation.addFailed(failed);
    else await curation.add(readSample(msg), work.signal);
  } finally {
    // A sample that does not fit is missing, but nothing waits for it.
    if (parts && !work.stopped) complete = noteArrival(arrivals, parts, end);
  }
  return complete;
}

/** Whether a sequence is complete now. A flow may leave samples out: the oldest of too many open ones is forgotten. */
function noteArrival(arrivals: SequenceCollector<string>, parts: Parts, end: boolean): boolean {
  return arrivals.add(parts, null, end) !== null;
}

/** Puts up what the node's own settings name. */
async function list(work: Work<CurateSettings>, curation: Curation): Promise<void> {
  const { request } = await loadRequest(work);
  const { manifest, scene } = request;
  const { entries, problems } =
    manifest === undefined
      ? await work.run('list-samples', request)
      : await work.run('list-tables', { tables: manifest });
  if (problems.length > 0) work.node.warn(listNames(problems, '; '));
  const fail = async (id: string, { name, code, message }: ErrorRecord) => {
    work.errors.report(new SegmenterError(code, `${id}: ${message}`), work.msg);
    await curation.addFailed({ id, failed: { node: labelOf(work.node), error: { name, code, message } } });
  };
  const told = new FileNotes(work.node);
  for (const [index, entry] of entries.entries()) {
    try {
      const input = { entry: { ...entry, scene: entry.scene ?? scene }, request };
      const opened = await work.run('open-sample', input, { onProgress: () => undefined });
      for (const each of opened) {
        if ('error' in each) {
          await fail(each.id, each.error);
          continue;
        }
        told.tell(each);
        await curation.add(each, work.signal);
      }
    } catch (error) {
      if (work.signal.aborted) throw error;
      await fail(entry.id, toErrorRecord(error));
    }
    work.status.busy((index + 1) / entries.length);
  }
  told.tellOthers();
}
