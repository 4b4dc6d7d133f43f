import { randomBytes } from 'node:crypto';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '#typebox';
import { messageOf } from '../base/errors';
import { prepareCheck, validate } from '../base/schema';
import { writeFileAtomic } from '../storage/atomic-file';
import { readText } from '../storage/outside-files';

/** Letters that are kept; the oldest go. */
const MOST = 1000;
/** Characters of all of them; one of a thousand objects has some hundred thousand. */
const MOST_SIZE = 2 ** 26;
/** A disk that did not take one is tried again after so long. */
const RETRY_MS = 60_000;
const NAME = /^(?<id>\d{13}-[0-9a-f]{12})\.json$/;

/** A message that failed though it was tried again and again, with the reason. */
const DeadLetterSchema = Type.Object({
  format: Type.Literal('segmenter-failed'),
  formatVersion: Type.Literal(1),
  id: Type.String({ pattern: '^\\d{13}-[0-9a-f]{12}$' }),
  /** the node that failed */
  node: Type.Object({ id: Type.String(), type: Type.String(), name: Type.String(), flow: Type.String() }),
  /** id of the sample; null: it had none */
  sample: Type.Union([Type.String(), Type.Null()]),
  error: Type.Object({ code: Type.String(), message: Type.String() }),
  tries: Type.Integer({ minimum: 1 }),
  /** of the first try and of the last, milliseconds since 1970 */
  first: Type.Number(),
  last: Type.Number(),
  /** the message as it came to the node */
  message: Type.Record(Type.String(), Type.Unknown()),
  /** properties of it that could not be kept */
  without: Type.Array(Type.String()),
});
export type DeadLetter = Static<typeof DeadLetterSchema>;

/** To be called on a deploy, so that the first look does not hold up Node-RED. */
export function prepareDeadLetterChecks(): void {
  prepareCheck(DeadLetterSchema);
}

interface DeadLettersOptions {
  /** null: nothing is kept beyond this process */
  folder: string | null;
  most?: number;
  /** characters of all together */
  mostSize?: number;
  /** told of a disk that takes none, and of letters that went to make room */
  onProblem?: (message: string) => void;
  now?: () => number;
  retryMs?: number;
}

/**
 * Messages that wait for a person, until they are tried again or dismissed. Each is a file of its own, written whole or not
 * at all; where a full disk takes none, which is a reason to be here, it waits in memory until the disk does.
 */
export class DeadLetters {
  private readonly letters = new Map<string, DeadLetter>();
  private readonly sizes = new Map<string, number>();
  private readonly unwritten = new Set<string>();
  private loading: Promise<void> | null = null;
  /** what touches the disk: one after another */
  private last: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;
  private isTold = false;

  constructor(private readonly options: DeadLettersOptions) {}

  /** Keeps a letter; never throws, never waits. @returns its id */
  add(letter: Omit<DeadLetter, 'format' | 'formatVersion' | 'id'>): string {
    const { now = Date.now } = this.options;
    const id = `${String(now()).padStart(13, '0')}-${randomBytes(6).toString('hex')}`;
    const kept: DeadLetter = { format: 'segmenter-failed', formatVersion: 1, id, ...letter };
    this.letters.set(id, kept);
    this.sizes.set(id, JSON.stringify(kept).length);
    this.unwritten.add(id);
    this.inTurn(async () => {
      await this.load();
      await this.write();
      this.makeRoom();
    });
    return id;
  }

  /** Lists all, the latest first. */
  async list(): Promise<DeadLetter[]> {
    await this.load();
    return [...this.letters.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** How many there are, as far as it is known now: what earlier processes kept is read meanwhile. */
  get size(): number {
    void this.load();
    return this.letters.size;
  }

  /** Takes a letter out; who asks second gets null. */
  async take(id: string): Promise<DeadLetter | null> {
    await this.load();
    const letter = this.letters.get(id) ?? null;
    if (letter) this.drop(id);
    return letter;
  }

  /** Resolves when all is on the disk, or the disk has not taken it. */
  async idle(): Promise<void> {
    await this.last;
  }

  private drop(id: string): void {
    this.letters.delete(id);
    this.sizes.delete(id);
    const isThere = !this.unwritten.delete(id);
    const { folder } = this.options;
    if (folder !== null && isThere) {
      this.inTurn(() => unlink(path.join(folder, `${id}.json`)).catch(() => undefined));
    }
  }

  private makeRoom(): void {
    const { most = MOST, mostSize = MOST_SIZE, onProblem } = this.options;
    let size = [...this.sizes.values()].reduce((sum, each) => sum + each, 0);
    for (const id of [...this.letters.keys()].sort().slice(0, -1)) {
      const isMany = this.letters.size > most;
      if (!isMany && size <= mostSize) break;
      const { node, sample } = this.letters.get(id) ?? {};
      size -= this.sizes.get(id) ?? 0;
      this.drop(id);
      const why = isMany ? `more than ${most} failed messages` : `failed messages of more than ${mostSize} characters`;
      onProblem?.(`${why} are kept; the oldest went: ${sample ?? id} at ${node?.name || node?.type}`);
    }
  }

  private inTurn(work: () => Promise<void>): void {
    this.last = this.last.then(work).catch((error: unknown) => this.options.onProblem?.(messageOf(error)));
  }

  private load(): Promise<void> {
    this.loading ??= this.readAll();
    return this.loading;
  }

  private async readAll(): Promise<void> {
    const { folder } = this.options;
    const names = folder === null ? [] : await readdir(folder).catch(() => []);
    for (const name of names) {
      const id = NAME.exec(name)?.groups?.id;
      if (folder === null || id === undefined || this.letters.has(id)) continue;
      const text = await readText(path.join(folder, name)).catch(() => '');
      const letter = parse(text);
      if (letter?.id !== id) continue;
      this.letters.set(id, letter);
      this.sizes.set(id, text.length);
    }
  }

  private async write(): Promise<void> {
    const { folder, onProblem, retryMs = RETRY_MS } = this.options;
    if (folder === null) return;
    for (const id of [...this.unwritten]) {
      const letter = this.letters.get(id);
      if (!letter) continue;
      try {
        await mkdir(folder, { recursive: true });
        await writeFileAtomic(path.join(folder, `${id}.json`), JSON.stringify(letter));
        // Taken out meanwhile: so the file goes, too.
        if (!this.letters.has(id)) await unlink(path.join(folder, `${id}.json`));
        this.unwritten.delete(id);
        this.isTold = false;
      } catch (error) {
        if (!this.isTold) onProblem?.(`failed messages are kept in memory only: ${messageOf(error)}`);
        this.isTold = true;
        this.timer ??= setTimeout(() => {
          this.timer = null;
          this.inTurn(() => this.write());
        }, retryMs).unref();
        return;
      }
    }
  }
}

function parse(text: string): DeadLetter | null {
  try {
    return validate(DeadLetterSchema, JSON.parse(text), 'failed message');
  } catch {
    return null;
  }
}
