/** Where lines go, one a session that opens and one when it ends. Fields first, then a sentence. Nothing secret is ever passed to it. */
export type Log = {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
};
