import { LruCache } from '../../src/base/collections';
import type { Sample } from '../../src/samples/sample';
import { Watchers } from './watchers';

/** A thumbnail, and what stands below it. */
export interface Thumbnail {
  /** counts up with each */
  version: number;
  png: Buffer;
  /** of the node that the sample passed: where this is one of a subflow, another than that of the canvas */
  node: string;
  sample: string;
  dice: number | null;
}

/** What passed a node last and is not drawn: nobody looked. */
export interface Passed {
  node: string;
  sample: Sample;
  dice: number | null;
}

/** Places whose last sample is kept until somebody looks. */
const MOST_WAITING = 500;
/** Bytes of all thumbnails that are kept for editors to come; they cost some tens of KB each. */
const KEPT_BYTES = 32 * 2 ** 20;

/** What a node is told of the editors. */
export interface Place {
  /** somebody looks at it who did not a moment ago */
  seen(): void;
  /** its button */
  show(shown: boolean): void;
}

/**
 * The thumbnails of all nodes by their places on the canvas: those of a subflow's instances share the one of the subflow.
 * Outlives the nodes over a deploy.
 */
export class PreviewStore {
  readonly watchers = new Watchers();
  private readonly kept = new LruCache<string, Thumbnail>(KEPT_BYTES);
  private readonly waiting = new LruCache<string, Passed>(MOST_WAITING);
  private readonly places = new Map<string, Set<Place>>();
  private versions = Date.now();

  /** Adds a node to a place. @returns takes it away again */
  add(place: string, node: Place): () => void {
    const here = this.places.get(place) ?? new Set();
    this.places.set(place, here.add(node));
    return () => {
      here.delete(node);
      if (here.size === 0) this.places.delete(place);
    };
  }

  at(place: string): ReadonlySet<Place> {
    return this.places.get(place) ?? new Set();
  }

  keep(place: string, thumbnail: Omit<Thumbnail, 'version'>): Thumbnail {
    const kept = { ...thumbnail, version: ++this.versions };
    this.kept.set(place, kept, kept.png.byteLength);
    return kept;
  }

  get(place: string): Thumbnail | undefined {
    return this.kept.get(place);
  }

  forget(place: string): void {
    this.kept.delete(place);
    this.waiting.delete(place);
  }

  /** Notes what passed last, in place of what passed before. */
  pass(place: string, passed: Passed): void {
    this.waiting.set(place, passed);
  }

  hasWaiting(place: string): boolean {
    return this.waiting.has(place);
  }

  /** Takes what is to be drawn. */
  take(place: string): Passed | undefined {
    const passed = this.waiting.get(place);
    this.waiting.delete(place);
    return passed;
  }

  /** An editor shows these places now, and no others. @returns versions of the thumbnails that there are, by place */
  look(editor: string, places: readonly string[]): Record<string, number> {
    this.watchers.look(editor, places);
    for (const place of places) for (const node of this.at(place)) node.seen();
    const versions = places.map((place) => [place, this.get(place)?.version] as const);
    return Object.fromEntries(versions.filter((entry): entry is [string, number] => entry[1] !== undefined));
  }
}

/** Module state on purpose: one for all nodes, kept over deploys. */
export const previews = new PreviewStore();
