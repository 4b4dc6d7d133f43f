import type { Editor, Text } from './editor';
import type { Server } from './server';

/** What the parts of the tab share. */
export interface TabContext {
  RED: Editor;
  text: Text;
  server: Server;
  /** Does something and tells what came of it: the words that it gives, or why it failed. */
  attempt(work: () => Promise<string | null>): void;
}
