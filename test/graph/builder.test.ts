import assert from 'node:assert/strict';
import { GraphBuilder, isOp, range, topological } from '../../src/graph/builder';
import type { Node } from '../../src/graph/ops';

describe('GraphBuilder', () => {
  it('numbers nodes and infers their shapes', () => {
    const g = new GraphBuilder();
    const a = g.input('a', [2, 3]);
    const b = g.add(a, g.scalar(1));
    assert.deepEqual([a.id, b.id], [0, 2]);
    assert.deepEqual(b.shape, [2, 3]);
    assert.deepEqual(g.sumAll(a).shape, [1, 1]);
    assert.deepEqual(g.sumPerItem(a).shape, [2, 1]);
    assert.deepEqual(g.reshape(a, [6]).shape, [6]);
  });

  it('leaves an expansion to broadcasting where the other operand has the full size', () => {
    const g = new GraphBuilder();
    const small = g.input('small', [1, 3]);
    const large = g.input('large', [2, 3]);
    const expanded = g.node('expand', [small], { shape: [2, 3] });
    assert.deepEqual(g.multiply(expanded, large).inputs, [small, large]);
    assert.deepEqual(g.multiply(large, expanded).inputs, [large, small]);
    const row = g.input('row', [1, 3]);
    assert.deepEqual(g.add(expanded, row).inputs, [expanded, row]);
  });

  it('narrows by operation', () => {
    const g = new GraphBuilder();
    const x: Node = g.input('x', [1]);
    assert.ok(isOp(x, 'input'));
    assert.equal(x.attributes.name, 'x');
    assert.ok(!isOp(x, 'constant'));
    assert.deepEqual(range(2, 5), [2, 3, 4]);
  });
});

describe('topological', () => {
  it('lists inputs before users, each node once, and nothing that is not needed', () => {
    const g = new GraphBuilder();
    const a = g.input('a', [1]);
    const left = g.scale(a, 2);
    const right = g.scale(a, 3);
    const joined = g.add(left, right);
    g.add(a, a);
    const order = topological([joined, left]);
    assert.equal(new Set(order).size, order.length);
    assert.equal(order.length, 6);
    for (const node of order) {
      for (const input of node.inputs) assert.ok(order.indexOf(input) < order.indexOf(node));
    }
  });

  it('takes a chain of any length', () => {
    const g = new GraphBuilder();
    let x: Node = g.input('x', [1]);
    for (let i = 0; i < 50_000; i++) x = g.node('sqrt', [x], {});
    assert.equal(topological([x]).length, 50_001);
  });
});
