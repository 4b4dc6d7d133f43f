import type { PixelArray } from '../image/dtype';

/**
 * Gathers how unsure the pixels of each object are: the binary entropy of their probabilities in bits, 0 where the network is
 * certain, 1 at 0.5.
 */
export class ObjectUncertainty {
  private readonly sums = new Map<number, { bits: number; pixels: number }>();

  /** @param scale stored probability times scale is the probability */
  constructor(private readonly scale: number) {}

  /** Takes rows of labels (0 background) and of the probabilities in the same places. */
  add(labels: PixelArray, probabilities: PixelArray): void {
    let [label, sum] = [0, { bits: 0, pixels: 0 }];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0) continue;
      if (labels[i] !== label) {
        label = labels[i];
        sum = this.sums.get(label) ?? { bits: 0, pixels: 0 };
        this.sums.set(label, sum);
      }
      sum.bits += entropy(probabilities[i] * this.scale);
      sum.pixels++;
    }
  }

  /** Gives the mean over the pixels of an object; undefined where there is no such. */
  of(label: number): number | undefined {
    const sum = this.sums.get(label);
    return sum && sum.bits / sum.pixels;
  }
}

/** Of the answer to whether something of this probability is so, in bits. */
function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
}
