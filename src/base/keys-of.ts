/** Lists the names of the rows of a table, whose type alone leaves them open to more. */
export function keysOf<T extends object>(table: T): Array<keyof T & string> {
  return Object.keys(table) as Array<keyof T & string>;
}
