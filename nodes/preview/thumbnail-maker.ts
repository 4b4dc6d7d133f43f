import { setTimeout as sleep } from 'node:timers/promises';
import type { Node, NodeAPI } from 'node-red';
import { messageOf } from '../../src/base/errors';
import { jobAccess } from '../job-host-access';
import { drawPng, overlayInput } from './drawing';
import { type Passed, type Place, previews } from './preview-store';
import type { PreviewSettings } from './settings';

/** Topic of the editor's socket: every editor hears it, so it says no more than which place has something new. */
const TOPIC = 'segmenter/preview';
/** A thumbnail of a node that gets many messages is made anew so often at most. */
const EVERY_MS = 500;
/** Screens have up to two pixels for one of the canvas. */
const DENSITY = 2;
const MOST_PIXELS = 800;

/** Makes a node's thumbnails: of the newest sample only, and only while an editor shows the node. */
export class ThumbnailMaker implements Place {
  private drawing = false;
  private shown: boolean;
  private removed = false;
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
  pass(passed: Omit<Passed, 'node'>): void {
    previews.pass(this.place, { node: this.node.id, ...passed });
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
    if (!shown) previews.forget(this.place);
  }

  close(removed: boolean): void {
    this.removed = removed;
    this.closing.abort();
    this.leave();
    if (removed) previews.forget(this.place);
  }

  private isWanted(): boolean {
    return (
      previews.hasWaiting(this.place) &&
      this.shown &&
      !this.closing.signal.aborted &&
      previews.watchers.isWatched(this.place)
    );
  }

  private async draw(): Promise<void> {
    const { signal } = this.closing;
    while (this.isWanted()) {
      const passed = previews.take(this.place);
      if (!passed) return;
      const { node, sample, dice } = passed;
      try {
        const look = { longest: Math.min(MOST_PIXELS, DENSITY * this.settings.width), style: 'overlay' } as const;
        const png = await drawPng(jobAccess(this.RED).host, overlayInput(sample, this.settings, look), signal);
        if (!this.shown || this.removed) return;
        const { version } = previews.keep(this.place, { png, node, sample: sample.id, dice });
        this.RED.comms.publish(TOPIC, { node: this.place, version }, false);
      } catch (error) {
        // What a deploy came upon its successor draws.
        if (signal.aborted && !this.removed && !previews.hasWaiting(this.place)) previews.pass(this.place, passed);
        if (signal.aborted) return;
        this.node.warn(`no preview of ${sample.id}: ${messageOf(error)}`);
      }
      await sleep(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
