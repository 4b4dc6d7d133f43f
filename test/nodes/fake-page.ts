/** What the page's field Raw holds, and how Node-RED answers it. */
interface PageState {
  raw?: string;
  type?: string;
  answer?: unknown;
  failure?: { message: string };
  /** it does not answer yet */
  pending?: boolean;
}

/** An element as far as the pages use one through jQuery. */
export class FakeElement {
  children: FakeElement[] = [];
  words = '';
  value: unknown = '';
  shown = true;
  private parent: FakeElement | null = null;
  private readonly listeners: Array<() => void> = [];

  /** @param html that made it; '' for one of the page */
  constructor(
    private readonly state: PageState,
    readonly html = '',
  ) {}

  /** All texts in it, in the order of the page. */
  allWords(): string[] {
    return [this.words, ...this.children.flatMap((child) => child.allWords())].filter((words) => words !== '');
  }

  /** The elements in it that were made from this tag. */
  made(tag: string): FakeElement[] {
    const own = this.html.startsWith(`<${tag}`) ? [this] : [];
    return [...own, ...this.children.flatMap((child) => child.made(tag))];
  }

  /** What a person does. */
  click(): void {
    for (const listener of this.listeners) listener();
  }

  typedInput(question: unknown): unknown {
    if (question === 'type') return this.state.type ?? 'str';
    return question === 'value' ? (this.state.raw ?? '') : this;
  }

  on(_event: string, listener: () => void): this {
    this.listeners.push(listener);
    return this;
  }

  text(words: unknown): this {
    this.words = String(words);
    return this;
  }

  val(...given: unknown[]): unknown {
    if (given.length === 0) return this.value;
    [this.value] = given;
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
    this.shown = true;
    return this;
  }
  hide(): this {
    this.shown = false;
    return this;
  }
  prepend(): this {
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
  /** addresses of pictures that were to be shown */
  readonly pictures: string[] = [];
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

  /** Requests that the page gave up. */
  aborted = 0;

  /** `$` as the page gets it: a selector finds an element, HTML makes one. */
  readonly jQuery = Object.assign(
    (selector: string) => (selector.startsWith('<') ? new FakeElement(this.state, selector) : this.element(selector)),
    {
      getJSON: (address: string, query: unknown) => this.request(address, query),
      ajax: ({ url, headers, xhrFields }: { url: string; headers: object; xhrFields?: object }) =>
        // A fake page shows no pictures.
        xhrFields ? { done: () => this.pictures.push(url) } : this.request(url, headers),
    },
  );

  private request(address: string, query: unknown): object {
    if (address !== 'segmenter/token') this.asked.push([address, query]);
    const { answer, failure, pending } =
      address === 'segmenter/token' ? { answer: { token: 'secret' }, failure: undefined, pending: false } : this.state;
    const request = {
      done: (use: (found: unknown) => void) => {
        if (!pending && answer !== undefined) use(answer);
        return request;
      },
      fail: (use: (request: { responseJSON?: unknown }, how: string) => void) => {
        if (!pending && answer === undefined) use({ responseJSON: failure }, 'error');
        return request;
      },
      abort: () => {
        this.aborted++;
      },
    };
    return request;
  }
}
