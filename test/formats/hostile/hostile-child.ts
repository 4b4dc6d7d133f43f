import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SegmenterError } from '../../../src/base/errors';
import { readInput } from '../fuzz/read-input';
import { type HostileFile, hostileFiles } from './hostile-files';

/** What the child says: which file it begins, and how it went. */
export type HostileMessage =
  | { kind: 'begin'; name: string }
  | { kind: 'end'; name: string; ms: number; fault: string | null; peakBytes: number };

const LONGEST_MESSAGE = 2000;
const say = (message: HostileMessage): boolean | undefined => process.send?.(message);

async function main(folder: string, size: number): Promise<void> {
  for (const hostile of hostileFiles(size)) {
    const file = place(folder, hostile);
    say({ kind: 'begin', name: hostile.name });
    const start = performance.now();
    const fault = await readInput(file, hostile.extension).then(
      () => null,
      (error: unknown) => faultOf(error, folder),
    );
    const ms = performance.now() - start;
    say({ kind: 'end', name: hostile.name, ms, fault, peakBytes: process.resourceUsage().maxRSS * 1024 });
    rmSync(path.join(folder, `input${hostile.extension}`), { recursive: true, force: true });
  }
}

/** Anything but an error of ours of some lines. @param folder whose path is left out, as long as it is by chance */
function faultOf(error: unknown, folder: string): string | null {
  if (!(error instanceof SegmenterError) || error.code === 'internal') {
    return `not an error of ours: ${(error as Error)?.stack?.slice(0, LONGEST_MESSAGE) ?? String(error)}`;
  }
  const [record, message] = [JSON.stringify(error.toRecord()), error.message].map((text) =>
    text.replaceAll(folder, ''),
  );
  return record.length > 10 * LONGEST_MESSAGE || message.length > LONGEST_MESSAGE
    ? `an error of ${record.length} characters: ${error.message.slice(0, 200)}`
    : null;
}

function place(folder: string, { extension, bytes, opened = '' }: HostileFile): string {
  const target = path.join(folder, `input${extension}`);
  if (bytes instanceof Uint8Array) {
    writeFileSync(target, bytes);
    return target;
  }
  mkdirSync(target);
  for (const [name, text] of Object.entries(bytes)) writeFileSync(path.join(target, name), text);
  return path.join(target, opened);
}

const [folder, size] = process.argv.slice(2);
void main(folder, Number(size)).then(() => process.disconnect());
