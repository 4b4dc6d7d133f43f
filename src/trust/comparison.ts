import { bootstrapInterval, type MeanInterval } from './bootstrap';

/** Of fewer files no difference is sure: that all of five are better happens by chance in one of 32. */
export const FEWEST_FILES = 6;

/** What a model found in an image. */
interface FoundBy {
  /** null: there is no truth */
  dice: number | null;
  objects: number;
  /** share of the pixels */
  foreground: number;
}

/** One image, segmented by two models. */
export interface ComparedImage {
  id: string;
  /** images of one file resemble each other */
  file: string;
  first: FoundBy;
  second: FoundBy;
  /** Dice of the two masks */
  overlap: number;
}

/** Two models on the same images. */
export interface ModelComparison {
  images: number;
  files: number;
  /** of the two masks, mean over images */
  overlap: number | null;
  /** objects found in all images */
  objects: { first: number; second: number };
  /** mean over images with a truth; null: there is none */
  dice: { first: number; second: number } | null;
  /** Dice of the second less that of the first, image by image; null: of fewer than two files */
  difference: MeanInterval | null;
  /** `better`: the interval of the difference lies above 0, `worse`: below, `alike`: 0 lies in it, `unknown`: it says nothing */
  second: 'better' | 'worse' | 'alike' | 'unknown';
}

/**
 * Compares two models by the same images: what differs in what they found and, where there is a truth, which is better, by
 * the paired difference of their Dice with an interval over files (see {@link bootstrapInterval}, which states the level).
 * @param fewest files that a judgement takes
 */
export function compareModels(images: readonly ComparedImage[], fewest = FEWEST_FILES): ModelComparison {
  const judged = images.flatMap(({ file, first, second }) =>
    first.dice === null || second.dice === null ? [] : [{ file, first: first.dice, second: second.dice }],
  );
  const byFile = new Map<string, number[]>();
  for (const { file, first, second } of judged) byFile.set(file, [...(byFile.get(file) ?? []), second - first]);
  const difference = bootstrapInterval([...byFile.values()]);
  const sum = (of: (image: ComparedImage) => number) => images.reduce((total, image) => total + of(image), 0);
  const mean = (of: (image: (typeof judged)[number]) => number) =>
    judged.reduce((total, image) => total + of(image), 0) / judged.length;
  return {
    images: images.length,
    files: new Set(images.map(({ file }) => file)).size,
    overlap: images.length > 0 ? sum(({ overlap }) => overlap) / images.length : null,
    objects: { first: sum(({ first }) => first.objects), second: sum(({ second }) => second.objects) },
    dice: judged.length > 0 ? { first: mean(({ first }) => first), second: mean(({ second }) => second) } : null,
    difference,
    second: judgement(difference, fewest),
  };
}

function judgement(difference: MeanInterval | null, fewest: number): ModelComparison['second'] {
  if (!difference || difference.files < fewest) return 'unknown';
  if (difference.low > 0) return 'better';
  return difference.high < 0 ? 'worse' : 'alike';
}
