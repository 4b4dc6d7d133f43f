import type { Definition } from './english-definitions';

const COUNTS =
  'TP, FP und FN sind die Pixel (im Stapel Voxel), die gefunden und wahr, gefunden und nicht wahr, wahr und nicht gefunden sind.';

/** What each number of a comparison means, see the English ones. */
export const DEFINITIONS: readonly Definition[] = [
  {
    of: 'dice',
    name: 'Dice',
    says: `2 TP / (2 TP + FP + FN). ${COUNTS} 1 ist vollkommen. Große Objekte bestimmen ihn; ein Rand von einem Pixel kostet kleine Objekte am meisten. Wo die Referenz leer ist, ist er 1, wenn nichts gefunden wurde, sonst 0.`,
  },
  {
    of: 'iou',
    name: 'IoU',
    says: 'TP / (TP + FP + FN), auch Jaccard-Index genannt; er folgt aus dem Dice als D / (2 - D).',
  },
  {
    of: 'precision',
    name: 'Precision, Recall',
    says: 'TP / (TP + FP): wie viel vom Gefundenen wahr ist. TP / (TP + FN): wie viel vom Wahren gefunden wurde.',
  },
  {
    of: 'nsd',
    name: 'NSD (normierter Oberflächen-Dice)',
    says: 'Der Anteil der Umrisse beider Segmentierungen, der innerhalb der Toleranz vom anderen Umriss liegt. Ein Umriss ist jedes Pixel des Vordergrunds, das über eine Kante (im Stapel eine Fläche) an Hintergrund oder das Ende des Bildes grenzt. Abstände sind exakt, mit der Pixelgröße entlang jeder Achse. 1, wo keine einen Umriss hat, 0, wo nur eine ihn hat.',
  },
  {
    of: 'hd95',
    name: 'HD95',
    says: 'Der Abstand, innerhalb dessen 95 % des einen Umrisses vom anderen liegen, von beiden Richtungen der größere. Er zeigt, wie weit die schlechtesten Teile daneben sind. 0, wo keine einen Umriss hat; unendlich (∞), wo nur eine ihn hat: solche Bilder sind in keinem Mittel und werden daneben gezählt.',
  },
  {
    of: 'ap',
    name: 'Objekt-AP',
    says: 'Zugeordnete Objekte / (zugeordnete + überzählige + übersehene Objekte). Ein gefundenes und ein wahres Objekt sind einander zugeordnet, wo ihre IoU mindestens 0.5 ist; Objekte sind die Labels eines Label-Bildes, sonst was über Kanten zusammenhängt. „0.5 bis 0.95“ ist das Mittel über zehn solche Grenzen. 1, wo beide kein Objekt haben.',
  },
  {
    of: 'pq',
    name: 'PQ (panoptische Qualität)',
    says: 'Die Summe der IoU zugeordneter Objekte / (zugeordnete + halbe Zahl der überzähligen + halbe Zahl der übersehenen Objekte), bei der Grenze 0.5.',
  },
  {
    of: 'errors',
    name: 'Geteilte, verschmolzene Objekte, Fehler der Anzahl',
    says: 'Wahre Objekte, in denen der größere Teil von zwei oder mehr gefundenen liegt; gefundene Objekte, in denen der größere Teil von zwei oder mehr wahren liegt; die Zahl der gefundenen Objekte weniger die der wahren, ohne Vorzeichen. Am besten ist jeweils 0.',
  },
  {
    of: 'ece',
    name: 'ECE (erwarteter Kalibrierungsfehler)',
    says: 'Wie weit Wahrscheinlichkeiten vom Anteil der Pixel entfernt sind, die Vordergrund sind: Pixel kommen nach ihrer Wahrscheinlichkeit in 20 gleich breite Klassen, und die Abstände beider Mittel werden gemittelt, jede Klasse nach ihren Pixeln. Hintergrund weit weg von jedem Objekt ist meist richtig und macht ihn klein.',
  },
  {
    of: 'brier',
    name: 'Brier-Wert',
    says: 'Das Mittel von (Wahrscheinlichkeit - Referenz)² über die Pixel, die Referenz ist 0 oder 1; am besten ist 0.',
  },
  {
    of: 'interval',
    name: '95-%-Intervall',
    says: 'Dateien werden 2000-mal zufällig neu gezogen, mit allen ihren Bildern; 95 % der Mittel liegen im Intervall. Es sagt, wie das Mittel davon abhängt, welche Dateien genommen wurden, und nichts über Dateien anderer Art. Bei weniger als zehn Dateien ist es zu eng.',
  },
];

export const LIMITS: readonly string[] = [
  'Sie gelten für Bilder wie diese: dieselbe Art von Probe, Färbung, Mikroskop, Objektiv und Belichtung. Über Bilder eines anderen Mikroskops oder einer anderen Färbung sagen sie nichts.',
  'Die Referenz haben Menschen gezeichnet, und die sind sich uneins. Wo zwei von ihnen nur auf einen Dice von 0.9 kämen, bedeutet ein höherer gegenüber einem von ihnen wenig.',
  'Bilder, nach denen das Modell, seine Schwelle oder irgendeine Einstellung dieses Flows gewählt wurde, schmeicheln ihm. Für eine endgültige Aussage mit Bildern vergleichen, nach denen nichts entschieden wurde.',
  'Ein Mittel verdeckt das Schlechteste: die untersten Zeilen der Tabelle und die Bilder ansehen.',
  'Dateien eines Tieres, einer Platte oder eines Tages sind nicht unabhängig. Das Intervall nimmt jede Datei als unabhängig, und ist zu eng, wo sie es nicht sind.',
];

export const TRAINING_LIMITS: readonly string[] = [
  'Kreuzweise bestimmte Werte sind von Netzen, die von weniger Bildern und kürzer gelernt haben als das Modell: sie beurteilen, wie das Modell gemacht wurde, nicht seine eigenen Gewichte.',
  'Zurückgehaltene Bilder eines einzigen Trainings haben seinen besten Schritt und seine Schwelle gewählt: für andere Bilder versprechen ihre Werte etwas zu viel.',
  'Jeder Zeitpunkt einer Serie zählt hier als ein Bild; „Bewertung“ zählt eine Serie als eines.',
];
