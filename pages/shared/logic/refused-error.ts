/** What the server refused: not to be sent again before something changes. */
export class RefusedError extends Error {
  constructor(
    message: string,
    /** HTTP status */
    readonly status: number,
  ) {
    super(message);
  }
}
