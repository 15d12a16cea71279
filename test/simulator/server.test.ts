import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type PveClient } from '../support/pve.ts';

let client: PveClient;
beforeEach(async () => {
  client = await pve({ seed: seed() });
});
afterEach(() => client.close());

function handshake(options: object): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: client.simulator.port, ...options }, () => {
      resolve(socket);
    });
    socket.on('error', reject);
  });
}

describe('TLS', () => {
  test('is verified: with the authority by either name, without it not at all', async () => {
    const { caPem: ca } = client.simulator;
    for (const servername of ['localhost', '']) {
      const socket = await handshake({ ca, servername });
      expect([socket.authorized, socket.getProtocol()]).toEqual([true, 'TLSv1.3']);
      socket.destroy();
    }
    await expect(handshake({})).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/) });
    await expect(handshake({ ca, servername: 'pve.example' })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  test('the certificates have what strict clients ask for', async () => {
    const ca = new X509Certificate(client.simulator.caPem);
    expect([ca.ca, ca.checkIssued(ca), ca.verify(ca.publicKey)]).toEqual([true, true, true]);
    const socket = await handshake({ ca: client.simulator.caPem });
    const leaf = new X509Certificate(socket.getPeerCertificate().raw);
    socket.destroy();
    expect([leaf.ca, leaf.checkIssued(ca), leaf.verify(ca.publicKey), leaf.subjectAltName]).toEqual([
      false,
      true,
      true,
      'DNS:localhost, IP Address:127.0.0.1',
    ]);
    // Extension identifiers in DER: basic constraints, key usage, key identifiers; `0101ff` is `critical`.
    const der = (certificate: X509Certificate) => certificate.raw.toString('hex');
    expect(der(ca)).toContain('0603551d130101ff040830060101ff020100');
    expect(der(ca)).toContain('0603551d0f0101ff040403020106');
    expect(der(ca)).toContain('0603551d0e');
    expect(der(leaf)).toContain('0603551d0f0101ff040403020780');
    expect(der(leaf)).toContain('0603551d23');
  });
});

describe('answers', () => {
  test('carry the message as reason phrase and in the body', async () => {
    const answer = await client.call('PUT', `${NODE}/9000/config`, { name: 'ä_ö' });
    expect([answer.status, answer.reason]).toEqual([400, 'Parameter verification failed.']);
    expect(JSON.parse(answer.text)).toEqual({
      data: null,
      message: 'Parameter verification failed.\n',
      errors: { name: 'invalid format - value does not look like a valid DNS name\n' },
    });
  });

  test.each<[string, string, string | Record<string, string>, Record<string, string>, number, string]>([
    [
      'POST',
      '/pools',
      { poolid: 'x' },
      { 'content-type': 'text/plain' },
      506,
      "upload 'Content-Type 'text/plain' not implemented",
    ],
    ['POST', '/pools', '{"poolid":', { 'content-type': 'application/json' }, 400, 'malformed JSON string'],
    ['POST', '/pools', '{"poolid":"x","comment":"y"}', { 'content-type': 'application/json' }, 200, 'OK'],
    ['POST', `${NODE}/9000/clone?newid=101`, { newid: '102' }, {}, 200, 'OK'],
    ['POST', `${NODE}/9000/clone`, { newid: '101', vmid: '9001' }, {}, 400, 'Parameter verification failed.'],
    ['PATCH', '/version', {}, {}, 501, "method 'PATCH' not available"],
    ['GET', '/nodes/pve/ceph', {}, {}, 501, "Method 'GET /nodes/pve/ceph' not implemented"],
    ['POST', '/pools', `poolid=x&comment=${'y'.repeat(600_000)}`, {}, 501, 'for data too large'],
  ])('%s %s', async (method, path, form, headers, status, reason) => {
    const answer = await client.call(method, path, form, headers);
    expect([answer.status, answer.reason]).toEqual([status, reason]);
  });

  test('an escaped and a raw task id are the same', async () => {
    const { data: upid } = await client.call('POST', `${NODE}/9000/clone`, { newid: 101 });
    for (const id of [upid, encodeURIComponent(upid)])
      expect((await client.call('GET', `/nodes/pve/tasks/${id}/status`)).status).toBe(200);
  });
});

describe('a simulator', () => {
  test('runs beside others and shares nothing with them', async () => {
    const other = await pve({ seed: seed(), version: '8.4' });
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101 });
    expect((await other.call('GET', `${NODE}/101/config`)).status).toBe(500);
    expect(other.simulator.caPem).not.toBe(client.simulator.caPem);
    expect(other.simulator.log.entries()).toHaveLength(1);
    await other.close();
  });

  test('tells clients all they need, and leaves nothing behind', async () => {
    const simulator = await startSimulator();
    const env = simulator.env();
    expect(env).toMatchObject({
      PROXMOX_HOST: '127.0.0.1',
      PROXMOX_PORT: String(simulator.port),
      PROXMOX_VE_ENDPOINT: `${simulator.url}/`,
      PROXMOX_VE_API_TOKEN: `${env['PROXMOX_USER'] ?? ''}!${env['PROXMOX_TOKEN_ID'] ?? ''}=${env['PROXMOX_TOKEN_SECRET'] ?? ''}`,
      SSL_CERT_FILE: simulator.caFile,
      REQUESTS_CA_BUNDLE: simulator.caFile,
    });
    expect(readFileSync(simulator.caFile, 'utf8')).toBe(simulator.caPem);
    await simulator.stop();
    expect(existsSync(simulator.caFile)).toBe(false);
    await expect(new Promise((_, reject) => get(simulator.url).on('error', reject))).rejects.toThrow('ECONNREFUSED');
  });

  test('the same seed draws the same identifiers', async () => {
    const other = await pve({ seed: seed() });
    const nets = [];
    for (const { task, config } of [client, other]) {
      await task('POST', `${NODE}/9000/clone`, { newid: 101 });
      nets.push((await config(101))['net0']);
    }
    expect(nets[0]).toBe(nets[1]);
    await other.close();
  });
});
