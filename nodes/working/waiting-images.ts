import path from 'node:path';
import type { NodeMessage } from 'node-red';
import { isRecord } from '../../src/base/plain-json';
import { toPath } from '../../src/storage/paths';
import { isScratchPath, SCRATCH_FOLDER } from '../../src/storage/scratch-names';
import { ScratchPins } from '../../src/storage/scratch-pins';
import { existingJobAccess } from '../job-host-access';
import { isImage, peek } from '../sample-message';

/** A message that waits for longer has its images held, in milliseconds: the store evicts nothing that is so young, if it can help it. */
const HOLD_AFTER_MS = 1000;
/** Properties of a payload that are looked at. */
const MOST_PROPERTIES = 50;

interface Held {
  since: number;
  /** null: not claimed, or on its way to be */
  release: Promise<() => Promise<void>> | null;
}

/** By the id of the node; module state on purpose: a message waits on over a deploy, for the next node of that id. */
const held = new Map<string, Map<NodeMessage, Held>>();
let pins: { folder: string; claims: ScratchPins } | null = null;
let timer: NodeJS.Timeout | null = null;

/**
 * Keeps the images of a message that waits at a node from being evicted from the scratch store, from a second on until it is let go, or
 * Node-RED ends. Never throws and never waits: a message that cannot be held is none the worse for it.
 */
export function holdImages(node: string, msg: NodeMessage): void {
  const ofNode = held.get(node) ?? new Map<NodeMessage, Held>();
  held.set(node, ofNode);
  if (!ofNode.has(msg)) ofNode.set(msg, { since: performance.now(), release: null });
  timer ??= setInterval(claim, HOLD_AFTER_MS).unref();
}

/** Lets go of the images of a message that waits no more. */
export function letGo(node: string, msg: NodeMessage): void {
  const ofNode = held.get(node);
  const known = ofNode?.get(msg);
  ofNode?.delete(msg);
  if (ofNode?.size === 0) held.delete(node);
  known?.release?.then((release) => release()).catch(() => undefined);
  if (held.size > 0 || !timer) return;
  clearInterval(timer);
  timer = null;
}

function claim(): void {
  const folder = existingJobAccess()?.settings.scratchFolder;
  if (!folder) return;
  if (pins?.folder !== folder) {
    const claims = new ScratchPins(path.join(path.resolve(folder), SCRATCH_FOLDER, '.pins'));
    pins = { folder, claims };
  }
  for (const [msg, known] of [...held.values()].flatMap((ofNode) => [...ofNode])) {
    if (known.release || performance.now() - known.since < HOLD_AFTER_MS) continue;
    const names = scratchNames(msg);
    if (names.length === 0) known.since = Number.POSITIVE_INFINITY;
    else known.release = pins.claims.add(names);
    known.release?.catch(() => undefined);
  }
}

/** Names of the files in a scratch store that a message's sample lists. */
function scratchNames({ payload }: NodeMessage): string[] {
  if (!isRecord(payload)) return [];
  const images = Object.keys(payload)
    .slice(0, MOST_PROPERTIES)
    .map((name) => peek(payload, name))
    .filter(isImage);
  const files = images.map((image) => toPath(String(peek(image, 'uri'))));
  return [...new Set(files.filter(isScratchPath).map((file) => path.basename(file)))];
}
