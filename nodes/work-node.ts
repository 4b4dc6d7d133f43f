import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Static, TObject } from '#typebox';
import { asError } from '../src/base/errors';
import { prepareTrialChecks } from '../src/engines/choosing/trial-memory';
import { prepareResultChecks } from '../src/results/result-entry';
import { ErrorReport } from './error-report';
import { tellable } from './error-text';
import { prepareExpectations } from './expectations';
import { computeOf, DEFAULT_COMPUTE, hostUsers } from './job-host-access';
import { readSettings } from './node-settings';
import { attempt, StatusLine } from './node-status';
import { peek, prepareSampleChecks } from './sample-message';
import type { Arrival } from './work';
import type { NodeBehaviour, NodeContext } from './working/behaviour';
import { guardArrival } from './working/message-queue';
import { RunningNode } from './working/running-node';

export interface WorkNodeType<S extends TObject> {
  type: string;
  settings: S;
  /** Called once for each node on deploy. */
  create(context: NodeContext<Static<S>>): NodeBehaviour<Static<S>>;
  /** What happens to a message when the node's settings are wrong; else only Catch nodes hear of it. */
  refused?(node: Node, arrival: Arrival, error: unknown): void;
}

/**
 * Registers a node type: settings checked once, messages queued and worked on one at a time, `msg.cancel`, statuses,
 * and every error to `done`. No error escapes: an unhandled rejection would end Node-RED.
 */
export function registerWorkNode<S extends TObject>(RED: NodeAPI, type: WorkNodeType<S>): void {
  RED.nodes.registerType(type.type, function construct(this: Node, config: NodeDef) {
    RED.nodes.createNode(this, config);
    try {
      prepareSampleChecks();
      prepareTrialChecks();
      prepareExpectations();
      prepareResultChecks();
      const settings = readSettings(type.settings, config, type.type);
      const chosen = (config as { compute?: unknown }).compute;
      const compute = typeof chosen === 'string' ? computeOf(RED, chosen) : null;
      hostUsers.register(this.id, compute);
      new RunningNode(RED, this, settings, compute ?? DEFAULT_COMPUTE, type.create);
    } catch (error) {
      refuseEverything(RED, this, error, type);
    }
  });
}

/** A node with wrong settings says so at once and for every message. */
function refuseEverything<S extends TObject>(RED: NodeAPI, node: Node, error: unknown, type: WorkNodeType<S>): void {
  new StatusLine(RED, node, () => 0).failed(error);
  node.error(tellable(error));
  const errors = new ErrorReport(RED, node);
  node.on('close', () => errors.flush());
  node.on('input', (msg, send, done) => {
    const arrival = guardArrival(node, errors, { msg, send, done });
    attempt(node, 'refusing a message', () => {
      if (!peek(msg, 'cancel')) type.refused?.(node, arrival, error);
    });
    arrival.done(peek(msg, 'cancel') ? undefined : asError(error));
  });
}
