import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KmsService } from '../kms/kms-service.js'
import { type Listener, host, listen } from '../listener.js'
import { LocalCloudError } from '../local-cloud-error.js'
import { writePrivateFile } from '../state/private-file.js'
import { makeServerIdentity } from '../tls/certificate.js'

/** A KMS instance: its own gateway over HTTPS, for the keys and secrets that live in it. */
export interface LocalInstance {
  /** `kst-…`; the same again in the same folder. */
  readonly id: string
  /** `https://127.0.0.1:<port>` */
  readonly endpoint: string
  /** The CA of the gateway's certificate, PEM; made anew at each start. */
  readonly ca: string
  /** The file that holds the CA too. */
  readonly caFile: string
}

/**
 * The id of the folder's KMS instance, made when there is none.
 *
 * @throws {LocalCloudError} `STATE_UNREADABLE`
 */
export function instanceIdOf(folder: string): string {
  const path = join(folder, 'instance.json')
  if (!existsSync(path)) writePrivateFile(path, `${JSON.stringify({ id: `kst-${randomBytes(9).toString('hex')}` })}\n`)
  let cause: unknown
  try {
    const { id } = JSON.parse(readFileSync(path, 'utf8')) as { id?: unknown }
    if (typeof id === 'string' && /^kst-[0-9a-z]+$/.test(id)) return id
  } catch (error) {
    cause = error
  }
  throw new LocalCloudError('STATE_UNREADABLE', `${path} is damaged or cannot be read`, { cause })
}

/** @throws {LocalCloudError} `PORT_TAKEN` */
export async function startInstance(
  kms: KmsService,
  id: string,
  folder: string,
  port: number | undefined,
): Promise<{ instance: LocalInstance; listener: Listener }> {
  const names = ['localhost', `${id}.cryptoservice.kms.aliyuncs.com`]
  const { ca, cert, key } = makeServerIdentity(`osscrypt-local ${id}`, names)
  const caFile = join(folder, 'instance-ca.pem')
  writePrivateFile(caFile, ca)
  const listener = await listen((request, response) => kms.handleOnInstance(id, request, response), {
    port,
    requestTimeoutMs: 60_000,
    tls: { key, cert },
  })
  return { instance: { id, endpoint: `https://${host}:${String(listener.port)}`, ca, caFile }, listener }
}
