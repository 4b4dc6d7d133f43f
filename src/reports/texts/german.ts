import { html } from '../html';
import type { ReportTexts } from './english';
import { DEFINITIONS, LIMITS, TRAINING_LIMITS } from './german-definitions';
import { SETTINGS } from './german-settings';

const images = (n: number) => `${n} ${n === 1 ? 'Bild' : 'Bilder'}`;
/** As in "von 3 Bildern". */
const ofImages = (n: number) => `${n} ${n === 1 ? 'Bild' : 'Bildern'}`;
const files = (n: number) => `${n} ${n === 1 ? 'Datei' : 'Dateien'}`;

/** A report in German; the paragraph for a paper and the sentences of the log stay English. */
export const GERMAN: ReportTexts = {
  language: 'de',
  numbers: 'de-DE',
  images,
  files,
  range: (low, high) => `${low} bis ${high}`,
  definitions: DEFINITIONS,
  limits: LIMITS,
  trainingLimits: TRAINING_LIMITS,

  evaluation: {
    title: 'Segmentierung, verglichen mit der Referenz',
    pageTitle: (title) => `${title}: Bericht`,
    subtitle: (count, of, made) => `${images(count)} aus ${files(of)}, verglichen mit der Referenz · ${made}`,
    defaultTruth: 'target, sonst seg1',
    imagesHead: 'Bilder',
    level: (range) => `95 %: ${range}`,
    noInterval: 'eine Datei: kein Intervall',
    withForeground: (n) => `${n} mit Vordergrund`,
    ofFiles: (n) => `aus ${files(n)}`,
    inNoMean: 'in keinem Mittel, unten aufgezählt',
    allCompared: 'alle wurden verglichen',
    compared: 'Was verglichen wurde',
    model: (name) => `Das Modell ${name}`,
    files: 'Verglichene Dateien',
    judged: 'Beurteilt',
    judgedImage: (name) => html`das Bild <code>${name}</code> jedes Samples`,
    truth: 'Referenz',
    truthImage: (name) => html`das Bild <code>${name}</code>`,
    models: 'Modelle',
    masksBy: 'Masken entstanden durch',
    learned: (n, of, model) =>
      `${n} von ${ofImages(of)} sind hier aus Dateien, mit denen das Modell ${model} trainiert wurde: für diese sagen die Zahlen, wie gut es sich erinnert, nicht, wie gut es bei neuen Bildern sein wird.`,
    failed: (n) =>
      `${images(n)} ${n === 1 ? 'konnte' : 'konnten'} nicht verglichen werden und ${n === 1 ? 'ist' : 'sind'} in keinem Mittel: ein gutes Mittel mit Fehlschlägen ist kein gutes Ergebnis.`,
    notHashed: 'ohne Hash',
    filesNote: (unlisted) =>
      `Jede Datei mit ihrem SHA-256 (bei Sätzen von Dateien und OME-Zarr dem der Pixel). Ohne Hash: Dateien nach dem ersten Gigabyte${unlisted > 0 ? `; ${unlisted} weitere Bilder sind nicht aufgezählt` : ''}.`,
    raw: 'Rohbild',
    node: 'Node',
    inCsv: 'Alle Zahlen jedes Bildes stehen in der Tabelle des Nodes (csv).',
  },

  scores: {
    numbers: 'In Zahlen',
    every: 'Jedes Bild',
    tolerance: 'Toleranz der NSD',
    pixels: () => 'Pixel',
    toleranceDiffers: ' beim ersten Bild; bei anderen anders, wie ihre Pixelgröße',
    outlines: 'Umrisse',
    outlinesAre: 'Pixel des Vordergrunds, die über eine Kante (im Stapel eine Fläche) an Hintergrund grenzen',
    objectsMatch: 'Objekte werden zugeordnet ab',
    objects: 'Objekte',
    objectsAre: 'die Nummern eines Label-Bildes, sonst was über Kanten (im Stapel über Flächen) zusammenhängt',
    objectsLabels: 'die Nummern des Label-Bildes',
    empty: (n, of, found) =>
      `Die Referenz von ${n} der ${ofImages(of)} ist leer, und in ${found} davon wurde etwas gefunden. Die Mittel sind über die anderen Bilder.`,
    meanWithEmpty: 'Mittel mit leeren Referenzen',
    infinite: (finite, infinite) => `${finite} (+ ${infinite} unendlich)`,
    tableNote: (hasEmpty) =>
      `Über ${hasEmpty ? 'die Bilder, deren Referenz Vordergrund hat' : 'Bilder'}; das Intervall ist das des Mittels, über Dateien.`,
    onlyHere: (names) => `Nur in dieser Tabelle: ${names}.`,
    truthEmpty: '(Referenz ist leer)',
    lowestFirst: 'Der niedrigste Dice zuerst.',
    onlyLowest: (shown, left) => `Die ${images(shown)} mit dem niedrigsten Dice; ${left} weitere fehlen.`,
    withForeground: 'mittlerer Dice der Bilder mit Vordergrund',
  },

  training: {
    pageTitle: (model) => `${model}: Bericht über das Training`,
    heading: (model) => `Das Modell ${model}`,
    subtitle: (made) => `Bericht über sein Training · ${made}`,
    expected: 'Bei neuen Dateien zu erwarten: Dice',
    expectedNote: (percent, range) => `${percent} %: ${range}`,
    noneHeldOut: 'kein Bild wurde zurückgehalten',
    judged: 'Beurteilte Bilder',
    objects: 'Objekte, mittlere Präzision (AP)',
    objectsNote: (mean: string) =>
      `bei einer Überdeckung (IoU) von 0,5, im Mittel über 0,5 bis 0,9: ${mean}; in Bildern, die die Gewichte nicht gesehen hatten und nach denen Saatpunkte und kleinste Größe gewählt wurden`,
    crossFitted: 'jedes von einem Netz, das es nicht kannte',
    heldOut: 'zurückgehalten; sie haben Schritt und Schwelle gewählt',
    noValidation: 'keine Validierung',
    trainedOn: 'Trainiert mit',
    trainedNote: (n, time) => `${n === 1 ? 'Bild' : 'Bildern'}, in ${time}`,
    model: 'Das Modell',
    curves: 'Verlauf des Trainings',
    reaches: 'Was es bei Bildern erreicht, die es nicht kannte',
    pictures:
      'Jedes, wie Gewichte es finden, die nicht von ihm gelernt hatten, bei der Schwelle seiner Zeile in der Tabelle unten.',
    notCompared: (n, of) =>
      `Bei ${n} von ${ofImages(of)} wurden Umrisse und Objekte nicht verglichen, und es gibt kein Bild davon: ihre Vorhersagen waren zum Aufheben zu groß, die Zeit reichte nicht, oder das Training wurde vorher beendet. In Überlappung und Schwellenkurve sind sie trotzdem.`,
    parts: (n, of) =>
      `Bei ${n} von ${ofImages(of)} wurde ein Teil beurteilt: ein zurückgehaltener Block, oder so viel, wie Zeit dafür war.`,
    objectParts: (n, of) =>
      `Objekte wurden bei ${n} von ${ofImages(of)} in einem Teil des Bildes getrennt, für den Zeit war: Objekt-AP, PQ, geteilte, verschmolzene und Zahl der Objekte gelten für diesen Teil.`,
    componentsAre: 'was über Kanten (im Stapel über Flächen) zusammenhängt',
    objectsAre: 'wie die Abstände des Modells sie trennen, mit Saatpunkten und kleinster Größe aus seiner Karte',
    notes: 'Hinweise des Trainings (englisch, wie im Log)',
    nothingTells:
      'Kein Bild wurde zurückgehalten: nichts sagt, wie gut das Modell ist. Seine Vorhersagen neuer Bilder mit „Bewertung“ vergleichen.',
    inTurn:
      'Bilder wurden reihum zurückgehalten. Jedes ist von Gewichten beurteilt, die nicht von ihm gelernt hatten, bei einer Schwelle, die die anderen Bilder wählen. Das Modell selbst hat dann von allen gelernt.',
    heldOutHow:
      'Diese Bilder wurden zurückgehalten. Dieselben Bilder haben den Schritt der Gewichte und die Schwelle gewählt, so dass die Zahlen etwas zu viel versprechen.',
    expectedText: (dice, times, low, high, count, of) =>
      html`Bei neuen Dateien wie diesen ist ein mittlerer Dice von <b>${dice}</b> zu erwarten, in ${times} von 10 Fällen zwischen ${low} und ${high}; das beruht auf ${ofImages(count)} aus ${files(of)}.`,
    lossLabel: (first, last) => `Loss nach Schritten, von ${first} bis ${last}`,
    loss: 'Loss',
    folds: 'Folds',
    allImages: 'alle Bilder',
    step: 'Schritt',
    lossCaption: (folds) =>
      `Mittlerer Loss jeder Epoche.${folds > 0 ? ` Zuerst kamen ${folds} Folds, jeder mit neuen Gewichten; der letzte Teil ist der des Modells.` : ''}`,
    diceLabel: (best, step) => `Validierungs-Dice nach Schritten; der beste ist ${best} nach Schritt ${step}`,
    dice: 'Validierungs-Dice',
    diceCaption: (best, step) =>
      `Mittlerer Dice der zurückgehaltenen Bilder, wie das Training ihn unterwegs fand. Der beste ist ${best} nach Schritt ${step}.`,
  },

  table: {
    image: 'Bild',
    number: 'Zahl',
    mean: 'Mittel',
    interval: '95-%-Intervall',
    median: 'Median',
    worst: 'Schlechtester Wert',
    images: 'Bilder',
    why: 'Warum (englisch, wie im Log)',
    failed: 'Fehlgeschlagen',
  },

  numberNames: {
    precision: 'Precision',
    recall: 'Recall',
    objectAp: 'Objekt-AP bei 0.5',
    objectApMean: 'Objekt-AP 0.5 bis 0.95',
    splits: 'Geteilte Objekte',
    merges: 'Verschmolzene Objekte',
    countError: 'Fehler der Anzahl (Betrag)',
    threshold: 'Schwelle',
  },

  sweep: {
    heading: 'Dice bei anderen Schwellen',
    label: (over, best, at) => `${over} nach der Schwelle: ${best} bei ${at}`,
    threshold: 'Schwelle der Wahrscheinlichkeit',
    dice: 'mittlerer Dice',
    best: (at) => `hier am besten: ${at}`,
    caption: (over, best, at) =>
      `${over[0].toUpperCase()}${over.slice(1)}, wenn Masken bei jeder Schwelle von 0.05 bis 0.95 gemacht würden. Der beste ist ${best} bei ${at}: er wurde mit der Referenz gefunden, so dass er als Aussage über neue Bilder schmeichelt.`,
  },

  calibration: {
    heading: 'Kalibrierung: kann man die Wahrscheinlichkeiten beim Wort nehmen?',
    label: 'Anteil der Pixel, die Vordergrund sind, nach ihrer Wahrscheinlichkeit',
    probability: 'Wahrscheinlichkeit',
    share: 'Anteil, der Vordergrund ist',
    observed: 'beobachtet',
    caption: (of, least) =>
      `Pixel (${of}) nach ihrer Wahrscheinlichkeit, jedes Bild zählt gleich. Auf der gepunkteten Linie stimmen die Wahrscheinlichkeiten; darunter ist weniger Vordergrund, als sie sagen, darüber mehr. Klassen mit weniger als einem von ${least} Pixeln fehlen.`,
    errors: (ofEach, ofAll, brier) =>
      html`Erwarteter Kalibrierungsfehler: Mittel der Bilder <b>${ofEach}</b>, aller zusammen <b>${ofAll}</b>. Brier-Wert: Mittel der Bilder <b>${brier}</b>.`,
  },

  pictures: {
    heading: 'Bilder',
    kinds: { worst: 'Der niedrigste Dice', median: 'In der Mitte', best: 'Der höchste Dice' },
    right: 'gefunden und wahr',
    missed: 'übersehen',
    surplus: 'gefunden, nicht wahr',
    alt: (id) => `${id} mit Umrissen`,
    missing: (why) => `Kein Bild: ${why ?? 'es wurde nicht gezeichnet'}`,
    plane: (plane) => `, Ebene ${plane}`,
  },

  model: {
    model: 'Modell',
    made: 'Gemacht',
    sha256: 'SHA-256 des Netzes',
    network: 'Netz',
    featureMaps: 'Merkmalskarten',
    parameters: 'Parameter',
    channels: 'Kanäle',
    pixelSize: 'Pixelgröße des Trainings',
    notStated: 'in den Dateien nicht angegeben',
    patch: 'Patch',
    normalisation: 'Normierung',
    threshold: 'Schwelle des Modells',
    steps: 'Schritte',
    stepsOf: (steps, best) => `${steps}, Gewichte von Schritt ${best}`,
    time: 'Dauer des Trainings',
    computedBy: 'Gerechnet mit',
    computed: (engine, device, threads) => `${engine} auf ${device}, ${threads} Threads`,
    startedFrom: 'Ausgegangen von',
    seed: 'Seed',
    differing: 'Einstellungen, die von den Vorgaben abweichen',
    none: 'keine',
    settings: SETTINGS,
    file: 'Bild und Datei',
    part: 'Teil',
    imageHash: 'SHA-256 des Bildes',
    truthHash: 'SHA-256 der Referenz',
    more: (n) => `${n} weitere stehen in der Karte des Modells, model.json.`,
  },

  closing: {
    limits: 'Was diese Zahlen nicht sagen',
    methods: 'Für den Methodenteil einer Arbeit',
    methodsNote: 'Zum Kopieren, auf Englisch, wie Zeitschriften es wollen; nach Bedarf kürzen.',
    cite: (name, version) =>
      `Die Software zitieren als: ${name}, version ${version} (MIT licence), mit dem Modell und seinem Hash von oben.`,
    definitions: 'Was jede Zahl bedeutet',
    sources: 'Quellen der Definitionen',
    software: 'Software und Rechner',
    package: 'Paket',
    system: 'System',
    processor: 'Prozessor',
  },
};
