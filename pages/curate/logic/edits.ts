import type { Decision, Mark, Point, Shape } from '../../../src/curation/decision';
import type { ShapeAddress, ShapeKind, VertexAddress } from './geometry';

/** A change of a decision: a new one, the old stays as it is. */
export type Edit = (decision: Decision) => Decision;

export const EMPTY_DECISION: Decision = {
  state: 'undecided',
  reason: null,
  base: 'seg1',
  merge: [],
  exclude: [],
  strokes: [],
};

export function use(): Edit {
  return (decision) => ({ ...decision, state: 'used', reason: null });
}

export function reject(reason: string): Edit {
  return (decision) => ({ ...decision, state: 'rejected', reason: reason.trim() || null });
}

export function leaveUndecided(): Edit {
  return (decision) => ({ ...decision, state: 'undecided', reason: null });
}

export function setBase(base: Decision['base']): Edit {
  return (decision) => ({ ...decision, base });
}

export function addShape(kind: ShapeKind, shape: Shape): Edit {
  return (decision) => ({ ...decision, [kind]: [...decision[kind], shape] });
}

/** @param ring lies wholly inside the shape */
export function cutHole(address: ShapeAddress, ring: Point[]): Edit {
  return changeShape(address, ({ rings, z }) => ({ rings: [...rings, ring], z }));
}

export function fillHoles(address: ShapeAddress): Edit {
  return changeShape(address, ({ rings, z }) => ({ rings: rings.slice(0, 1), z }));
}

export function deleteShape({ kind, index }: ShapeAddress): Edit {
  return (decision) => ({ ...decision, [kind]: decision[kind].filter((_, i) => i !== index) });
}

export function setShapeZ(address: ShapeAddress, z: Shape['z']): Edit {
  return changeShape(address, (shape) => ({ ...shape, z }));
}

export function moveShape(address: ShapeAddress, dx: number, dy: number): Edit {
  return changeShape(address, (shape) => ({
    ...shape,
    rings: shape.rings.map((ring) => ring.map(([x, y]): Point => [x + dx, y + dy])),
  }));
}

export function moveVertex({ ring, vertex, ...address }: VertexAddress, to: Point): Edit {
  return changeRing(address, ring, (points) => points.map((point, i) => (i === vertex ? to : point)));
}

/** The new vertex comes to stand at the address, those from there on after it. */
export function insertVertex({ ring, vertex, ...address }: VertexAddress, at: Point): Edit {
  return changeRing(address, ring, (points) => [...points.slice(0, vertex), at, ...points.slice(vertex)]);
}

/** A ring keeps three vertices: of a triangle the ring goes, with an outline the whole shape. */
export function deleteVertex(address: VertexAddress): Edit {
  const { ring, vertex } = address;
  return (decision) => {
    const shape = decision[address.kind][address.index];
    if (shape.rings[ring].length > 3) {
      return changeRing(address, ring, (points) => points.filter((_, i) => i !== vertex))(decision);
    }
    if (ring === 0) return deleteShape(address)(decision);
    return changeShape(address, ({ rings, z }) => ({ rings: rings.filter((_, i) => i !== ring), z }))(decision);
  };
}

export function addStroke(stroke: Mark): Edit {
  return (decision) => ({ ...decision, strokes: [...decision.strokes, stroke] });
}

export function clearStrokes(): Edit {
  return (decision) => ({ ...decision, strokes: [] });
}

/** What an image has room for. */
export interface Target {
  planes: number;
  seg1: boolean;
  seg2: boolean;
}

/**
 * Base and shapes of another image, in place of this one's, so far as they fit: planes that this one lacks are left
 * out, and merging where there is nothing to merge. Strokes belong to their own image.
 */
export function copyFrom(other: Decision, { planes, seg1, seg2 }: Target): Edit {
  const fitting = (shapes: Shape[]) =>
    shapes.flatMap(({ rings, z }): Shape[] => {
      if (!z) return [{ rings, z }];
      return z[0] < planes ? [{ rings, z: [z[0], Math.min(z[1], planes - 1)] }] : [];
    });
  return (decision) => ({
    ...decision,
    base: (other.base === 'seg1' && seg1) || (other.base === 'seg2' && seg2) ? other.base : decision.base,
    merge: seg1 && seg2 ? fitting(other.merge) : [],
    exclude: fitting(other.exclude),
  });
}

function changeShape({ kind, index }: ShapeAddress, change: (shape: Shape) => Shape): Edit {
  return (decision) => ({
    ...decision,
    [kind]: decision[kind].map((shape, i) => (i === index ? change(shape) : shape)),
  });
}

function changeRing(address: ShapeAddress, ring: number, change: (points: Point[]) => Point[]): Edit {
  return changeShape(address, ({ rings, z }) => ({
    rings: rings.map((points, i) => (i === ring ? change(points) : points)),
    z,
  }));
}
