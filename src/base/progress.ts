/** How long work tells of itself: `done` of `total` units, and a line for a person. */
export interface Progress {
  done: number;
  total: number;
  text?: string;
}

/** What every piece of long work is given. */
export interface WorkContext<P = Progress> {
  /** Set when the work shall stop soon and throw CancelledError. */
  signal?: AbortSignal;
  /** Called from time to time; must not throw. */
  progress?: (progress: P) => void;
}
