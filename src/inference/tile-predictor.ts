import { LruCache } from '../base/collections';
import { throwIfCancelled } from '../base/errors';
import { eventLoopTurn } from '../base/long-work';
import type { PredictionSession } from '../engines/engine';
import type { Blender, TileIndex } from './blender';
import { cutTile, type Mirror, type PlaneSource } from './cut-tile';
import { type OutputReading, readChannels, readProbabilities } from './probabilities';
import { type TilePlan, tilePixels } from './tiles';

/** A tile, mirrored in one way. */
export interface WorkItem {
  tile: TileIndex;
  mirror: Mirror;
}

/** What is predicted with, and how. */
export interface TileSettings {
  session: PredictionSession;
  plan: TilePlan;
  channels: number;
  output: OutputReading;
  /** channels that are kept: all of a network that tells objects apart, else the structure's alone (1) */
  outputs?: number;
  /** tiles a call of the network; changes the speed, never the result */
  batch: number;
  signal?: AbortSignal;
}

interface Waiting extends WorkItem {
  /** of a tile that is constant */
  key: string | null;
}

/** Cuts tiles, predicts them batch by batch and blends them; of equal constant tiles it predicts one. */
export class TilePredictor {
  private readonly constants: ConstantTiles;
  private readonly pixels: number;

  /** @param blenders one for each channel that is kept */
  constructor(
    private readonly settings: TileSettings,
    private readonly blenders: readonly Blender[],
  ) {
    this.pixels = tilePixels(settings.plan);
    this.constants = new ConstantTiles(settings.channels, this.pixels);
  }

  /**
   * Predicts tiles that lie within a source.
   * @param told is called with the number of tiles done since the last call
   * @throws CancelledError; SegmenterError `engine` for outputs that are no probabilities
   */
  async predict(source: PlaneSource, items: readonly WorkItem[], told: (tiles: number) => void): Promise<void> {
    const { plan, channels, batch, signal } = this.settings;
    const size = channels * this.pixels;
    let input = new Float32Array(Math.min(batch, items.length) * size);
    let waiting: Waiting[] = [];
    let known = 0;
    for (const [i, { tile, mirror }] of items.entries()) {
      const start = [plan.z.starts[tile.z], plan.y.starts[tile.y], plan.x.starts[tile.x]] as const;
      const at = waiting.length * size;
      cutTile(source, channels, plan, [...start], mirror, input, at);
      const key = this.constants.keyOf(input, at);
      const output = key === null ? undefined : this.constants.get(key);
      if (output) {
        this.blend({ tile, mirror }, output, 0);
        known++;
      } else {
        waiting.push({ tile, mirror, key });
      }
      const last = i === items.length - 1;
      if (waiting.length > 0 && (waiting.length === batch || last)) {
        throwIfCancelled(signal, 'the prediction');
        await this.run(input.length === waiting.length * size ? input : input.slice(0, waiting.length * size), waiting);
        told(waiting.length + known);
        input = new Float32Array(Math.min(batch, items.length - 1 - i) * size);
        waiting = [];
        known = 0;
      } else if (known >= batch || (known > 0 && last)) {
        told(known);
        known = 0;
        await eventLoopTurn();
        throwIfCancelled(signal, 'the prediction');
      }
    }
  }

  private async run(input: Float32Array, items: readonly Waiting[]): Promise<void> {
    const { session, plan, channels, output } = this.settings;
    const outputs = this.blenders.length;
    const spatial = plan.dimensions === 2 ? [plan.y.tile, plan.x.tile] : [plan.z.tile, plan.y.tile, plan.x.tile];
    const result = await session.predict(input, [items.length, channels, ...spatial]);
    const probabilities =
      outputs > 1
        ? readChannels(result, items.length, this.pixels, outputs)
        : readProbabilities(result, items.length, this.pixels, output);
    const ofTile = outputs * this.pixels;
    items.forEach(({ tile, mirror, key }, i) => {
      this.blend({ tile, mirror }, probabilities, i * ofTile);
      if (key !== null) this.constants.set(key, probabilities.slice(i * ofTile, (i + 1) * ofTile));
    });
  }

  private blend({ tile, mirror }: WorkItem, probabilities: Float32Array, offset: number): void {
    this.blenders.forEach((blender, channel) => {
      blender.add(tile, mirror, probabilities, offset + channel * this.pixels);
    });
  }
}

/** Outputs kept. Backgrounds have one value, or a few after a stitching. */
const KEPT = 8;

/**
 * Outputs for tiles whose pixels all have one value (in each channel): a network gives the same for the same input,
 * wherever the tile lies. Most of a whole-slide image can be such tiles.
 */
class ConstantTiles {
  private readonly outputs = new LruCache<string, Float32Array>(KEPT);

  /** @param pixels of a tile and channel */
  constructor(
    private readonly channels: number,
    private readonly pixels: number,
  ) {}

  /** The values of a constant tile as a key; null for any other. @param offset where the tile begins, [c, z, y, x] */
  keyOf(input: Float32Array, offset: number): string | null {
    const values: number[] = [];
    for (let channel = 0; channel < this.channels; channel++) {
      const start = offset + channel * this.pixels;
      const value = input[start];
      for (let i = start + 1; i < start + this.pixels; i++) if (input[i] !== value) return null;
      values.push(value);
    }
    return values.join();
  }

  /** What was predicted for a key, if it is known. */
  get(key: string): Float32Array | undefined {
    return this.outputs.get(key);
  }

  set(key: string, probabilities: Float32Array): void {
    this.outputs.set(key, probabilities);
  }
}
