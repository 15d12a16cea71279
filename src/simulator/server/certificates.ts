/**
 * A certificate authority and a server certificate, made at every start and gone with the process. They satisfy the
 * strict checks of Python 3.13 (RFC 5280: key usage, basic constraints, key identifiers) and of Go.
 */

import { BitString, Integer, OctetString, Utf8String } from 'asn1js';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import {
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CryptoEngine,
  ExtKeyUsage,
  Extension,
  GeneralName,
  GeneralNames,
  Time,
} from 'pkijs';

export interface Certificates {
  /** The authority: what clients must trust. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** ECDSA: made in a millisecond where an RSA key takes a hundred. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const DAY_MILLISECONDS = 86_400_000;
const LIFETIME_DAYS = 30;
/** Bits from the left of the first byte of RFC 5280's KeyUsage, and how many at the end are unused. */
const CERT_AND_CRL_SIGN = { byte: 0x06, unused: 1 };
const DIGITAL_SIGNATURE = { byte: 0x80, unused: 7 };
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

interface Issued {
  readonly certificate: Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly keyId: ArrayBuffer;
}

/** For `localhost` and 127.0.0.1. */
export async function makeCertificates(): Promise<Certificates> {
  const engine = new CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto });
  const name = `talmox simulated Proxmox VE CA ${randomBytes(4).toString('hex')}`;
  const ca = await issue(engine, name, null, (keyId) => [
    extension('2.5.29.19', true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    extension('2.5.29.15', true, keyUsage(CERT_AND_CRL_SIGN)),
    extension('2.5.29.14', false, new OctetString({ valueHex: keyId })),
  ]);
  const server = await issue(engine, 'localhost', ca, (keyId) => [
    extension('2.5.29.19', true, new BasicConstraints({ cA: false })),
    extension('2.5.29.15', true, keyUsage(DIGITAL_SIGNATURE)),
    extension('2.5.29.37', false, new ExtKeyUsage({ keyPurposes: [SERVER_AUTH] })),
    extension('2.5.29.17', false, loopbackNames()),
    extension('2.5.29.14', false, new OctetString({ valueHex: keyId })),
    extension(
      '2.5.29.35',
      false,
      new AuthorityKeyIdentifier({ keyIdentifier: new OctetString({ valueHex: ca.keyId }) }),
    ),
  ]);
  const key = await webcrypto.subtle.exportKey('pkcs8', server.keys.privateKey);
  return {
    caPem: certificatePem(ca.certificate),
    certPem: certificatePem(server.certificate),
    keyPem: pem('PRIVATE KEY', key),
  };
}

async function issue(
  engine: CryptoEngine,
  commonName: string,
  issuer: Issued | null,
  extensions: (keyId: ArrayBuffer) => Extension[],
): Promise<Issued> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const publicKey = await webcrypto.subtle.exportKey('raw', keys.publicKey);
  const keyId = arrayBuffer(createHash('sha1').update(new Uint8Array(publicKey)).digest());
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new Integer({ valueHex: serial() });
  certificate.subject.typesAndValues.push(named(commonName));
  certificate.issuer = issuer?.certificate.subject ?? certificate.subject;
  // A clock that is a little behind must not refuse it.
  certificate.notBefore = new Time({ value: new Date(Date.now() - DAY_MILLISECONDS) });
  certificate.notAfter = new Time({ value: new Date(Date.now() + LIFETIME_DAYS * DAY_MILLISECONDS) });
  certificate.extensions = extensions(keyId);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  await certificate.sign(issuer?.keys.privateKey ?? keys.privateKey, 'SHA-256', engine);
  return { certificate, keys, keyId };
}

function named(commonName: string): AttributeTypeAndValue {
  return new AttributeTypeAndValue({ type: '2.5.4.3', value: new Utf8String({ value: commonName }) });
}

function loopbackNames(): GeneralNames {
  return new GeneralNames({
    names: [
      new GeneralName({ type: 2, value: 'localhost' }),
      new GeneralName({ type: 7, value: new OctetString({ valueHex: arrayBuffer(Uint8Array.of(127, 0, 0, 1)) }) }),
    ],
  });
}

function keyUsage({ byte, unused }: { readonly byte: number; readonly unused: number }): BitString {
  return new BitString({ valueHex: arrayBuffer(Uint8Array.of(byte)), unusedBits: unused });
}

interface Encodable {
  toBER(sizeOnly?: boolean): ArrayBuffer;
}

function extension(extnID: string, critical: boolean, value: Encodable | { toSchema(): Encodable }): Extension {
  const encodable = 'toSchema' in value ? value.toSchema() : value;
  return new Extension({ extnID, critical, extnValue: encodable.toBER(false) });
}

/** Positive, and never longer than 20 bytes. */
function serial(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return arrayBuffer(bytes);
}

/** A copy with a buffer of its own: Node's small buffers share one. */
function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function certificatePem(certificate: Certificate): string {
  return pem('CERTIFICATE', certificate.toSchema(true).toBER(false));
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
