/** What a child may know of our environment: where programs, libraries and devices are. Our own settings, which hold secrets, are not among it. */
const allowed =
  /^(PATH|HOME|TMPDIR|TMP|TEMP|LANG|LC_.*|LD_LIBRARY_PATH|DYLD_.*|XDG_.*|LIBVA_.*|CUDA_.*|NVIDIA_.*|ONEVPL_.*|MFX_.*|SystemRoot)$/;

export function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => allowed.test(name)));
}
