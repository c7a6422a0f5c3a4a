import { MalformedError } from "../malformed-error.ts";

/** An object without a prototype: keys such as `__proto__` are plain data. */
export type AmfObject = { [key: string]: Amf };

/** What AMF0 and AMF3 can say. XML is its text, a typed object is its fields, a ByteArray its bytes. References may make cycles. */
export type Amf = number | boolean | string | null | undefined | Date | Uint8Array | Amf[] | AmfObject;

export const maxDepth = 32;
const maxValues = 4096;

/** What one message may make us build. Hand the same one to everything that decodes a message. */
export class AmfBudget {
  #left = maxValues;

  /** Counts one value, and the depth it stands at. Throws `amf/depth` and `amf/count`. */
  spend(depth: number): void {
    if (depth > maxDepth) throw new MalformedError("amf/depth", `nested deeper than ${maxDepth}`);
    if (--this.#left < 0) throw new MalformedError("amf/count", `more than ${maxValues} values`);
  }
}

/** A new, empty object that has no prototype. */
export function emptyObject(): AmfObject {
  return Object.create(null) as AmfObject;
}

/** True for objects with keys, false for every other value. */
export function isAmfObject(value: Amf): value is AmfObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
