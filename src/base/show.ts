/** Characters of a value that a message shows. */
const LONGEST = 120;
const LARGE = 10n ** 40n;

/**
 * Writes a value as text for a message: short, on one line. No more of it is looked at than is shown, and nothing in it
 * can make this throw.
 */
export function show(value: unknown): string {
  const text = new ShortText();
  try {
    text.write(value);
  } catch {
    // A getter, a proxy or a revoked one.
    return 'something that cannot be read';
  }
  return text.ended();
}

/** JSON as far as there is some, until there is enough of it. */
class ShortText {
  private text = '';

  private get isFull(): boolean {
    return this.text.length > LONGEST;
  }

  ended(): string {
    return this.isFull ? `${this.text.slice(0, LONGEST - 3)}...` : this.text;
  }

  write(value: unknown): void {
    if (this.isFull) return;
    if (typeof value === 'string' && this.text === '') this.text = `"${value.slice(0, LONGEST)}"`;
    else if (typeof value === 'string') this.text += JSON.stringify(value.slice(0, LONGEST));
    else if (typeof value === 'function') this.text += 'a function';
    else if (typeof value === 'bigint') this.text += isShort(value) ? `${value}n` : 'a large BigInt';
    else if (typeof value === 'symbol') this.text += `Symbol(${value.description?.slice(0, LONGEST) ?? ''})`;
    else if (typeof value !== 'object' || value === null) this.text += String(value);
    else this.writeObject(value);
  }

  private writeObject(value: object): void {
    const date = jsonOfDate(value);
    if (Array.isArray(value)) this.writeList(value);
    else if (ArrayBuffer.isView(value)) this.text += `a ${nameOf(value)} of ${value.byteLength} bytes`;
    else if (date !== undefined) this.text += JSON.stringify(date);
    else {
      if (!isPlainObject(value)) this.text += `a ${nameOf(value)} `;
      this.writeRecord(value as Record<string, unknown>);
    }
  }

  private writeList(list: readonly unknown[]): void {
    this.text += '[';
    for (let i = 0; i < list.length && !this.isFull; i++) {
      if (i > 0) this.text += ',';
      this.write(list[i]);
    }
    this.text += ']';
  }

  private writeRecord(record: Record<string, unknown>): void {
    this.text += '{';
    const start = this.text.length;
    for (const key in record) {
      if (this.isFull) break;
      if (!Object.hasOwn(record, key) || record[key] === undefined) continue;
      if (this.text.length > start) this.text += ',';
      this.text += `${JSON.stringify(key.slice(0, LONGEST))}:`;
      this.write(record[key]);
    }
    this.text += '}';
  }
}

/** Tells whether an object was made by `{}` or JSON, here or in another context of Node.js, such as a Function node's. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Gives a Date as JSON has it, whatever its own `toJSON` would say; undefined for all that is no Date. */
export function jsonOfDate(value: object): string | null | undefined {
  try {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? null : new Date(time).toISOString();
  } catch {
    return undefined;
  }
}

/** Whether a BigInt has few digits: those of a long one take seconds. */
function isShort(value: bigint): boolean {
  return value < LARGE && value > -LARGE;
}

function nameOf(value: object): string {
  const { constructor: made } = value;
  return typeof made === 'function' && made.name !== '' ? made.name.slice(0, 40) : 'value';
}
