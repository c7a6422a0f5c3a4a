/** How the player looks. Everything that a page may want to change is a custom property or a part. */
export const style: string = `
:host {
  --accent: var(--sluice-accent, #4cc9dc);
  --live: var(--sluice-live, #c5221f);
  --background: var(--sluice-background, #000);
  --bar: var(--sluice-bar, rgb(0 0 0 / 80%));
  --radius: var(--sluice-radius, 0.75rem);
  --panel: var(--sluice-panel, light-dark(#fff, #182024));
  --panel-text: var(--sluice-panel-text, light-dark(#14212b, #e7eef2));
  --panel-quiet: var(--sluice-panel-quiet, light-dark(#51626d, #9fb1bb));
  color-scheme: inherit;
  display: block;
  aspect-ratio: 16 / 9;
  font: 1rem/1.5 var(--sluice-font, system-ui, sans-serif);
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
#root {
  position: relative;
  width: 100%;
  height: 100%;
  overflow: hidden;
  container-type: inline-size;
  border-radius: var(--radius);
  background: var(--background);
  color: #fff;
}
#root:fullscreen { border-radius: 0; }
video, #poster { display: block; width: 100%; height: 100%; object-fit: var(--sluice-fit, contain); }
#poster { position: absolute; inset: 0; }
svg { width: 1.5rem; height: 1.5rem; fill: currentColor; flex: none; }
#sound-only, #status {
  position: absolute;
  inset: 0;
  margin: 0;
  padding: 0 1rem 3.5rem;
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  gap: 0.75rem;
  text-align: center;
  pointer-events: none;
}
#sound-only svg { width: 3rem; height: 3rem; }
#status { background: rgb(0 0 0 / 65%); }
#status p { margin: 0; max-width: 34rem; text-wrap: balance; }
#status p:empty { display: none; }
#actions { display: flex; flex-wrap: wrap; justify-content: center; gap: 0.75rem; pointer-events: auto; }
#actions:empty { display: none; }
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
button, select {
  min-width: 2.75rem;
  min-height: 2.75rem;
  padding: 0.5rem 0.9rem;
  border: 0;
  border-radius: 0.5rem;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
:focus-visible { outline: 3px solid #fff; outline-offset: -3px; box-shadow: 0 0 0 3px #000; }
#actions button, #unmute { background: #fff; color: #14212b; font-weight: 600; }
#actions button:focus-visible, #unmute:focus-visible { outline-color: #14212b; outline-offset: -5px; }
#unmute {
  position: absolute;
  top: 0.75rem;
  left: 0.75rem;
  display: flex;
  align-items: center;
  gap: 0.5rem;
  box-shadow: 0 2px 8px rgb(0 0 0 / 40%);
}
#bar {
  position: absolute;
  inset: auto 0 0;
  padding: 1.5rem 0.5rem 0.25rem;
  background: linear-gradient(transparent, var(--bar) 55%);
  transition: opacity 0.3s;
}
.row { display: flex; align-items: center; gap: 0.25rem; }
.row button, #panel button { display: grid; place-content: center; padding: 0; flex: none; }
.row button:hover, .row select:hover { background: rgb(255 255 255 / 20%); }
.row select option { background: #182024; color: #fff; }
.gap { flex: 1; min-width: 0; }
.sound { display: flex; align-items: center; }
input { min-height: 2.75rem; margin: 0; background: none; accent-color: var(--accent); cursor: pointer; }
#volume { width: 5rem; }
.seek { padding: 0 0.5rem; }
#seek { display: block; width: 100%; }
#badge {
  padding: 0.1rem 0.5rem;
  border-radius: 0.35rem;
  background: rgb(70 80 86 / 90%);
  font-size: 0.875rem;
  font-weight: 600;
  white-space: nowrap;
}
[data-state="live"]:not(.behind) #badge { background: var(--live); }
[data-state="playing"] #badge { display: none; }
#behind, #time {
  padding: 0 0.25rem;
  overflow: hidden;
  font-size: 0.875rem;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}
#live { grid-auto-flow: column; align-items: center; gap: 0.25rem; padding: 0 0.6rem 0 0.3rem; white-space: nowrap; }
#live svg { width: 1rem; height: 1rem; color: var(--live); }
[aria-pressed="true"] { box-shadow: inset 0 -3px var(--accent); }
#panel {
  position: absolute;
  top: 0.75rem;
  right: 0.75rem;
  width: min(22rem, calc(100% - 1.5rem));
  max-height: calc(100% - 5.5rem);
  overflow: auto;
  padding: 0.25rem 0.25rem 0.75rem 1rem;
  border-radius: 0.75rem;
  background: var(--panel);
  color: var(--panel-text);
  font-size: 0.875rem;
  box-shadow: 0 4px 16px rgb(0 0 0 / 40%);
}
#panel h2 { display: inline-block; margin: 0; line-height: 2.75rem; font-size: 1rem; }
#panel #panel-close { float: right; }
#panel :focus-visible { outline-color: currentColor; }
#facts {
  clear: both;
  display: grid;
  grid-template-columns: max-content minmax(0, 1fr);
  gap: 0.25rem 1rem;
  margin: 0 0.75rem 0 0;
  font-variant-numeric: tabular-nums;
}
dt { color: var(--panel-quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
kbd { padding: 0 0.35rem; border: 1px solid; border-radius: 0.25rem; font: inherit; }
.idle.started:is([data-state="live"], [data-state="playing"]):not(.sound-only) #bar:not(:focus-within, :hover) { opacity: 0; }
.idle.started:is([data-state="live"], [data-state="playing"]) video { cursor: none; }
#root:has(> #bar:not([hidden])) > video::-webkit-media-text-track-container { translate: 0 -4.5rem; }
.silent .sound { display: none; }
@container (max-width: 34rem) {
  #volume, .started #pip { display: none; }
  #behind { font-size: 0.75rem; }
}
@container (max-width: 24rem) {
  .row { gap: 0; }
  .behind #behind { display: none; }
  #quality, #sounds { max-width: 4.5rem; padding-inline: 0.25rem; }
}
@media (prefers-reduced-motion: reduce) { #bar { transition: none; } }
`;
