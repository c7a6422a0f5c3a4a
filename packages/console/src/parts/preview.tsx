import { useEffect, useRef } from "preact/hooks";

/** The stream as viewers see it, without sound until somebody asks for it. The player is loaded when it is first needed. */
export function Preview({ path }: { readonly path: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const player = document.createElement("sluice-player");
    for (const name of ["muted", "autoplay", "controls"]) player.toggleAttribute(name, true);
    player.setAttribute("src", `/${path}`);
    box.current?.replaceChildren(player);
    const address = document.querySelector<HTMLMetaElement>('meta[name="sluice-player"]')?.content;
    if (address) void import(address);
    return () => player.remove();
  }, [path]);
  return <div ref={box} class="player" />;
}
