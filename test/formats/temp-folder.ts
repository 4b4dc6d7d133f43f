import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that lives as long as the surrounding `describe`. */
export function useTempFolder(): { file(name: string): string; write(name: string, bytes: Uint8Array): string } {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-formats-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string): string => path.join(folder, name);
  return {
    file,
    write(name, bytes) {
      writeFileSync(file(name), bytes);
      return file(name);
    },
  };
}
