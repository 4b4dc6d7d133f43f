import { setTimeout as sleep } from 'node:timers/promises';
import type { Node, NodeAPI } from 'node-red';
import { messageOf } from '../../src/base/errors';
import type { Sample } from '../../src/samples/sample';
import { jobAccess } from '../job-host-access';
import { drawPng, overlayInput } from './drawing';
import { type Place, previews } from './preview-store';
import type { PreviewSettings } from './settings';

/** Topic of the editor's socket: every editor hears it, so it says no more than which place has something new. */
const TOPIC = 'segmenter/preview';
/** A thumbnail of a node that gets many messages is made anew so often at most. */
const EVERY_MS = 500;
/** Screens have up to two pixels for one of the canvas. */
const DENSITY = 2;
const MOST_PIXELS = 800;

interface Passed {
  sample: Sample;
  dice: number | null;
}

/** Makes a node's thumbnails: of the newest sample only, and only while an editor shows the node. */
export class ThumbnailMaker implements Place {
  /** what passed last and is not drawn */
  private waiting: Passed | null = null;
  private drawing = false;
  private shown: boolean;
  private readonly closing = new AbortController();
  private readonly leave: () => void;

  /** @param place of the node on the canvas */
  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly settings: PreviewSettings,
    private readonly place: string,
  ) {
    this.shown = settings.shown;
    this.leave = previews.add(place, this);
  }

  /** Tells whether the node shows a thumbnail at all: then its samples are wanted. */
  get isShown(): boolean {
    return this.shown;
  }

  /** Takes what passes the node; never throws and never waits. */
  pass(passed: Passed): void {
    this.waiting = passed;
    this.seen();
  }

  seen(): void {
    if (this.drawing || !this.isWanted()) return;
    this.drawing = true;
    void this.draw().finally(() => {
      this.drawing = false;
    });
  }

  show(shown: boolean): void {
    this.shown = shown;
    if (shown) return;
    this.waiting = null;
    previews.forget(this.place);
  }

  close(removed: boolean): void {
    this.closing.abort();
    this.leave();
    if (removed) previews.forget(this.place);
  }

  private isWanted(): boolean {
    return (
      this.waiting !== null && this.shown && !this.closing.signal.aborted && previews.watchers.isWatched(this.place)
    );
  }

  private async draw(): Promise<void> {
    const { signal } = this.closing;
    while (this.isWanted() && this.waiting) {
      const { sample, dice } = this.waiting;
      this.waiting = null;
      try {
        const look = { longest: Math.min(MOST_PIXELS, DENSITY * this.settings.width), style: 'overlay' } as const;
        const png = await drawPng(jobAccess(this.RED).host, overlayInput(sample, this.settings, look), signal);
        if (!this.shown || signal.aborted) return;
        const { version } = previews.keep(this.place, { png, node: this.node.id, sample: sample.id, dice });
        this.RED.comms.publish(TOPIC, { node: this.place, version }, false);
      } catch (error) {
        if (signal.aborted) return;
        this.node.warn(`no preview of ${sample.id}: ${messageOf(error)}`);
      }
      await sleep(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
