import { monitorEventLoopDelay } from "node:perf_hooks";

const busyMs = 100;

/** Watches how late this process gets the processor. The answer: why nothing that depends on time can be judged on this machine now, or undefined. */
export function busyMachine(): () => string | undefined {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  return () => {
    const ms = Math.round(delays.percentile(90) / 1e6);
    return ms > busyMs ? `the machine is too busy to judge it: the processor came ${ms} ms late` : undefined;
  };
}
