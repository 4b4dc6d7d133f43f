import path from 'node:path';
import { SegmenterError } from '../../../base/errors';
import { isInside, toPath, toUri } from '../../../storage/paths';
import type { JobData } from '../job-data';
import { fromPortable, isPlace, isPortable, type SharedFolder, toPortable } from '../shared-folders';
import { isShared } from '../transfer/sent-places';
import type { AskerClient } from './asker-client';
import type { BundleCache, TakenBundle } from './bundle-cache';
import { MountError } from './mount-error';

/** What a job names, where this machine has it: in a folder that it shares with the asker, else in files that it was sent. */
export class PlacesHere {
  private readonly brought = new Map<string, TakenBundle>();

  constructor(private readonly folders: readonly SharedFolder[]) {}

  /** Whether this machine has the shared folder of a place. */
  reaches(place: string): boolean {
    return isShared(place) && this.folders.some(({ name }) => place.split('://')[1]?.split('/')[0] === name);
  }

  /** Fetches what lies in no folder here. @throws as {@link BundleCache.take} */
  async bring(
    places: NonNullable<JobData['sent']>['places'],
    cache: BundleCache,
    client: AskerClient,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const { place, bundle } of places) {
      if (!this.reaches(place)) this.brought.set(place, await cache.take(bundle, client, signal));
    }
  }

  /** Lets go of what was fetched. */
  async release(): Promise<void> {
    for (const { release } of this.brought.values()) await release();
  }

  /**
   * Gives the place here of a portable one; any other text as it is.
   * @throws MountError where this machine does not have it
   */
  here(text: string): string {
    if (!isPortable(text)) return text;
    const brought = this.brought.get(text);
    if (brought) return text.startsWith('segmenter-file:') ? toUri(brought.place) : brought.place;
    try {
      return fromPortable(text, this.folders);
    } catch (error) {
      throw error instanceof SegmenterError ? new MountError(error.code, error.message, error.details) : error;
    }
  }

  /** Gives the portable form of a place here, and a text that names fetched files as the asker calls them. */
  portable(text: string): string {
    if (!isPlace(text)) return this.told(text);
    const full = path.resolve(toPath(text));
    for (const [place, { place: own }] of this.brought) {
      if (!isInside(own, full)) continue;
      const below = path.relative(own, full).split(path.sep).join('/');
      const form = text.startsWith('file:') ? 'file' : 'path';
      return place.replace(/^segmenter-(file|path)/, `segmenter-${form}`) + (below === '' ? '' : `/${below}`);
    }
    return toPortable(text, this.folders) ?? text;
  }

  /** An error or warning names files as they are called where they came from. */
  told(text: string): string {
    return [...this.brought.values()].reduce(
      (left, { place, bundle }) => left.replaceAll(toUri(place), bundle.name).replaceAll(place, bundle.name),
      text,
    );
  }
}
