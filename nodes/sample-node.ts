import type { Node, NodeAPI, NodeMessage } from 'node-red';
import type { Static, TObject } from '#typebox';
import type { Sample } from '../src/samples/sample';
import { type Step, withStep } from '../src/samples/steps';
import { noteResult } from './results-access';
import { failedMessage, isFailed, readSample } from './sample-message';
import type { Arrival, Work } from './work';
import { registerWorkNode } from './work-node';

/** What a step makes of a sample: properties to add to the sample and to the message. */
export interface StepResult {
  /** how the images that it adds came about, where that can be done again */
  made?: Pick<Step, 'job' | 'from' | 'makes' | 'input' | 'computed' | 'key'> & {
    /** when, ISO 8601, where it is an earlier result that is given again; absent: just now */
    known?: string;
  };
  sample?: Record<string, unknown>;
  message?: Record<string, unknown>;
  /** a last word on the message */
  finish?(msg: NodeMessage): void;
  /** whether it is an earlier result that is given again */
  isKnown?: boolean;
  /** whether the log says what to look at */
  warned?: boolean;
  /** a text of the node's catalogue to show instead of "Done", of a sample that stands alone */
  status?: { key: string; params?: Record<string, string | number> };
}

export interface SampleNodeType<S extends TObject> {
  type: string;
  settings: S;
  /** whether what passes it is noted for the results page */
  isResult?: boolean;
  /**
   * @returns null where the step has sent all that there is to send
   * @throws SegmenterError: the sample goes on as failed, Catch nodes get the error
   */
  step(work: Work<Static<S>>, sample: Sample): Promise<StepResult | null>;
}

/**
 * Registers a node that takes a sample, adds to it and sends it on. A sample that failed before passes untouched; one
 * that fails here goes on with `failed`.
 */
export function registerSampleNode<S extends TObject>(RED: NodeAPI, sampleType: SampleNodeType<S>): void {
  const { type, settings, step, isResult = false } = sampleType;
  const note = (node: Node, msg: NodeMessage) => {
    if (isResult) noteResult(RED, node, msg);
  };
  registerWorkNode(RED, {
    type,
    settings,
    refused: sendFailed,
    create: ({ node, status }) => ({
      isRetried: true,
      refused: (arrival, error) => note(node, sendFailed(node, arrival, error)),
      handle: async (work) => {
        const { msg, send } = work;
        if (isFailed(msg)) {
          status.passedOn();
          note(node, msg);
          return send(msg);
        }
        try {
          const sample = readSample(msg);
          const result = await step(work, sample);
          if (work.stopped || !result) return;
          const out = { ...msg, payload: withResult(node, sample, result), ...result.message };
          result.finish?.(out);
          Object.assign(msg, out);
          if (result.warned) status.warned();
          else if (result.isKnown) status.known();
          else status.done(result.status?.key, result.status?.params);
        } catch (error) {
          if (work.stopped || work.isTriedAgain(error)) throw error;
          const final = work.final(error);
          note(node, sendFailed(node, work, final));
          throw final;
        }
        note(node, msg);
        send(msg);
      },
    }),
  });
}

/** The sample with what a step made; the key of what was made before it says nothing of that. */
function withResult(node: Node, sample: Sample, { made, sample: added }: StepResult): Sample {
  if (!made) return { ...sample, ...added };
  const { key: _, steps = [], ...rest } = sample;
  const { known, ...how } = made;
  const { id, type, name = '' } = node;
  const step: Step = { ...how, node: { id, type, name }, at: known ?? new Date().toISOString() };
  return { ...rest, ...added, steps: withStep(steps, step), ...(how.key ? { key: how.key } : {}) };
}

/** Sends a message on with its sample marked as failed at this node. */
function sendFailed(node: Node, { msg, send }: Pick<Arrival, 'msg' | 'send'>, error: unknown): NodeMessage {
  const out = failedMessage(msg, labelOf(node), error);
  send(out);
  return out;
}

/** Gives a node's name as a flow knows it. */
export function labelOf(node: Node): string {
  return node.name || node.type;
}
