import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useMay } from "../me.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { emptyWish, type Wish, WishFields, wishBody } from "./wish-fields.tsx";

/** Asks the publisher of a stream to connect anew, here or elsewhere. */
export function AskPublisher({ path }: { readonly path: string }) {
  const mayAsk = useMay("operator");
  const [wish, setWish] = useState<Wish>(emptyWish);
  const { attempt } = useAnnounce();
  if (!mayAsk) return null;
  const ask = async () => {
    const body = { stream: path, role: "publisher", ...wishBody(wish) } as const;
    const { asked } = await api("POST /reconnect", { body });
    if (asked === 0)
      throw new Error(`The publisher of ${path} has not announced that it understands: send it away under Sessions.`);
  };
  const to = wish.address.trim() === "" ? "" : ` to ${wish.address.trim()}`;
  return (
    <Confirm
      label="Reconnect publisher"
      question={`Ask the publisher of ${path} to connect anew? It is served until it does, for a minute at most.`}
      mild
      onYes={() => void attempt(ask, `The publisher of ${path} is asked to connect anew${to}.`)}
    >
      <WishFields wish={wish} onChange={setWish} />
    </Confirm>
  );
}
