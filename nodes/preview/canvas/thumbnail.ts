import type { PreviewNode } from './editor';
import type { PictureFacts } from './requests';

/** Pixels of the canvas: between node and frame, where a status stands and where none does; around picture and caption. */
const GAP = 6;
const GAP_BELOW_STATUS = 24;
const PADDING = 3;
const CAPTION = 16;
const USUAL_WIDTH = 180;

/** What is drawn: the image behind an address, and its size in pixels. */
export interface Shown extends PictureFacts {
  address: string;
  size: { width: number; height: number };
}

/** The thumbnail below a node: a link to the viewer, which moves with the node's group. */
export class ThumbnailView {
  private readonly link = svg('a', { class: 'segmenter-thumbnail', target: '_blank', rel: 'noopener' });
  private readonly frame = svg('rect', { class: 'segmenter-thumbnail-frame', rx: 3 });
  private readonly image = svg('image', { x: PADDING, y: PADDING });
  private readonly caption = svg('text', { class: 'segmenter-thumbnail-caption', x: PADDING + 2 });
  private readonly title = svg('title', {});
  private drawn: Shown | null = null;

  constructor(
    private readonly node: PreviewNode,
    group: SVGGElement,
  ) {
    this.link.append(this.title, this.frame, this.image, this.caption);
    // The canvas would begin to select, or to drag, where a link is meant to be opened.
    for (const name of ['mousedown', 'mouseup', 'click', 'dblclick', 'pointerdown', 'touchstart', 'contextmenu']) {
      this.link.addEventListener(name, (event) => event.stopPropagation());
    }
    group.append(this.link);
    this.place();
  }

  /** Brings what is drawn in line with the node: its size, its status, its settings. */
  place(): void {
    const { node, drawn } = this;
    const isSeen = drawn !== null && node.shown !== false && node.d !== true;
    this.link.style.display = isSeen ? '' : 'none';
    if (!isSeen) return;
    const hasStatus = node.status !== undefined && Object.keys(node.status).length > 0;
    set(this.link, { transform: `translate(0, ${node.h + (hasStatus ? GAP_BELOW_STATUS : GAP)})` });
    const width = Number(node.width) > 0 ? Number(node.width) : USUAL_WIDTH;
    const height = Math.round((width * drawn.size.height) / drawn.size.width);
    set(this.image, { width, height });
    set(this.frame, { width: width + 2 * PADDING, height: height + 2 * PADDING + CAPTION });
    set(this.caption, { y: height + PADDING + CAPTION - 3 });
    this.write(drawn, width - 4);
  }

  draw(shown: Shown): void {
    this.drawn = shown;
    set(this.image, { href: shown.address });
    const { node, sample } = shown;
    const address = `segmenter/results/?node=${encodeURIComponent(node)}&sample=${encodeURIComponent(sample)}`;
    const words = this.node._('canvas.open', { sample });
    set(this.link, { href: address, 'aria-label': this.dice(shown) ? `${words}, ${this.dice(shown)}` : words });
    this.title.textContent = words;
    this.place();
  }

  private dice({ dice }: Shown): string {
    return dice === null ? '' : this.node._('canvas.dice', { dice: dice.toFixed(3) });
  }

  /** The score stands whole, of a long id its end: beginnings are alike. */
  private write(shown: Shown, width: number): void {
    const { sample } = shown;
    const score = this.dice(shown);
    const tell = (name: string) => {
      this.caption.textContent = score ? `${name}  ${score}` : name;
    };
    tell(sample);
    let kept = sample.length;
    while (kept > 1 && this.caption.getComputedTextLength() > width) tell(`…${sample.slice(-(--kept))}`);
  }
}

function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string | number>) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  set(element, attributes);
  return element;
}

function set(element: SVGElement, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
