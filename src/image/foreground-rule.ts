import { type Static, Type } from '@sinclair/typebox';

/** A list in a setting; more values are a range. */
const MOST_VALUES = 1000;
const values = Type.Array(Type.Number(), { minItems: 1, maxItems: MOST_VALUES });

/** Which values of a segmentation are foreground. Values are as stored, bounds in the quantity that `scale` gives. */
export const ForegroundRuleSchema = Type.Union([
  Type.Object({ kind: Type.Literal('non-zero') }),
  Type.Object({ kind: Type.Literal('values'), values }),
  Type.Object({ kind: Type.Literal('except'), values }),
  Type.Object({ kind: Type.Literal('above'), value: Type.Number() }),
  Type.Object({ kind: Type.Literal('below'), value: Type.Number() }),
]);
export type ForegroundRule = Static<typeof ForegroundRuleSchema>;
