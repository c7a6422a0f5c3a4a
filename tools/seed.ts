import fc from "fast-check";

/**
 * Property tests draw the same values in every run of `npm test`, so that a result says something about the code and
 * not about luck. `SLUICE_SEED=42 npm test -- unit` draws others; `SLUICE_SEED=random` new ones each time.
 */
const wanted = process.env.SLUICE_SEED ?? "1";
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted) });
