import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

type ForeignProgram = { readonly program: string; readonly packages: readonly string[]; readonly tests: string };

/** The programs of others that judge us, and the Debian packages that have them. */
const foreignPrograms: readonly ForeignProgram[] = [
  { program: "ffmpeg", packages: ["ffmpeg"], tests: "publishing and watching with ffmpeg and ffprobe" },
  { program: "rtmpdump", packages: ["rtmpdump"], tests: "watching with rtmpdump" },
  { program: "nginx", packages: ["nginx", "libnginx-mod-rtmp"], tests: "restreaming to nginx and fetching from it" },
  { program: "pebble", packages: ["pebble"], tests: "certificates from an authority (ACME)" },
  { program: "chromium", packages: ["chromium"], tests: "the watch page in a browser" },
  {
    program: "gst-launch-1.0",
    packages: [
      "gstreamer1.0-tools",
      "gstreamer1.0-plugins-good",
      "gstreamer1.0-plugins-bad",
      "gstreamer1.0-plugins-ugly",
    ],
    tests: "publishing with GStreamer",
  },
  { program: "tc", packages: ["iproute2"], tests: "watching over networks that become slow" },
  { program: "promtool", packages: ["prometheus"], tests: "reading the metrics as Prometheus does" },
  { program: "systemd-analyze", packages: ["systemd"], tests: "the unit of systemd" },
  { program: "yamllint", packages: ["yamllint"], tests: "the files for containers and Kubernetes" },
  { program: "docker-compose", packages: ["docker-compose"], tests: "the compose file" },
  { program: "pg_ctlcluster", packages: ["postgresql"], tests: "records in PostgreSQL" },
];
const limitMs = 8 * 60_000;

/** Installs what is missing where that is ours to do (Debian or Ubuntu, as root), and says in words which tests are skipped for want of a program. */
export function installForeignPrograms(): void {
  const wanted = missing();
  if (wanted.length === 0) return;
  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) install(wanted);
  for (const { program, packages, tests } of missing()) {
    console.log(`${program} is not installed (Debian: ${packages[0]}); skipped: ${tests}.`);
  }
}

function missing(): readonly ForeignProgram[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return foreignPrograms.filter(({ program }) => !folders.some((folder) => existsSync(join(folder, program))));
}

/** All in one go; where one cannot be had, the others all the same. */
function install(wanted: readonly ForeignProgram[]): void {
  const end = performance.now() + limitMs;
  const names = wanted.flatMap(({ packages }) => packages);
  console.log(`Installing ${names.join(", ")} …`);
  if (aptInstall(names, end)) return;
  apt(["update", "-qq"], end);
  if (aptInstall(names, end)) return;
  for (const { packages } of wanted) aptInstall(packages, end);
}

function aptInstall(names: readonly string[], end: number): boolean {
  return apt(["install", "-y", "-qq", "--no-install-recommends", ...names], end);
}

function apt(args: readonly string[], end: number): boolean {
  const left = Math.floor(end - performance.now());
  if (left <= 0) return false;
  const { status } = spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...args], {
    stdio: "ignore",
    timeout: left,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}
