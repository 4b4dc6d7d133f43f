import { type Static, Type } from '#typebox';
import { choice } from '../../src/base/schema';

/** What a message gets as `msg.png`. */
const PICTURES = ['none', 'overlay', 'plain'] as const;

export const PreviewSettings = Type.Object({
  /** the thumbnail below the node; the node's button */
  shown: Type.Boolean({ default: true }),
  /** name of the sample's image that is drawn over raw; blank: labels, else mask, else probability */
  image: Type.String({ default: '' }),
  /** in three colours, where the sample has a target or seg1 */
  compare: Type.Boolean({ default: true }),
  /** numbers of channels, from 0; blank: the first four */
  channels: Type.String({ default: '' }),
  plane: choice(['middle', 'max', 'given'], 'middle'),
  /** for plane `given` */
  planeNumber: Type.Integer({ minimum: 0, default: 0 }),
  timePoint: Type.Integer({ minimum: 0, default: 0 }),
  /** of the thumbnail, in pixels of the canvas */
  width: Type.Integer({ minimum: 60, maximum: 600, default: 180 }),
  png: choice(PICTURES, 'none'),
  /** pixels of the longer side of msg.png */
  longest: Type.Integer({ minimum: 16, maximum: 4096, default: 1024 }),
});
export type PreviewSettings = Static<typeof PreviewSettings>;
