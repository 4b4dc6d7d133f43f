import type { Node, NodeAPI } from 'node-red';
import type { Point } from '../../src/stage/orientation';
import { Visited, VisitedSchema } from '../../src/stage/visited';
import { MemoryFile, memoryPath } from '../memory-file';

const TEXTS = {
  unread: 'which places were visited before is not known any more',
  unwritten: 'which places were visited is not kept over a restart',
};

/** Remembers across restarts which places of the stage were asked for, run by run. */
export class VisitedMemory {
  private visited: Visited | null = null;
  private readonly file: MemoryFile<typeof VisitedSchema>;

  /** @param distance micrometres within which places are the same */
  constructor(
    RED: NodeAPI,
    node: Node,
    private readonly distance: number,
  ) {
    this.file = new MemoryFile(memoryPath(RED, node, 'positions'), VisitedSchema, TEXTS, (text) => node.warn(text));
  }

  async open(): Promise<Visited> {
    this.visited ??= new Visited(this.distance, (await this.file.load()) ?? undefined);
    return this.visited;
  }

  /** Notes that places are asked for. */
  async add(run: string, places: readonly Point[]): Promise<void> {
    const visited = await this.open();
    for (const place of places) visited.add(run, place);
    if (places.length > 0) this.file.changed(() => visited.kept());
  }

  async forget(run: string): Promise<void> {
    const visited = await this.open();
    visited.forget(run);
    this.file.changed(() => visited.kept());
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
