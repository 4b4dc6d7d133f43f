/** A number of a report, what it says and what it is where there is nothing. */
export interface Definition {
  of: 'dice' | 'iou' | 'precision' | 'nsd' | 'hd95' | 'ap' | 'pq' | 'errors' | 'ece' | 'brier' | 'interval';
  name: string;
  says: string;
}

const COUNTS =
  'TP, FP and FN are the pixels (voxels of a stack) that are found and true, found and not true, true and not found.';

/** What each number of a comparison means. `docs/report.md` says the same at length. */
export const DEFINITIONS: readonly Definition[] = [
  {
    of: 'dice',
    name: 'Dice',
    says: `2 TP / (2 TP + FP + FN). ${COUNTS} 1 is perfect. Large objects decide it; a rim of one pixel costs small objects most. Where the truth is empty it is 1 if nothing was found, else 0.`,
  },
  {
    of: 'iou',
    name: 'IoU',
    says: 'TP / (TP + FP + FN), also called the Jaccard index; it follows from Dice as D / (2 - D).',
  },
  {
    of: 'precision',
    name: 'Precision, recall',
    says: 'TP / (TP + FP): of what was found, how much is true. TP / (TP + FN): of what is true, how much was found.',
  },
  {
    of: 'nsd',
    name: 'NSD (normalised surface Dice)',
    says: 'The share of the outlines of both segmentations that lie within the tolerance of the other outline. An outline is each foreground pixel with a neighbour over an edge (a face in stacks) that is background or outside of the image. Distances are exact, with the size of pixels along each axis. 1 where neither has an outline, 0 where one has.',
  },
  {
    of: 'hd95',
    name: 'HD95',
    says: 'The distance within which 95 % of one outline lie from the other, of both directions the larger. It shows how far the worst parts are off. 0 where neither has an outline; infinite (∞) where only one has: such images are in no mean and are counted beside it.',
  },
  {
    of: 'ap',
    name: 'Object AP',
    says: 'Matched objects / (matched + surplus + missed objects). A found and a true object match where their IoU is at least 0.5; objects are the labels of a label image, else what touches over edges. "0.5 to 0.95" is the mean over ten such limits. 1 where neither has an object.',
  },
  {
    of: 'pq',
    name: 'PQ (panoptic quality)',
    says: 'The sum of the IoU of matched objects / (matched + half of surplus + half of missed objects), at the limit 0.5.',
  },
  {
    of: 'errors',
    name: 'Splits, merges, count error',
    says: 'True objects in which the larger part of two or more found objects lies; found objects in which the larger part of two or more true objects lies; the number of found objects less that of true ones, its sign left out. 0 is best of each.',
  },
  {
    of: 'ece',
    name: 'ECE (expected calibration error)',
    says: 'How far probabilities are from the share of pixels that are foreground: pixels are put into 20 bins of even width by their probability, and the distances of both means are averaged, each bin by its pixels. Background far from any object is mostly right and makes it small.',
  },
  {
    of: 'brier',
    name: 'Brier score',
    says: 'The mean of (probability - truth)² over pixels, the truth being 0 or 1; 0 is best.',
  },
  {
    of: 'interval',
    name: '95 % interval',
    says: 'Files are drawn anew at random 2,000 times, with all of their images; 95 % of the means lie in the interval. It says how the mean depends on which files were taken, and nothing of files of another kind. With fewer than ten files it is too narrow.',
  },
];

/** What the numbers of any comparison do not say. */
export const LIMITS: readonly string[] = [
  'They hold for images like these: same kind of sample, staining, microscope, objective and exposure. Of images of another microscope or another staining they say nothing.',
  'The truth was drawn by people, who differ. Where two of them would agree to a Dice of 0.9 only, a higher one against one of them means little.',
  'Images that chose the model, its threshold or any setting of this flow flatter it. For a final claim compare with images that nothing was decided on.',
  'A mean hides the worst: look at the lowest rows of the table and at the pictures.',
  'Files of one animal, plate or day are not independent. The interval takes each file as independent, and is too narrow where they are not.',
];

/** What else the numbers of a training do not say. */
export const TRAINING_LIMITS: readonly string[] = [
  'Cross-fitted scores are of networks that learned from fewer images and for shorter than the model: they judge how the model was made, not its own weights.',
  'Held-out scores of one training chose its best step and its threshold: of other images they promise a little too much.',
  'Each time point of a series counts as an image here; evaluate counts a series as one.',
];
