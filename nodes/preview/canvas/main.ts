import type { Drawn, Editor, PreviewNode, Query } from './editor';
import { Requests } from './requests';
import { type Shown, ThumbnailView } from './thumbnail';

const TYPE = 'segmenter-preview';
/** The server takes an editor for closed that has not said that it looks for three times as long. */
const SAY_EVERY_MS = 10_000;
/** Many nodes change at a time: the editor says once what it shows. */
const SOON_MS = 150;

/** Draws thumbnails below the preview nodes of the flow that is open, and tells the server that somebody looks. */
export function canvas(RED: Editor, $: Query): void {
  let previews: Previews | null = null;
  RED.hooks.add(`viewAddNode.${TYPE}`, ({ node, el }) => {
    if (node.type !== TYPE) return;
    // Until there is such a node nothing is asked and nothing listened to.
    previews ??= new Previews(RED, $);
    previews.add({ node, el });
  });
  RED.hooks.add(`viewRedrawNode.${TYPE}`, ({ node }) => {
    if (node.type === TYPE) previews?.redraw(node);
  });
  RED.hooks.add(`viewRemoveNode.${TYPE}`, ({ node }) => {
    if (node.type === TYPE) previews?.remove(node.id);
  });
}

class Previews {
  private readonly editor = crypto.getRandomValues(new Uint32Array(4)).join('-');
  private readonly requests: Requests;
  /** of the nodes on the canvas */
  private readonly views = new Map<string, ThumbnailView>();
  /** pictures that came, also of nodes of other flows */
  private readonly pictures = new Map<string, Shown>();
  private readonly loading = new Set<string>();
  private said = '[]';
  private soon: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly RED: Editor,
    $: Query,
  ) {
    this.requests = new Requests($);
    RED.comms.subscribe('segmenter/preview', (_topic, { node, version }) => void this.load(node, version));
    for (const name of ['workspace:change', 'deploy', 'nodes:remove']) RED.events.on(name, () => this.saySoon());
    document.addEventListener('visibilitychange', () => void this.say(true));
    setInterval(() => void this.say(false), SAY_EVERY_MS);
  }

  add({ node, el }: Drawn): void {
    // In a flow that was written by hand it may be missing; its button would be off, and the node on.
    node.shown ??= true;
    const view = new ThumbnailView(node, el);
    this.views.set(node.id, view);
    const shown = this.pictures.get(node.id);
    if (shown) view.draw(shown);
    this.saySoon();
  }

  redraw(node: PreviewNode): void {
    this.views.get(node.id)?.place();
    if (JSON.stringify(this.seen()) !== this.said) this.saySoon();
  }

  remove(id: string): void {
    this.views.delete(id);
    this.saySoon();
  }

  /** The nodes whose thumbnails a person sees now. */
  private seen(): string[] {
    if (document.visibilityState !== 'visible') return [];
    const nodes = this.RED.nodes.filterNodes({ type: TYPE, z: this.RED.workspaces.active() });
    return nodes.filter(({ shown, d }) => shown !== false && d !== true).map(({ id }) => id);
  }

  private saySoon(): void {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => void this.say(true), SOON_MS);
  }

  /** @param atOnce also that nothing is seen, which need not be said again */
  private async say(atOnce: boolean): Promise<void> {
    const nodes = this.seen();
    const now = JSON.stringify(nodes);
    if (nodes.length === 0 && (!atOnce || this.said === now)) return;
    this.said = now;
    const versions = await this.requests.watch(this.editor, nodes);
    for (const [node, version] of Object.entries(versions ?? {})) void this.load(node, version);
  }

  /** Gets a picture that is newer than the one that is shown; of those that come meanwhile the newest. */
  private async load(node: string, version: number): Promise<void> {
    if (!this.seen().includes(node) || this.loading.has(node) || this.pictures.get(node)?.version === version) return;
    this.loading.add(node);
    const picture = await this.requests.picture(node);
    this.loading.delete(node);
    if (!picture) return;
    const address = URL.createObjectURL(picture.image);
    const size = await sizeOf(address);
    const before = this.pictures.get(node);
    if (before) URL.revokeObjectURL(before.address);
    const { image: _, ...facts } = picture;
    const shown = { ...facts, address, size };
    this.pictures.set(node, shown);
    this.views.get(node)?.draw(shown);
  }
}

async function sizeOf(address: string): Promise<{ width: number; height: number }> {
  const image = new Image();
  image.src = address;
  await image.decode().catch(() => undefined);
  return { width: image.naturalWidth || 1, height: image.naturalHeight || 1 };
}
