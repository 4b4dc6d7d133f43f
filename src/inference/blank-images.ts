import { percent } from '../base/numbers';
import type { Normalisation } from '../image/normalisation';
import { isBlank } from '../image/signal';
import type { ModelCard } from '../models/card';

/** Finds out whether a model sees objects where an image shows none: few networks were ever shown an empty field. */
export class BlankImages {
  /** time points that look blank, and in which there are objects all the same */
  private readonly found: number[] = [];
  private isConstant = true;
  private pixels = 0;
  private objects = 0;
  private t = 0;
  private looksBlank = false;

  constructor(private readonly card: Pick<ModelCard, 'name' | 'version' | 'threshold'>) {}

  /** Begins a time point. @param normalisations one a channel */
  begin(t: number, normalisations: readonly Normalisation[]): void {
    this.t = t;
    const signals = normalisations.flatMap(({ signal }) => signal ?? []);
    this.looksBlank = signals.length > 0 && signals.every(isBlank);
    if (this.looksBlank) this.isConstant &&= signals.every(({ lowest, highest }) => lowest === highest);
  }

  /** Takes finished probabilities of the time point. */
  see(probabilities: Float32Array): void {
    if (!this.looksBlank) return;
    // People may cut lower than the card says.
    const threshold = Math.min(this.card.threshold, 0.5);
    let objects = 0;
    for (let i = 0; i < probabilities.length; i++) if (probabilities[i] > threshold) objects++;
    this.pixels += probabilities.length;
    this.objects += objects;
    if (objects > 0 && this.found.at(-1) !== this.t) this.found.push(this.t);
  }

  /** What a person should know. @param times time points of the image */
  warnings(id: string, times: number): string[] {
    if (this.found.length === 0) return [];
    const { name, version } = this.card;
    const where =
      times === 1 ? id : `${id}, time point ${this.found[0]} (${this.found.length} of ${times} time points)`;
    const why = this.isConstant ? 'each channel has one value throughout' : 'nothing in it stands out of its noise';
    return [
      `${where} looks blank: ${why}; yet ${name} ${version} finds objects on ${percent(this.objects / this.pixels)} of it, do not trust these`,
    ];
  }
}
