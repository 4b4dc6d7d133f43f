import type { Node, NodeAPI } from 'node-red';
import type { Change } from '../src/events/change';
import { type HappenedEvent, LONGEST_REASON, type TimedEvent } from '../src/events/event';
import { logSettings } from '../src/jobs/host/host-settings';
import { RotatingLog } from '../src/storage/rotating-log';

const MB = 2 ** 20;
/** Megabytes and days of the log of changes: some years of them. */
const [CHANGES_MB, CHANGES_DAYS] = [50, 3650];

interface Logs {
  /** null: switched off */
  events: RotatingLog | null;
  changes: RotatingLog;
}

/** Module state on purpose: one for all nodes, kept over deploys. */
let current: { of: string; logs: Logs | null } | null = null;

/** Gives the logs of this Node-RED; null where it has no user folder, or `segmenter` in settings.js is wrong, which the nodes say. */
export function logsOf(RED: NodeAPI): Logs | null {
  const settings = RED.settings as { segmenter?: unknown; userDir?: string };
  const of = JSON.stringify([settings.userDir, settings.segmenter]);
  if (current?.of !== of) current = { of, logs: settings.userDir === undefined ? null : openLogs(RED, settings) };
  return current.logs;
}

function openLogs(RED: NodeAPI, settings: { segmenter?: unknown; userDir?: string }): Logs | null {
  try {
    const { folder, mostMB, days, events } = logSettings(settings);
    const warn = (what: string) => (message: string) => RED.log.warn(`segmenter: ${what} are not logged: ${message}`);
    return {
      events: events
        ? new RotatingLog({ folder, name: 'events', mostBytes: mostMB * MB, days, onProblem: warn('events') })
        : null,
      changes: new RotatingLog({
        ...{ folder, name: 'changes', mostBytes: CHANGES_MB * MB, days: CHANGES_DAYS, isSynced: true },
        onProblem: warn('changes'),
      }),
    };
  } catch {
    return null;
  }
}

/** Module state on purpose: who wants to hear of events, kept over deploys. */
const listeners = new Set<(event: TimedEvent) => void>();

/** Has a listener told of every event from now on. @returns ends that */
export function onEvent(listener: (event: TimedEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Logs what happened at a node, and tells who listens. Never throws and never waits. @returns what is told */
export function noteEvent(
  RED: NodeAPI,
  { id, type, name }: Pick<Node, 'id' | 'type' | 'name'>,
  { reason, ...event }: Omit<HappenedEvent, 'node'>,
): TimedEvent {
  const why = reason === undefined ? {} : { reason: reason.slice(0, LONGEST_REASON) };
  const happened: HappenedEvent = { ...event, node: { id, type, name: name ?? '' }, ...why };
  const told: TimedEvent = { at: new Date().toISOString(), ...happened };
  for (const tell of [() => logsOf(RED)?.events?.note(happened), ...tellings(told)]) {
    try {
      tell();
    } catch {
      // What is wrong with a message its nodes say.
    }
  }
  return told;
}

function tellings(event: TimedEvent): Array<() => void> {
  return Array.from(listeners, (listener) => () => listener(event));
}

/** Logs who changed what. Never throws and never waits. */
export function noteChange(RED: NodeAPI, change: Change): void {
  try {
    logsOf(RED)?.changes.note(change);
  } catch {
    // Whoever changed something is told what came of it.
  }
}
