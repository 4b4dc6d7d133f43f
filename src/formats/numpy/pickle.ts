import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { callGlobal, findGlobal, type Making, setState, spend } from './pickle-arrays';
import type { PickleValue } from './pickle-values';

/**
 * Reads the pickle that NumPy writes for an array of Python objects (protocols 2 to 5). Nothing is ever executed:
 * the few names that NumPy itself refers to stand for functions of this package, every other name is refused,
 * and so is every operation that NumPy does not write.
 * @param file what the pickle is called in errors
 * @throws UnsupportedError for anything but NumPy arrays, lists and numbers
 * @throws CorruptFileError where the bytes end early or make no sense
 */
export function readPickle(bytes: Uint8Array, file: string): PickleValue {
  const machine = new Machine(bytes, file);
  for (;;) {
    const at = machine.position;
    const code = machine.uint(1);
    if (code === STOP) return machine.pop();
    const operation = OPERATIONS[code];
    if (!operation) {
      const what = `pickle operation 0x${code.toString(16)} at byte ${at}, which NumPy does not write for arrays`;
      throw new UnsupportedError(file, what);
    }
    operation(machine);
  }
}

/** Numbers and characters: some times what polygons may have. */
const MOST_MADE = 2 ** 22;
/** What a list counts as. */
const LIST = 4;

/** The stack machine of the pickle format, without the operations that could make other objects. */
class Machine {
  position = 0;
  private readonly view: DataView;
  private stack: PickleValue[] = [];
  /** stacks set aside by a mark */
  private readonly marked: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  readonly making: Making;

  constructor(
    private readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    this.making = { file, left: MOST_MADE };
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** An unsigned integer of 1, 2, 4 or 8 bytes, little-endian. */
  uint(size: 1 | 2 | 4 | 8): number {
    const at = this.skip(size);
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at, true);
    if (size === 4) return this.view.getUint32(at, true);
    return Number(this.view.getBigUint64(at, true));
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  take(length: number): Uint8Array {
    const at = this.skip(length);
    return this.bytes.subarray(at, at + length);
  }

  text(length: number): string {
    return Buffer.from(this.take(length)).toString('utf8');
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw this.truncated();
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  /** A two's complement integer of that many bytes. */
  long(length: number): number {
    let value = 0n;
    for (const [i, byte] of this.take(length).entries()) value |= BigInt(byte) << BigInt(8 * i);
    return Number(BigInt.asIntN(8 * length, value));
  }

  push(value: PickleValue): void {
    spend(this.making, Array.isArray(value) ? LIST : 1);
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.nonsense();
    return value;
  }

  top(): PickleValue {
    if (this.stack.length === 0) throw this.nonsense();
    return this.stack[this.stack.length - 1];
  }

  mark(): void {
    spend(this.making, LIST);
    this.marked.push(this.stack);
    this.stack = [];
  }

  /** The values since the last mark. */
  popMark(): PickleValue[] {
    const values = this.stack;
    const before = this.marked.pop();
    if (!before) throw this.nonsense();
    this.stack = before;
    return values;
  }

  /** The last `count` values as a tuple. */
  tuple(count: number): void {
    if (this.stack.length < count) throw this.nonsense();
    this.push(this.stack.splice(this.stack.length - count));
  }

  append(values: PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.nonsense();
    for (const value of values) list.push(value);
  }

  put(key: number): void {
    this.memo.set(key, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw this.nonsense();
    this.push(value);
  }

  nonsense(): CorruptFileError {
    return new CorruptFileError(this.file, `its pickle makes no sense at byte ${this.position}`);
  }

  private skip(length: number): number {
    const at = this.position;
    if (length > this.bytes.byteLength - at) throw this.truncated();
    this.position += length;
    return at;
  }

  private truncated(): CorruptFileError {
    return new CorruptFileError(this.file, `its pickle ends early, at byte ${this.bytes.byteLength}`);
  }
}

const STOP = 0x2e;

/** What each operation code does; names and codes as in Python's pickletools. */
const OPERATIONS: Record<number, (machine: Machine) => void> = {
  /* PROTO            */ 128: (m) => {
    const protocol = m.uint(1);
    if (protocol < 2 || protocol > 5)
      throw new UnsupportedError(m.file, `pickle protocol ${protocol}; expected 2 to 5`);
  },
  /* FRAME            */ 149: (m) => void m.uint(8),
  /* MARK             */ 40: (m) => m.mark(),
  /* EMPTY_TUPLE      */ 41: (m) => m.push([]),
  /* TUPLE1           */ 133: (m) => m.tuple(1),
  /* TUPLE2           */ 134: (m) => m.tuple(2),
  /* TUPLE3           */ 135: (m) => m.tuple(3),
  /* TUPLE            */ 116: (m) => m.push(m.popMark()),
  /* EMPTY_LIST       */ 93: (m) => m.push([]),
  /* APPEND           */ 97: (m) => m.append([m.pop()]),
  /* APPENDS          */ 101: (m) => m.append(m.popMark()),
  /* NONE             */ 78: (m) => m.push(null),
  /* NEWTRUE          */ 136: (m) => m.push(true),
  /* NEWFALSE         */ 137: (m) => m.push(false),
  /* BININT           */ 74: (m) => m.push(m.int32()),
  /* BININT1          */ 75: (m) => m.push(m.uint(1)),
  /* BININT2          */ 77: (m) => m.push(m.uint(2)),
  /* LONG1            */ 138: (m) => m.push(m.long(m.uint(1))),
  /* BINFLOAT         */ 71: (m) => m.push(m.float64()),
  /* SHORT_BINUNICODE */ 140: (m) => m.push(m.text(m.uint(1))),
  /* BINUNICODE       */ 88: (m) => m.push(m.text(m.uint(4))),
  /* SHORT_BINBYTES   */ 67: (m) => m.push(m.take(m.uint(1))),
  /* BINBYTES         */ 66: (m) => m.push(m.take(m.uint(4))),
  /* BINBYTES8        */ 142: (m) => m.push(m.take(m.uint(8))),
  /* BYTEARRAY8       */ 150: (m) => m.push(m.take(m.uint(8))),
  /* GLOBAL           */ 99: (m) => m.push(findGlobal(m.line(), m.line(), m.file)),
  /* STACK_GLOBAL     */ 147: (m) => {
    const name = m.pop();
    const module = m.pop();
    if (typeof name !== 'string' || typeof module !== 'string') throw m.nonsense();
    m.push(findGlobal(module, name, m.file));
  },
  /* REDUCE           */ 82: (m) => {
    const args = m.pop();
    m.push(callGlobal(m.pop(), args, m.making));
  },
  /* BUILD            */ 98: (m) => {
    const state = m.pop();
    setState(m.top(), state, m.making);
  },
  /* MEMOIZE          */ 148: (m) => m.memoize(),
  /* BINPUT           */ 113: (m) => m.put(m.uint(1)),
  /* LONG_BINPUT      */ 114: (m) => m.put(m.uint(4)),
  /* BINGET           */ 104: (m) => m.get(m.uint(1)),
  /* LONG_BINGET      */ 106: (m) => m.get(m.uint(4)),
};
