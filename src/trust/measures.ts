/** A number that tells how one channel looks. */
export interface Measure {
  name: string;
  /** images of one kind differ by so much, as a standard deviation, where nothing else is known */
  floor: number;
  /** what an image is called that has less, and more of it */
  words: readonly [less: string, more: string];
  /** what a wider scale of the pixels does to it: a level moves with them, a logarithm by that of the factor; absent: nothing */
  scales?: 'level' | 'log';
}

/** What is measured of each channel, in the order of an {@link Appearance}. */
export const APPEARANCE: readonly Measure[] = [
  { name: 'noise', floor: 0.2, words: ['less noise', 'more noise'], scales: 'log' },
  { name: 'roughness', floor: 0.05, words: ['blurred', 'more detail of single pixels'] },
  { name: 'detail2', floor: 0.05, words: ['smoother over some pixels', 'more detail of 2 to 4 pixels'] },
  { name: 'detail4', floor: 0.07, words: ['larger structures', 'smaller structures'] },
  { name: 'contrast4', floor: 0.15, words: ['fewer or weaker edges', 'more or stronger edges'], scales: 'log' },
  { name: 'edges', floor: 0.1, words: ['weak edges beside the noise', 'strong edges beside the noise'] },
  { name: 'outliers', floor: 0.1, words: ['few sharp edges beside the noise', 'many sharp edges beside the noise'] },
  { name: 'dark', floor: 0.1, words: ['darker dark parts', 'brighter dark parts'], scales: 'level' },
  { name: 'middle', floor: 0.1, words: ['more dark parts', 'more bright parts'], scales: 'level' },
  { name: 'bright', floor: 0.25, words: ['darker bright parts', 'brighter bright parts'], scales: 'level' },
];
