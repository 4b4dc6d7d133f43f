import { type Content, type Html, html } from '../html';
import { DEFINITIONS, LIMITS, TRAINING_LIMITS } from './english-definitions';
import { SETTINGS } from './english-settings';

const counted = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
const images = (n: number) => counted(n, 'image');
const files = (n: number) => counted(n, 'file');

/** Every text of a report. What another language has is checked against it by the compiler. */
export const ENGLISH = {
  language: 'en',
  numbers: 'en-GB',
  images,
  files,
  range: (low: string, high: string) => `${low} to ${high}`,
  definitions: DEFINITIONS,
  limits: LIMITS,
  trainingLimits: TRAINING_LIMITS,

  evaluation: {
    title: 'Segmentation compared with the truth',
    pageTitle: (title: string) => `${title}: report`,
    subtitle: (count: number, of: number, made: string) =>
      `${images(count)} of ${files(of)} compared with the truth · ${made}`,
    defaultTruth: 'target, else seg1',
    imagesHead: 'Images',
    level: (range: string) => `95 %: ${range}`,
    noInterval: 'one file: no interval',
    withForeground: (n: number) => `${n} with foreground`,
    ofFiles: (n: number) => `of ${files(n)}`,
    inNoMean: 'in no mean, listed below',
    allCompared: 'all were compared',
    compared: 'What was compared',
    model: (name: string) => `The model ${name}`,
    files: 'Compared files',
    judged: 'Judged',
    judgedImage: (name: string): Html => html`the image <code>${name}</code> of each sample`,
    truth: 'Truth',
    truthImage: (name: string): Html => html`the image <code>${name}</code>`,
    models: 'Models',
    masksBy: 'Masks were made by',
    learned: (n: number, of: number, model: string) =>
      `${n} of ${images(of)} compared here are of files that the model ${model} was trained with: for these the numbers say how well it remembers, not how well it will do on new images.`,
    failed: (n: number) =>
      `${images(n)} could not be compared and ${n === 1 ? 'is' : 'are'} in no mean: a good mean with failures is no good result.`,
    notHashed: 'not hashed',
    filesNote: (unlisted: number) =>
      `Each file with its SHA-256 (of the pixels for sets of files and OME-Zarr). Not hashed: files beyond the first gigabyte${unlisted > 0 ? `; ${unlisted} more images are not listed` : ''}.`,
    raw: 'Raw',
    node: 'Node',
    inCsv: "Each image has all numbers in the node's table (csv).",
  },

  /** What tables and curves of every report say. */
  scores: {
    numbers: 'In numbers',
    every: 'Every image',
    tolerance: 'Tolerance of the NSD',
    pixels: (n: number): string => (n === 1 ? 'pixel' : 'pixels'),
    toleranceDiffers: ' for the first image; others differ, as their pixel size does',
    outlines: 'Outlines',
    outlinesAre: 'foreground pixels with a background neighbour over an edge (a face in stacks)',
    objectsMatch: 'Objects match from',
    objects: 'Objects',
    objectsAre: 'the numbers of a label image, else what touches over edges (faces in stacks)',
    objectsLabels: 'the numbers of the label image',
    empty: (n: number, of: number, found: number) =>
      `The truth of ${n} of ${images(of)} is empty, and in ${found} of these something was found. The means are over the other images.`,
    meanWithEmpty: 'Mean with empty truths',
    infinite: (finite: number, infinite: number) => `${finite} (+ ${infinite} infinite)`,
    tableNote: (hasEmpty: boolean) =>
      `Over ${hasEmpty ? 'the images whose truth has foreground' : 'images'}; the interval is of the mean, over files.`,
    onlyHere: (names: string) => `Only in this table: ${names}.`,
    truthEmpty: '(truth is empty)',
    lowestFirst: 'The lowest Dice first.',
    onlyLowest: (shown: number, left: number) => `The ${images(shown)} of the lowest Dice; ${left} more are left out.`,
    withForeground: 'mean Dice of the images with foreground',
  },

  training: {
    pageTitle: (model: string) => `${model}: report of the training`,
    heading: (model: string) => `The model ${model}`,
    subtitle: (made: string) => `Report of its training · ${made}`,
    expected: 'Dice to expect of new files',
    expectedNote: (percent: number, range: string) => `${percent} %: ${range}`,
    noneHeldOut: 'no image was held out',
    judged: 'Images judged',
    objects: 'Objects, average precision',
    objectsNote: (mean: string) =>
      `at an overlap (IoU) of 0.5, ${mean} on average of those from 0.5 to 0.9; in images that the weights had not seen, which chose seeds and smallest size`,
    crossFitted: 'each by a network that had not seen it',
    heldOut: 'held out; they chose step and threshold',
    noValidation: 'no validation',
    trainedOn: 'Trained on',
    trainedNote: (n: number, time: string) => `${n === 1 ? 'image' : 'images'}, in ${time}`,
    model: 'The model',
    curves: 'Training curves',
    reaches: 'What it reaches on images it had not seen',
    pictures: 'Each as weights that had not learned from it find it, at the threshold of its row in the table below.',
    notCompared: (n: number, of: number) =>
      `Of ${n} of ${images(of)} outlines and objects were not compared, and there is no picture: their predictions were too large to keep, there was no time for them, or the training was ended before they were made. Overlap and the curve of thresholds have them all the same.`,
    parts: (n: number, of: number) =>
      `Of ${n} of ${images(of)} a part was judged: a block that was held out, or as much as there was time for.`,
    objectParts: (n: number, of: number) =>
      `Objects of ${n} of ${images(of)} were told apart in a part of the image, as there was time for: object AP, PQ, splits, merges and count error are of that part.`,
    componentsAre: 'what touches over edges (faces in stacks)',
    objectsAre: "as the model's distances tell them apart, with the seeds and the smallest size that its card has",
    notes: 'Notes of the training',
    nothingTells:
      'No image was held out: nothing tells how good the model is. Compare its predictions of new images with evaluate.',
    inTurn:
      'Images were held out in turn. Each is judged by weights that had not learned from it, at a threshold that the other images choose. The model itself then learned from all of them.',
    heldOutHow:
      'These images were held out. The same images chose the step of the weights and the threshold, so that the numbers promise a little too much.',
    expectedText: (dice: string, times: number, low: string, high: string, count: number, of: number): Html =>
      html`Of new files like these a mean Dice of <b>${dice}</b> is to be expected, ${times} times of 10 between ${low} and ${high}; it rests on ${images(count)} of ${files(of)}.`,
    lossLabel: (first: string, last: string) => `loss by step, from ${first} to ${last}`,
    loss: 'loss',
    folds: 'folds',
    allImages: 'all images',
    step: 'step',
    lossCaption: (folds: number) =>
      `Mean loss of each epoch.${folds > 0 ? ` ${folds} folds came first, each from new weights; the last part is the model's own.` : ''}`,
    diceLabel: (best: string, step: number) => `validation Dice by step; the best is ${best} after step ${step}`,
    dice: 'validation Dice',
    diceCaption: (best: string, step: number) =>
      `Mean Dice of the images held out, as the training found it on its way. The best is ${best} after step ${step}.`,
  },

  table: {
    image: 'Image',
    number: 'Number',
    mean: 'Mean',
    interval: '95 % interval',
    median: 'Median',
    worst: 'Worst',
    images: 'Images',
    why: 'Why',
    failed: 'Failed',
  },

  /** Names of numbers, which stay in most languages. */
  numberNames: {
    precision: 'Precision',
    recall: 'Recall',
    objectAp: 'Object AP at 0.5',
    objectApMean: 'Object AP 0.5 to 0.95',
    splits: 'Splits',
    merges: 'Merges',
    countError: 'Count error (absolute)',
    threshold: 'Threshold',
  },

  sweep: {
    heading: 'Dice at other thresholds',
    label: (over: string, best: string, at: string) => `${over} by threshold: ${best} at ${at}`,
    threshold: 'threshold of the probability',
    dice: 'mean Dice',
    best: (at: string) => `best here: ${at}`,
    caption: (over: string, best: string, at: string) =>
      `The ${over} if masks were made at each threshold from 0.05 to 0.95. The best is ${best} at ${at}: it was found with the truth, so that as a claim for new images it flatters.`,
  },

  calibration: {
    heading: 'Calibration: can the probabilities be taken at their word?',
    label: 'share of pixels that are foreground by their probability',
    probability: 'probability',
    share: 'share that is foreground',
    observed: 'observed',
    caption: (of: string, least: string) =>
      `Pixels of ${of} by their probability, each image counting the same. On the dotted line probabilities are right; below it there is less foreground than they say, above it more. Bins of fewer than one pixel in ${least} are left out.`,
    errors: (ofImages: string, ofAll: string, brier: string): Html =>
      html`Expected calibration error: mean of the images <b>${ofImages}</b>, of all together <b>${ofAll}</b>. Brier score: mean of the images <b>${brier}</b>.`,
  },

  pictures: {
    heading: 'Pictures',
    kinds: { worst: 'The lowest Dice', median: 'In the middle', best: 'The highest Dice' },
    right: 'found and true',
    missed: 'missed',
    surplus: 'found, not true',
    alt: (id: string) => `${id} with outlines`,
    missing: (why: string | null) => `No picture: ${why ?? 'it was not drawn'}`,
    plane: (plane: number) => `, plane ${plane}`,
  },

  model: {
    model: 'Model',
    made: 'Made',
    sha256: 'SHA-256 of the network',
    network: 'Network',
    featureMaps: 'feature maps',
    parameters: 'Parameters',
    channels: 'Channels',
    pixelSize: 'Pixel size of the training',
    notStated: 'not stated by the files',
    patch: 'Patch',
    normalisation: 'Normalisation',
    threshold: 'Threshold of the model',
    steps: 'Steps',
    stepsOf: (steps: number, best: number) => `${steps}, weights of step ${best}`,
    time: 'Time of the training',
    computedBy: 'Computed by',
    computed: (engine: string, device: string, threads: Content) => `${engine} on ${device}, ${threads} threads`,
    startedFrom: 'Started from',
    seed: 'Seed',
    differing: 'Settings that differ from the defaults',
    none: 'none',
    settings: SETTINGS,
    file: 'Image and file',
    part: 'Part',
    imageHash: 'SHA-256 of the image',
    truthHash: 'SHA-256 of the truth',
    more: (n: number) => `${n} more are listed in the model's card, model.json.`,
  },

  closing: {
    limits: 'What these numbers do not say',
    methods: 'For the methods section',
    methodsNote: 'To copy; shorten as needed.',
    cite: (name: string, version: string) =>
      `Cite the software as: ${name}, version ${version} (MIT licence), with the model and its hash above.`,
    definitions: 'What each number means',
    sources: 'Sources of the definitions',
    software: 'Software and machine',
    package: 'Package',
    system: 'System',
    processor: 'Processor',
  },
};

export type ReportTexts = typeof ENGLISH;
