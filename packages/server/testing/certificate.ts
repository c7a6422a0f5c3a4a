import selfsigned from "selfsigned";

const dayMs = 24 * 60 * 60 * 1000;

/** For whom a certificate is, and for how long. */
export type CertificateOptions = {
  /** DNS names and IPv4 addresses; none for a certificate without alternative names. */
  readonly names?: readonly string[];
  readonly validMs?: number;
  readonly agoMs?: number;
};

/** A self-signed certificate and its key, in PEM. */
export async function testCertificate(
  common: string,
  { names = [common], validMs = 90 * dayMs, agoMs = 0 }: CertificateOptions = {},
): Promise<{ cert: string; key: string }> {
  const altNames = names.map((name) =>
    /^[\d.]+$/.test(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
  );
  const { cert, private: key } = await selfsigned.generate([{ name: "commonName", value: common }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - agoMs),
    notAfterDate: new Date(Date.now() + validMs),
    extensions: altNames.length > 0 ? [{ name: "subjectAltName", altNames }] : [],
  });
  return { cert, key };
}
