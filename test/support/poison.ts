/** An object that holds itself. */
export function circle(): object {
  const one: Record<string, unknown> = { name: 'circle' };
  one.self = one;
  return one;
}

/** An object whose property throws when it is read. */
export function throwing(): object {
  return Object.defineProperty({}, 'trap', {
    enumerable: true,
    configurable: true,
    get: () => {
      throw new Error('the trap');
    },
  });
}

/** Lists within each other. */
export function deepList(depth: number): unknown[] {
  let list: unknown[] = [];
  for (let i = 1; i < depth; i++) list = [list];
  return list;
}
