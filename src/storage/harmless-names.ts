/** What desktops leave in any folder that is looked at. */
const MADE_BY_SYSTEM = /^(\.DS_Store|\._.+|Thumbs\.db|desktop\.ini|\.directory)$/i;
/** What disks and servers keep in a folder of their own, and what people write to say what it is. */
const HARMLESS =
  /^(lost\+found|@eaDir|\.snapshot|\$RECYCLE\.BIN|System Volume Information|\.nfs.+|README(\.\w+)?|\.gitkeep)$/i;

/** Whether a file of this name holds nothing that anybody would miss. */
export function isMadeBySystem(name: string): boolean {
  return MADE_BY_SYSTEM.test(name);
}

/** Whether something of this name says nothing of what a folder is for. It is nobody's business to remove it. */
export function isHarmless(name: string): boolean {
  return isMadeBySystem(name) || HARMLESS.test(name);
}
