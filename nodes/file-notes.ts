import type { Node } from 'node-red';
import type { ImageDescription } from '../src/image/description';
import { listNames } from '../src/samples/names';
import type { Sample } from '../src/samples/sample';

const ROLES = ['raw', 'seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;

/**
 * Warns of what the files of loaded samples say: what one lacks is no error, but nothing that a person should miss. At
 * once the first time, of others that say the same together.
 */
export class FileNotes {
  private readonly others = new Map<string, string[]>();

  constructor(private readonly node: Node) {}

  tell(sample: Sample): void {
    for (const role of ROLES) {
      const image = sample[role] as Partial<ImageDescription> | undefined;
      for (const note of image?.notes ?? []) {
        const text = `${role}: ${note}`;
        const others = this.others.get(text);
        if (others) others.push(sample.id);
        else {
          this.node.warn(`${sample.id}, ${text}`);
          this.others.set(text, []);
        }
      }
    }
  }

  tellOthers(): void {
    for (const [text, ids] of this.others) {
      if (ids.length > 0) this.node.warn(`the same of ${listNames(ids)}, ${text}`);
    }
  }
}
