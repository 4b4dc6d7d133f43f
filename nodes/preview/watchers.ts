/** An editor that has not said so for this time looks no longer: it says so three times as often. */
const LOOKS_FOR_MS = 30_000;
const MOST_EDITORS = 100;

interface Editor {
  nodes: ReadonlySet<string>;
  /** milliseconds since 1970 */
  until: number;
}

/** Which editors look at which nodes now: what nobody looks at is not drawn. */
export class Watchers {
  /** the one that said so last comes last */
  private readonly editors = new Map<string, Editor>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @param nodes all that the editor shows; none: it is hidden */
  look(editor: string, nodes: readonly string[]): void {
    const now = this.now();
    this.editors.delete(editor);
    if (nodes.length > 0) this.editors.set(editor, { nodes: new Set(nodes), until: now + LOOKS_FOR_MS });
    for (const [name, { until }] of this.editors) {
      if (until <= now || this.editors.size > MOST_EDITORS) this.editors.delete(name);
    }
  }

  isWatched(node: string): boolean {
    const now = this.now();
    for (const { nodes, until } of this.editors.values()) if (until > now && nodes.has(node)) return true;
    return false;
  }
}
