export {
  type Answer,
  type Api,
  type ApiRequest,
  apiOver,
  type OperationName,
  type Page,
  requestFor,
} from "./client.ts";
export type { Operations } from "./operations.ts";
export type * from "./shapes.ts";
