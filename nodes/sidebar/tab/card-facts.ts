import type { VersionFacts } from '../../../src/models/inventory';
import { diceText, sizeText } from '../formats';
import type { Text } from './editor';

/** What a card says of a version, line by line; what it does not say is left out. */
export function factsOf({ card, bytes }: VersionFacts, text: Text): Array<{ label: string; value: string }> {
  const size = { label: text('card.size'), value: sizeText(bytes) };
  if (!card) return [size];
  const {
    created,
    images,
    dimensions,
    channels,
    pixelSize,
    expected,
    validationDice,
    threshold,
    startedFrom,
    imported,
  } = card;
  const sides = [pixelSize?.x, pixelSize?.y, pixelSize?.z].flatMap((side) =>
    side && side > 0 ? [Number(side.toPrecision(3))] : [],
  );
  const interval = expected && {
    ...{ dice: diceText(expected.dice), low: diceText(expected.low), high: diceText(expected.high) },
  };
  const precision = card.objects?.averagePrecision;
  const objects = card.objects
    ? precision == null
      ? text('card.apart')
      : text('card.apartBy', { precision: diceText(precision) })
    : null;
  const lines: Array<[string, string | null]> = [
    [
      text(imported ? 'card.importedOn' : 'card.trained'),
      new Date(created).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
    ],
    [text('card.imported'), imported && [imported.title, imported.format].filter(Boolean).join(', ')],
    [text('card.images'), images === null ? null : String(images)],
    [text('card.input'), text('card.dimensions', { dimensions, channels: channels.join(', ') })],
    [text('card.pixelSize'), sides.length > 0 ? text('card.um', { size: sides.join(' × ') }) : null],
    [text('card.expected'), interval && text('card.interval', interval)],
    [text('card.validation'), validationDice === null ? null : diceText(validationDice)],
    [text('card.objects'), objects],
    [text('card.threshold'), String(Number(threshold.toFixed(3)))],
    [text('card.startedFrom'), startedFrom],
  ];
  const said = lines.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
  return [...said, size];
}
