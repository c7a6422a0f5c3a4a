/** Why a record was not kept or found. `code` is stable (`area/what`); the message says what to do and repeats no value, for it may be a secret. */
export class RecordsError extends Error {
  override readonly name: string = "RecordsError";
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
