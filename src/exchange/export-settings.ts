import { type Static, Type } from '#typebox';

/** What only a person knows of a model that goes out; absent: nothing is said. */
export const OriginSchema = Type.Object({
  authors: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 50 })),
  /** SPDX identifier, such as `CC-BY-4.0` */
  licence: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$' })),
});
export type Origin = Static<typeof OriginSchema>;

/** A model written for others. */
export interface ExportedModel {
  bytes: Uint8Array;
  /** what a person should know of it */
  notes: string[];
}
