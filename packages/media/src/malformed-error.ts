/** Input that breaks its specification. `code` is stable (`area/what`), so that callers, logs and tests can rely on it. */
export class MalformedError extends Error {
  override readonly name: string = "MalformedError";
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
