import { grown } from '../thresholding/row-labeller';

/** Numbers of objects, of which several may turn out to be one object's. */
export class JoinedNumbers {
  private parent = new Int32Array(1024);
  private count = 1;

  /** Gives so many new numbers. @returns the first of them */
  more(count: number): number {
    const first = this.count;
    this.count += count;
    this.parent = grown(this.parent, this.count);
    for (let i = first; i < this.count; i++) this.parent[i] = i;
    return first;
  }

  /** Counts the numbers given, and 0, which is none. */
  get length(): number {
    return this.count;
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
    if (rootA < rootB) this.parent[rootB] = rootA;
    else this.parent[rootA] = rootB;
  }

  /** Gives the number that stands for all that were joined. */
  rootOf(number: number): number {
    const { parent } = this;
    let i = number;
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }
}
