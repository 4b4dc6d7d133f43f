/**
 * Counter-based random numbers: the stream depends on its key alone, never on how many numbers others drew,
 * so results do not change with worker count or order of work.
 */
export class Random {
  private state: Uint32Array;

  /** @param key integers naming the stream, for example (seed, step, item). */
  constructor(...key: number[]) {
    // Each key part is mixed in with the finaliser of MurmurHash3; four words seed xoshiro128**.
    this.state = new Uint32Array(4);
    let hash = 0x9e3779b9;
    for (let word = 0; word < 4; word++) {
      for (const part of key) {
        hash = mix(hash ^ (part >>> 0));
        hash = mix(hash + Math.floor(part / 2 ** 32) + 0x85ebca6b);
      }
      hash = mix(hash + word + 1);
      this.state[word] = hash;
    }
  }

  /** Draws 32 random bits; xoshiro128** (Blackman and Vigna, 2018). */
  bits(): number {
    const s = this.state;
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** Draws uniformly from [0, 1), 32 bits fine. */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** Draws uniformly from [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Draws a uniform integer in [0, count); count below 2^32. */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Draws from the standard normal distribution by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Draws from the Poisson distribution: Knuth's product below a mean of 30, a rounded normal above. */
  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.uniform(); product > limit; product *= this.uniform()) count++;
    return count;
  }

  /** Makes a shuffled copy (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
