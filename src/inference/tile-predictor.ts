import { throwIfCancelled } from '../base/errors';
import { eventLoopTurn } from '../base/event-loop';
import type { PredictionSession } from '../engines/engine';
import type { Blender, TileIndex } from './blender';
import { ConstantTiles } from './constant-tiles';
import { cutTile, type PlaneSource } from './cut-tile';
import type { Mirror } from './mirrors';
import { type OutputReading, readProbabilities } from './probabilities';
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

  constructor(
    private readonly settings: TileSettings,
    private readonly blender: Blender,
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
        this.blender.add(tile, mirror, output, 0);
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
    const spatial = plan.dimensions === 2 ? [plan.y.tile, plan.x.tile] : [plan.z.tile, plan.y.tile, plan.x.tile];
    const result = await session.predict(input, [items.length, channels, ...spatial]);
    const probabilities = readProbabilities(result, items.length, this.pixels, output);
    items.forEach(({ tile, mirror, key }, i) => {
      this.blender.add(tile, mirror, probabilities, i * this.pixels);
      if (key !== null) this.constants.set(key, probabilities.slice(i * this.pixels, (i + 1) * this.pixels));
    });
  }
}
