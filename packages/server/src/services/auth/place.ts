import type { AccessRequest, Denial } from "../../core/access.ts";
import { type Countries, type CountrySettings, countryAllowed } from "./countries.ts";
import { type AddressSettings, addressAllowed } from "./networks.ts";
import { type ReferrerSettings, referrerAllowed } from "./referrers.ts";

/** Where one may publish and watch from. */
export type PlaceSettings = ReferrerSettings & {
  readonly addresses: AddressSettings;
  readonly countries: CountrySettings;
};

/** The rules by place of each app: who comes from the wrong one is refused, whatever else they show. */
export function placeRule(
  settings: (app: string) => PlaceSettings | undefined,
  countries: Pick<Countries, "of">,
): (request: AccessRequest) => Denial | undefined {
  return ({ action, stream, address, headers }) => {
    const now = settings(stream.app);
    if (!now) return undefined;
    if (!addressAllowed(now.addresses, action, address)) return wrongAddress;
    if (!countryAllowed(now.countries, address, countries)) return wrongCountry;
    if (action === "play" && !referrerAllowed(now, headers)) return wrongReferrer;
    return undefined;
  };
}

const wrongAddress: Denial = {
  allowed: false,
  rule: "address/denied",
  reason: "this is not allowed from your address",
};
const wrongCountry: Denial = {
  allowed: false,
  rule: "country/denied",
  reason: "this is not allowed from where you are",
};
const wrongReferrer: Denial = {
  allowed: false,
  rule: "referrer/denied",
  reason: "the stream may not be played on this page",
};
