import type { Me, Role } from "@sluice/api";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

const roles: readonly Role[] = ["viewer", "operator", "owner"];

export const MeContext = createContext<Me>({ name: "", role: "viewer" });

/** Whether who is signed in may do what needs a role. The API decides; this only hides what it would refuse. */
export function useMay(role: Role): boolean {
  const { role: own } = useContext(MeContext);
  return may(own, role);
}

export function may(own: Role, needed: Role): boolean {
  return roles.indexOf(own) >= roles.indexOf(needed);
}
