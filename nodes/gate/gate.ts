import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { prepareCheck } from '../../src/base/schema';
import type { TimedEvent } from '../../src/events/event';
import { type DriftEvent, DriftPointSchema } from '../../src/trust/drift';
import {
  type GateRules,
  type Objection,
  type Observed,
  objectionsTo,
  VERDICTS,
  type Verdict,
  type VerdictState,
  verdictOf,
} from '../../src/trust/verdict';
import { firstWords } from '../error-text';
import { noteEvent } from '../event-log';
import { expectationsOf } from '../expectations';
import { countResult } from '../result-counts';
import { peek, readFailed, readSample, sampleId } from '../sample-message';
import type { Work } from '../work';
import { registerWorkNode } from '../work-node';
import { DriftHistory, historyFolder } from './drift-history';
import { GateSettings } from './settings';

/** Characters that tell models and instruments apart in what is remembered. */
const LONGEST_NAME = 200;

/** The output of what is told of drift, after those of the verdicts. */
const DRIFT_OUTPUT = VERDICTS.length;

export = (RED: NodeAPI): void => {
  prepareCheck(DriftPointSchema);
  registerWorkNode(RED, {
    type: 'segmenter-gate',
    settings: GateSettings,
    create: ({ node, settings }) => {
      const rules = rulesOf(settings);
      const { userDir = process.cwd() } = RED.settings as { userDir?: string };
      const history = new DriftHistory(historyFolder(userDir, node.id), (text) => node.warn(text));
      return {
        handle: async (work) => {
          const observed = observe(work.msg);
          const verdict = verdictOf(observed, rules);
          for (const rule of verdict.unchecked) work.warnOnce(`not judged: the message says nothing of ${rule}`);
          const instrument = ((await work.text('instrument')) ?? '').slice(0, LONGEST_NAME);
          const group = { model: modelOf(work.msg), instrument };
          const events =
            observed.failed === undefined ? await history.add(group, sampleId(work.msg.payload), observed) : [];
          if (work.stopped) return;
          const payload = { ...(work.msg.payload as object), verdict };
          work.msg.payload = payload;
          countResult('segmenter-gate', verdict.state);
          const drifts = note(RED, node, { ...work.msg, payload }, verdict, events);
          sendAt(work, VERDICTS.indexOf(verdict.state), work.msg);
          for (const drift of drifts) sendAt(work, DRIFT_OUTPUT, { topic: drift.event, payload: drift });
          show(work, verdict.state, objectionsTo(observed, rules).objections[0]);
        },
        closed: () => history.close(),
      };
    },
  });
};

/** Notes what was found. @returns the events of drift, as they are told */
function note(
  RED: NodeAPI,
  node: Node,
  msg: NodeMessage,
  { state, reasons }: Verdict,
  drifts: readonly DriftEvent[],
): TimedEvent[] {
  const [sample, model] = [sampleId(msg.payload), modelOf(msg) || undefined];
  noteEvent(RED, node, { event: 'verdict', sample, model, state, reason: reasons.join('; ') || undefined });
  return drifts.map(({ event, ...drift }) => {
    const isBack = event === 'back';
    const [usual, now] = [drift.usual, drift.now].map((value) => Number(value.toPrecision(3)));
    const reason = `${drift.series} ${isBack ? 'is back to what was usual' : 'left what was usual'}: ${now}, usual ${usual}`;
    return noteEvent(RED, node, { event: 'drift', sample, ...drift, state: isBack ? 'back' : 'away', reason });
  });
}

function rulesOf(settings: GateSettings): GateRules {
  const { reviewDice, alarmDice, unlike, leastForeground, mostForeground, leastObjects, mostObjects } = settings;
  const share = (percent: number | null) => (percent === null ? null : percent / 100);
  return {
    ...{ reviewDice, alarmDice, unlike },
    foreground: { least: share(leastForeground), most: share(mostForeground) },
    objects: { least: leastObjects, most: mostObjects },
  };
}

/** What a message says of its result. @throws SegmenterError `invalid-input` where it holds no sample */
function observe(msg: NodeMessage): Observed {
  const failed = readFailed(msg);
  if (failed) return { failed: failed.failed.error.message };
  readSample(msg);
  const metrics = peek(msg, 'metrics');
  const { predicted, unlike } = expectationsOf(msg);
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
  return {
    predictedDice: predicted?.dice,
    unlike,
    foreground: number(peek(metrics, 'foreground')),
    objects: number(peek(peek(metrics, 'objects'), 'total')),
  };
}

function modelOf(msg: NodeMessage): string {
  const model = peek(msg, 'model');
  const [name, version] = [peek(model, 'name'), peek(model, 'version')];
  return [name, version]
    .filter((part) => typeof part === 'string')
    .join('@')
    .slice(0, LONGEST_NAME);
}

/** The first thing that speaks against it, in the language of the statuses. */
function show({ RED, status }: Work<GateSettings>, state: VerdictState, objection?: Objection): void {
  if (state === 'pass' || !objection) {
    status.settled('pass', {}, 'verdict');
    return;
  }
  const { rule, value, limit } = objection;
  const reason = firstWords(rule === 'failed' ? value : RED._(`because.${rule}`, { value, limit }));
  if (state === 'review') status.warning('review', { reason }, 'verdict');
  else status.alarm('alarm', { reason }, 'verdict');
}

function sendAt({ send }: Work<GateSettings>, output: number, msg: NodeMessage): void {
  const outputs = new Array<NodeMessage | null>(DRIFT_OUTPUT + 1).fill(null);
  outputs[output] = msg;
  send(outputs);
}
