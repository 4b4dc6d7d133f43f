/** What the page's field Raw holds, and how Node-RED answers it. */
interface PageState {
  raw: string;
  type?: string;
  answer?: unknown;
  failure?: { message: string };
}

/** An element as far as the pages use one through jQuery. */
export class FakeElement {
  children: FakeElement[] = [];
  words = '';
  value: unknown = '';
  private parent: FakeElement | null = null;
  private readonly listeners: Array<() => void> = [];

  constructor(private readonly state: PageState) {}

  /** What a person does. */
  click(): void {
    for (const listener of this.listeners) listener();
  }

  typedInput(question: unknown): unknown {
    if (question === 'type') return this.state.type ?? 'str';
    return question === 'value' ? this.state.raw : this;
  }

  on(_event: string, listener: () => void): this {
    this.listeners.push(listener);
    return this;
  }

  text(words: string): this {
    this.words = words;
    return this;
  }

  val(value: unknown): this {
    this.value = value;
    return this;
  }

  empty(): this {
    this.children = [];
    return this;
  }

  appendTo(parent: FakeElement): this {
    this.parent = parent;
    parent.children.push(this);
    return this;
  }

  /** All that stand before this one in its parent. */
  prevAll(): { remove(): void } {
    const { parent } = this;
    return {
      remove: () => {
        if (parent) parent.children = parent.children.slice(parent.children.indexOf(this));
      },
    };
  }

  show(): this {
    return this;
  }
  trigger(): this {
    return this;
  }
  next(): this {
    return this;
  }
  find(): this {
    return this;
  }
  attr(): this {
    return this;
  }
}

/** A page whose elements remember what was done to them. */
export class FakePage {
  readonly asked: Array<[address: string, query: unknown]> = [];
  private readonly elements = new Map<string, FakeElement>();

  constructor(private readonly state: PageState) {}

  element(selector: string): FakeElement {
    const known = this.elements.get(selector) ?? new FakeElement(this.state);
    this.elements.set(selector, known);
    return known;
  }

  click(selector: string): void {
    this.element(selector).click();
  }

  /** `$` as the page gets it: a selector finds an element, HTML makes one. */
  readonly jQuery = Object.assign(
    (selector: string) => (selector.startsWith('<') ? new FakeElement(this.state) : this.element(selector)),
    {
      getJSON: (address: string, query: unknown) => {
        this.asked.push([address, query]);
        const { answer, failure } = this.state;
        const request = {
          done: (use: (found: unknown) => void) => {
            if (answer !== undefined) use(answer);
            return request;
          },
          fail: (use: (request: { responseJSON?: unknown }) => void) => {
            if (answer === undefined) use({ responseJSON: failure });
            return request;
          },
        };
        return request;
      },
    },
  );
}
