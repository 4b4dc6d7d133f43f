import type { NodeAPI, NodeMessage } from 'node-red';
import { show } from '../src/base/show';

/**
 * What Node-RED's cloning gets through in some milliseconds: it goes into the depth by recursion, which overflows the
 * stack, copies every byte, and reads every getter.
 */
const MOST = { values: 20_000, depth: 200, bytes: 8 << 20 };

/** The connections of an HTTP request travel as they are. */
const CONNECTIONS = new Set(['req', 'res']);

/** What can be cloned of a message, all together. */
class Cloneable {
  private readonly seen = new Set<object>();
  private readonly refused = new WeakSet<object>();
  private bytes = 0;

  /** Whether this can be cloned beside all that was taken before. */
  takes(value: unknown): boolean {
    if (typeof value === 'object' && value !== null && this.refused.has(value)) return false;
    const added: object[] = [];
    const { bytes } = this;
    try {
      if (this.goThrough(value, added)) return true;
    } catch {
      // A getter that throws does so when it is cloned, too.
    }
    for (const one of added) this.seen.delete(one);
    this.bytes = bytes;
    if (typeof value === 'object' && value !== null) this.refused.add(value);
    return false;
  }

  private goThrough(root: unknown, added: object[]): boolean {
    const open = [{ value: root, depth: 0 }];
    for (let entry = open.pop(); entry; entry = open.pop()) {
      const { value, depth } = entry;
      if (typeof value !== 'object' || value === null || this.seen.has(value)) continue;
      this.seen.add(value);
      added.push(value);
      if (ArrayBuffer.isView(value) || isBuffer(value)) {
        this.bytes += value.byteLength;
        if (this.bytes > MOST.bytes) return false;
        continue;
      }
      if (depth >= MOST.depth || lengthOf(value) > MOST.values) return false;
      const inner = contentsOf(value);
      if (!inner || this.seen.size + open.length + inner.length > MOST.values) return false;
      for (const one of inner) open.push({ value: one, depth: depth + 1 });
    }
    return true;
  }
}

/** How many there are in a list, Map or Set, which can be told without going through them. */
function lengthOf(value: object): number {
  if (Array.isArray(value)) return value.length;
  return isMap(value) || isSet(value) ? value.size : 0;
}

/** null where they are too many: to take very many by their names takes long. */
function contentsOf(value: object): unknown[] | null {
  if (isMap(value)) return [...value.keys(), ...value.values()];
  if (isSet(value)) return [...value];
  const names = Object.keys(value);
  return names.length > MOST.values ? null : names.map((name) => (value as Record<string, unknown>)[name]);
}

// What a Function node makes is of another context, where classes are others.
function isMap(value: object): value is Map<unknown, unknown> {
  return kindOf(value) === '[object Map]';
}

function isSet(value: object): value is Set<unknown> {
  return kindOf(value) === '[object Set]';
}

function isBuffer(value: object): value is ArrayBuffer {
  return kindOf(value) === '[object ArrayBuffer]';
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}

/** Makes a copy of a message that goes out beside it; what is too large to be cloned is shared. */
export function copyMessage(RED: NodeAPI, msg: NodeMessage): NodeMessage {
  const cloneable = new Cloneable();
  const cloned: Record<string, unknown> = {};
  const shared: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(msg)) {
    const isCloned = !CONNECTIONS.has(key) && cloneable.takes(value);
    (isCloned ? cloned : shared)[key] = value;
  }
  return { ...RED.util.cloneMessage(cloned as NodeMessage), ...shared };
}

/** Makes a message that Node-RED is about to clone for Catch nodes fit for that: what is not becomes a short text. */
export function lighten(msg: NodeMessage): void {
  const cloneable = new Cloneable();
  for (const key of Object.keys(msg).filter((name) => !CONNECTIONS.has(name))) {
    const property = Object.getOwnPropertyDescriptor(msg, key);
    if (property && 'value' in property && cloneable.takes(property.value)) continue;
    const value = show(property?.value);
    Reflect.defineProperty(msg, key, { value, writable: true, enumerable: true, configurable: true });
  }
}

/** Where one of several messages made of one stands among them. */
export interface MessagePlace {
  first: boolean;
  last: boolean;
}

/** Orders that came with a message are given once: it begins anew with the first of those made of it, and ends with the last. */
export function orderOnce(message: NodeMessage, { first, last }: MessagePlace): void {
  if (!first) delete (message as Record<string, unknown>).reset;
  if (!last) delete (message as Record<string, unknown>).complete;
}
