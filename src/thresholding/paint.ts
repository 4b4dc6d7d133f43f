import { InvalidInputError } from '../base/errors';
import { FOREGROUND } from './apply';
import { type LabelledRow, labelledRows, type Objects } from './components';

/** The pixels of objects, some rows of the volume after the other, as a mask or as labels. */
export class ObjectPainter {
  private readonly rows: Generator<LabelledRow, void, void>;
  private row = 0;

  constructor(private readonly objects: Objects) {
    this.rows = labelledRows(objects);
  }

  /**
   * The next rows as a mask.
   * @param out receives them, whole rows; 255 in objects, 0 elsewhere
   * @param see is shown each row: its runs, and its number in the volume
   */
  mask(out: Uint8Array, see: (runs: LabelledRow, row: number) => void = () => undefined): void {
    this.paint(out, () => FOREGROUND, see);
  }

  /**
   * The next rows with the label of each object; background is 0.
   * @throws InvalidInputError when there are more objects than the type of `out` can number
   */
  labels(out: Uint16Array | Int32Array | Uint32Array | Float64Array): void {
    const { count } = this.objects;
    if (out instanceof Uint16Array && count > 65535)
      throw new InvalidInputError('labels', 'at most 65535 objects in a uint16 label image', count);
    this.paint(
      out,
      (label) => label,
      () => undefined,
    );
  }

  private paint(
    out: Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array,
    valueFor: (label: number) => number,
    see: (runs: LabelledRow, row: number) => void,
  ): void {
    const { shape } = this.objects.runs;
    const [depth, height, width] = shape;
    const rows = out.length / width;
    if (!Number.isInteger(rows) || this.row + rows > depth * height)
      throw new InvalidInputError('rows to paint', `whole rows of a volume of z, y, x = ${shape}`, out.length);
    out.fill(0);
    for (let offset = 0; offset < out.length; offset += width) {
      const step = this.rows.next();
      if (step.done) return;
      const { data, count } = step.value;
      for (let i = 0; i < 3 * count; i += 3) {
        if (data[i + 2] !== 0) out.fill(valueFor(data[i + 2]), offset + data[i], offset + data[i + 1]);
      }
      see(step.value, this.row++);
    }
  }
}
