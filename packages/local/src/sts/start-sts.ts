import { join } from 'node:path'
import type { LocalService } from '../http/service.js'
import { type Listener, host, listen } from '../listener.js'
import { writePrivateFile } from '../state/private-file.js'
import { makeServerIdentity } from '../tls/certificate.js'

/** The STS of a local cloud. */
export interface LocalSts {
  /** `http://127.0.0.1:<port>`, or `https:` when that was asked for. */
  readonly endpoint: string
  /** With HTTPS: the file with the CA of its certificate, PEM; made anew at each start. `NODE_EXTRA_CA_CERTS` takes its name. */
  readonly caFile?: string
}

/** @throws {LocalCloudError} `PORT_TAKEN` */
export async function startSts(
  service: LocalService,
  folder: string,
  options: { readonly port: number | undefined; readonly overTls: boolean },
): Promise<{ sts: LocalSts; listener: Listener }> {
  const identity = options.overTls ? makeServerIdentity('osscrypt-local STS', ['localhost']) : undefined
  const caFile = join(folder, 'sts-ca.pem')
  if (identity !== undefined) writePrivateFile(caFile, identity.ca)
  const listener = await listen((request, response) => service.handle(request, response), {
    port: options.port,
    requestTimeoutMs: 60_000,
    ...(identity === undefined ? {} : { tls: { key: identity.key, cert: identity.cert } }),
  })
  const endpoint = `${identity === undefined ? 'http' : 'https'}://${host}:${String(listener.port)}`
  return { sts: { endpoint, ...(identity === undefined ? {} : { caFile }) }, listener }
}
