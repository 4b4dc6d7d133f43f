import { createHash } from 'node:crypto';
import { InvalidInputError, SegmenterError } from './errors';
import { isPlainObject, jsonOfDate } from './show';

/** How large a value may be. */
export interface JsonBounds {
  /** lists and objects within each other */
  depth: number;
  /** numbers, texts, lists and objects, all together */
  values: number;
  /** characters of all texts and names together */
  text: number;
}

/** What a message may bring: thousands of polygons, and no more than an event loop goes through in some milliseconds. */
export const MESSAGE_BOUNDS: JsonBounds = { depth: 50, values: 100_000, text: 4_000_000 };

/**
 * Makes a copy of a value from outside that is plain JSON within bounds, so that whatever is done with it ends soon and
 * does not throw. Dates become texts, what is undefined is left out of objects; nothing else changes. The value is
 * looked at no further than the bounds go.
 * @param name what the value is called in errors
 * @throws SegmenterError `invalid-input` naming the place in it, what is there and what is expected
 */
export function plainJson(value: unknown, name: string, bounds: JsonBounds = MESSAGE_BOUNDS): unknown {
  const copy = new PlainCopy(name, bounds);
  try {
    return copy.of(value);
  } catch (error) {
    if (error instanceof SegmenterError) throw error;
    throw new SegmenterError('invalid-input', `${copy.place()}: expected plain JSON, got what cannot be read`, {
      name,
    });
  }
}

/** A list or object whose copy is being made; `at` says how many of its values are through. */
type Frame =
  | { source: readonly unknown[]; copy: unknown[]; keys: null; at: number }
  | { source: Record<string, unknown>; copy: Record<string, unknown>; keys: string[]; at: number };

/** Goes through a value with a stack of its own: nesting costs no recursion. */
class PlainCopy {
  private readonly frames: Frame[] = [];
  private values = 0;
  private text = 0;

  constructor(
    private readonly name: string,
    private readonly bounds: JsonBounds,
  ) {}

  of(value: unknown): unknown {
    const root = this.take(value);
    for (let frame = this.frames.at(-1); frame; frame = this.frames.at(-1)) {
      if (!this.finish(frame)) continue;
      this.frames.pop();
      const parent = this.frames.at(-1);
      if (parent) parent.at++;
    }
    return root;
  }

  /** Where in the value the copying is. */
  place(): string {
    const steps = this.frames.map(({ keys, at }) => (keys ? `.${keys[at].slice(0, 60)}` : `[${at}]`));
    const shown = steps.length > 12 ? [...steps.slice(0, 8), ' ... ', ...steps.slice(-3)] : steps;
    return this.name + shown.join('');
  }

  /** Takes the values of a list or object up to one that holds others, which is gone through before those after it. */
  private finish(frame: Frame): boolean {
    const depth = this.frames.length;
    if (frame.keys === null) {
      const { source, copy } = frame;
      for (; frame.at < source.length; frame.at++) {
        copy.push(this.take(source[frame.at]));
        if (this.frames.length > depth) return false;
      }
      return true;
    }
    const { source, copy, keys } = frame;
    for (; frame.at < keys.length; frame.at++) {
      const value = source[keys[frame.at]];
      if (value !== undefined) copy[keys[frame.at]] = this.take(value);
      if (this.frames.length > depth) return false;
    }
    return true;
  }

  private take(value: unknown): unknown {
    this.count(1, value);
    switch (typeof value) {
      case 'number':
        if (!Number.isFinite(value)) throw this.refuse('a finite number', value);
        return value;
      case 'string':
        this.countText(value.length, value);
        return value;
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.takeObject(value);
      default:
        throw this.refuse('plain JSON', value);
    }
  }

  private takeObject(value: object): unknown {
    if (!Array.isArray(value) && !isPlainObject(value)) {
      const date = jsonOfDate(value);
      if (date === undefined) throw this.refuse('plain JSON', value);
      return date;
    }
    for (const { source } of this.frames) if (source === value) throw this.refuse('plain JSON', 'a circle');
    if (this.frames.length >= this.bounds.depth) {
      throw this.refuse(`at most ${this.bounds.depth} lists and objects within each other`, value);
    }
    if (Array.isArray(value)) {
      // A list tells its length without being looked through.
      this.count(value.length, value, false);
      return this.begin({ source: value, copy: [], keys: null, at: 0 });
    }
    const keys = Object.keys(value);
    this.checkKeys(keys, value);
    return this.begin({ source: value as Record<string, unknown>, copy: {}, keys, at: 0 });
  }

  private begin(frame: Frame): unknown {
    this.frames.push(frame);
    return frame.copy;
  }

  private checkKeys(keys: string[], value: object): void {
    this.count(keys.length, value, false);
    for (const key of keys) {
      this.countText(key.length, value);
      if (key === '__proto__') throw this.refuse('no property of the name __proto__', value);
    }
  }

  /** @param keep whether they are counted now, or each when its turn comes */
  private count(more: number, value: unknown, keep = true): void {
    const { values } = this.bounds;
    if (this.values + more > values)
      throw this.tooLarge(`${values} values`, Array.isArray(value) ? value.length : null);
    if (keep) this.values += more;
  }

  private countText(more: number, value: unknown): void {
    this.text += more;
    const { text } = this.bounds;
    if (this.text > text) throw this.tooLarge(`${text} characters`, typeof value === 'string' ? value.length : null);
  }

  private tooLarge(most: string, here: number | null): SegmenterError {
    const found = here === null ? 'more' : `${here} here alone`;
    const message = `${this.place()}: expected at most ${most} in ${this.name}, got ${found}; large things belong into a file whose path the message names`;
    return new SegmenterError('invalid-input', message, { name: this.name });
  }

  private refuse(expected: string, value: unknown): InvalidInputError {
    return new InvalidInputError(this.place(), expected, value);
  }
}

/** Tells whether a value is an object with named properties: no list, no bytes. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/**
 * Tells whether lists and objects lie in each other deeper than that: what goes into values by itself would have no end.
 */
export function isNestedDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  for (const each of inner) if (typeof each === 'object' && isNestedDeeper(each, most - 1)) return true;
  return false;
}

/**
 * Writes JSON with the keys of every object sorted, so that equal values give equal text whatever order they were built
 * in. Values that JSON leaves out (undefined, functions) are left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? sorted(inner) : inner)) ?? 'null';
}

/** Gives the sha256 of the canonical JSON, in hexadecimal. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, record[key]]),
  );
}
